import { assert, describe, it } from "@effect/vitest"
import { Effect, Metric } from "effect"
import * as KeyedBulkhead from "../src/KeyedBulkhead.ts"
import * as Resilience from "../src/Resilience.ts"
import { ResiliencePolicyRegistry } from "../src/ResiliencePolicyRegistry.ts"
import * as MetricSeries from "../src/testing/MetricSeries.ts"

type Row = readonly [id: string, attribute: string, type: string, value: number, description: string]

/** A counter that only rises and is 0, for each kind. */
const counters = (id: string, kinds: ReadonlyArray<string>, description: string): ReadonlyArray<Row> =>
  kinds.map((kind) => [id, `kind=${kind}`, "Counter rising", 0, description])

const gauge = (id: string, value: number, description: string, attribute = ""): Row => [
  id,
  attribute,
  "Gauge",
  value,
  description
]

/** A gauge that is 0, for each class of criticality. */
const classes = (id: string, description: string): ReadonlyArray<Row> =>
  ["CRITICAL_PLUS", "CRITICAL", "SHEDDABLE_PLUS", "SHEDDABLE"].map((criticality) =>
    gauge(id, 0, description, `criticality=${criticality}`)
  )

const bulkhead = (max: number, capacity: number): ReadonlyArray<Row> => [
  gauge("resilience4j.bulkhead.max.allowed.concurrent.calls", max, "Calls that may run at once"),
  gauge("resilience4j.bulkhead.available.concurrent.calls", max, "Calls that could start now"),
  gauge("resilience4j.bulkhead.queue.depth", 0, "Callers that wait"),
  gauge("resilience4j.bulkhead.queue.capacity", capacity, "Callers that may wait")
]

const retryCalls = "Calls by whether they succeeded and whether they were retried"
const states = "1 for the state that the circuit breaker is in; with keys, how many of them are"
const buffered = "Calls that the circuit breaker stands on"
const tooFew = "that the circuit breaker stands on, -1 while too few are known"

const ofPolicy: ReadonlyArray<Row> = [
  gauge("resilience.retry.budget.balance", 100, "Retries that the budget would allow now"),
  ...counters(
    "resilience4j.retry.calls",
    ["successful_without_retry", "successful_with_retry", "failed_without_retry", "failed_with_retry"],
    retryCalls
  ),
  ...counters("resilience.hedge.calls", ["primary", "hedged", "failed"], "Calls by which attempt gave the answer"),
  ...classes("resilience.throttle.rejection.probability", "The share of calls that the throttle refuses now"),
  gauge(
    "resilience4j.ratelimiter.available.permissions",
    9,
    "Permits left, minus those that waiting callers will take"
  ),
  gauge("resilience4j.ratelimiter.waiting_threads", 0, "Callers that wait for a permit"),
  ...bulkhead(3, 7),
  gauge("resilience.adaptive.limit", 20, "Calls that may run at once now"),
  ...classes("resilience.adaptive.inflight", "Calls under way"),
  ...counters(
    "resilience4j.timelimiter.calls",
    ["successful", "failed", "timeout"],
    "Attempts by how they ended within their time limit"
  ),
  ...["closed", "open", "half_open", "forced_open", "disabled", "metrics_only"].map((state) =>
    gauge("resilience4j.circuitbreaker.state", state === "closed" ? 1 : 0, states, `state=${state}`)
  ),
  gauge("resilience4j.circuitbreaker.failure.rate", -1, `Failed calls in percent of those ${tooFew}`),
  gauge("resilience4j.circuitbreaker.slow.call.rate", -1, `Slow calls in percent of those ${tooFew}`),
  gauge("resilience4j.circuitbreaker.slow.calls", 0, "Slow calls among those that the circuit breaker stands on"),
  gauge("resilience4j.circuitbreaker.buffered.calls", 0, buffered, "kind=successful"),
  gauge("resilience4j.circuitbreaker.buffered.calls", 0, buffered, "kind=failed"),
  ...counters(
    "resilience4j.circuitbreaker.calls",
    ["successful", "failed", "ignored"],
    "Calls that ran, by how they ended"
  ),
  ...counters("resilience4j.circuitbreaker.not.permitted.calls", ["not_permitted"], "Calls that were rejected")
]

/** The series of one name, as rows. */
const rows = (name: string) =>
  Effect.map(Metric.snapshot, (snapshot) =>
    snapshot.flatMap((series): ReadonlyArray<Row> => {
      const { name: own, ...rest } = { ...series.attributes }
      if (own !== name) return []
      const attribute = Object.entries(rest)
        .map(([key, value]) => `${key}=${value}`)
        .join()
      const description = series.description ?? ""
      if (series.type === "Counter") {
        const { count, incremental } = series.state
        return [[series.id, attribute, incremental ? "Counter rising" : "Counter", Number(count), description]]
      }
      return series.type === "Gauge" ? [[series.id, attribute, "Gauge", Number(series.state.value), description]] : []
    })
  )

describe("metric series", () => {
  it.effect("are there with the pattern, each with its name, its kind, its unit of counting and what it means", () =>
    Effect.gen(function* () {
      const policies = yield* ResiliencePolicyRegistry
      yield* policies.register("inventory", {
        adaptiveLimit: {},
        attemptTimeout: "1 second",
        bulkhead: { maxConcurrentCalls: 3, maxQueuedCalls: 7 },
        circuitBreaker: {},
        deadline: "1 minute",
        hedge: {},
        rateLimit: { limitForPeriod: 9 },
        retry: {},
        retryBudget: {},
        throttle: {}
      })
      yield* KeyedBulkhead.make("tenants")
      assert.sameDeepMembers([...(yield* rows("inventory"))], [...ofPolicy])
      assert.sameDeepMembers([...(yield* rows("tenants"))], [...bulkhead(25, 0)])
    }).pipe(Effect.provide(Resilience.layer()), MetricSeries.isolated)
  )
})
