import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Schema, Stream } from "effect"
import { TestClock } from "effect/testing"
import { consecutiveFailures } from "../src/CircuitBreakerOptions.ts"
import { CircuitBreakerRegistry } from "../src/CircuitBreakerRegistry.ts"
import type { RegistryEvent } from "../src/RegistryEvent.ts"
import * as Resilience from "../src/Resilience.ts"
import {
  type ResiliencePolicyConfig,
  ResiliencePolicyRegistry,
  ResiliencePolicySnapshot
} from "../src/ResiliencePolicyRegistry.ts"
import * as MetricSeries from "./MetricSeries.ts"

const withRegistry = <A, E, R>(
  self: (registry: ResiliencePolicyRegistry["Service"]) => Effect.Effect<A, E, R>,
  policies?: Record<string, ResiliencePolicyConfig>
) => Effect.provide(Effect.flatMap(ResiliencePolicyRegistry, self), Resilience.layer({ policies }))

describe("ResiliencePolicyRegistry", () => {
  it.effect("RG1 RG2 one policy for each name", () =>
    withRegistry(
      Effect.fnUntraced(function* (registry) {
        const policies = yield* Effect.all(
          Array.from({ length: 100 }, () => registry.register("a", { retry: {}, circuitBreaker: {} })),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(new Set(policies).size, 1)
        const other = yield* registry.register("b", { attemptTimeout: "1 second" })
        assert.deepStrictEqual(
          (yield* registry.list).map((policy) => policy.name),
          ["a", "b"]
        )
        assert.strictEqual(Object.is(yield* registry.get("b"), other), true)
        const error = yield* Effect.flip(registry.get("c"))
        assert.strictEqual(error.message, "No resilience policy named c")
      })
    )
  )

  it.effect("RG3 other options for a name are a conflict, also after a change while it ran", () =>
    withRegistry(
      Effect.fnUntraced(function* (registry) {
        const policy = yield* registry.register("a", { deadline: "1 minute", circuitBreaker: {} })
        assert.strictEqual(yield* registry.register("a", { circuitBreaker: {}, deadline: 60_000 }), policy)
        const conflict = yield* Effect.flip(registry.register("a", { deadline: "2 minutes", circuitBreaker: {} }))
        assert.strictEqual(conflict._tag, "ResiliencePolicyConflict")
        assert.strictEqual(conflict.message, "Resilience policy a is registered with other options")
        yield* registry.reconfigure("a", { deadline: "2 minutes" })
        assert.strictEqual(yield* registry.register("a", { deadline: "1 minute", circuitBreaker: {} }), policy)
      })
    )
  )

  it.effect("RG3 a breaker of that name with other options is a conflict, and registers nothing", () =>
    withRegistry(
      Effect.fnUntraced(function* (registry) {
        const breakers = yield* CircuitBreakerRegistry
        yield* breakers.register("a", { trip: consecutiveFailures(1) })
        const conflict = yield* Effect.flip(registry.register("a", { circuitBreaker: {} }))
        assert.strictEqual(conflict._tag, "CircuitBreakerConflict")
        assert.lengthOf(yield* registry.list, 0)
      })
    )
  )

  it.effect("RG4 inherits part by part and field by field", () =>
    withRegistry(
      Effect.fnUntraced(function* (registry) {
        const policy = yield* registry.register("a", {
          baseConfig: "near",
          retry: { maxAttempts: 5, factor: undefined },
          bulkhead: undefined
        })
        const options = yield* policy.options
        assert.deepInclude(options.retry, { maxAttempts: 5, factor: 3, jitter: "none" })
        assert.deepInclude(options.bulkhead, { maxConcurrentCalls: 7 })
        const plain = yield* registry.register("plain", {})
        assert.isUndefined((yield* plain.options).retry)
        const unknown = yield* Effect.flip(registry.register("b", { baseConfig: "nope" }))
        assert.strictEqual(unknown._tag, "BaseConfigInvalid")
      }),
      {
        far: { retry: { jitter: "none", factor: 2 }, bulkhead: { maxConcurrentCalls: 7 } },
        near: { baseConfig: "far", retry: { factor: 3 } }
      }
    )
  )

  it.effect("RG10 wrong options register nothing", () =>
    withRegistry(
      Effect.fnUntraced(function* (registry) {
        const error = yield* Effect.flip(registry.register("a", { retry: { maxAttempts: 0 } }))
        assert.deepInclude(error, { _tag: "InvalidOptions", pattern: "ResiliencePolicy", name: "a" })
        assert.lengthOf(yield* registry.list, 0)
      })
    )
  )

  it.effect("CO1 a snapshot says the order and survives being written as JSON", () =>
    withRegistry(
      Effect.fnUntraced(function* (registry) {
        yield* registry.register("a", { deadline: "1 minute", retry: {}, circuitBreaker: {}, attemptTimeout: 5 })
        const codec = Schema.fromJsonString(Schema.Array(ResiliencePolicySnapshot))
        const snapshot = yield* registry.snapshot
        assert.deepStrictEqual(snapshot[0]?.order, ["Deadline", "RetryPolicy", "CircuitBreaker", "TimeLimiter"])
        const json = yield* Schema.encodeEffect(codec)(snapshot)
        assert.deepStrictEqual(yield* Schema.encodeEffect(codec)(yield* Schema.decodeEffect(codec)(json)), json)
      })
    )
  )

  it.effect("changes a policy by name and answers with what it is now", () =>
    withRegistry(
      Effect.fnUntraced(function* (registry) {
        yield* registry.register("a", { retry: {} })
        const changed = yield* registry.reconfigure("a", { retry: { maxAttempts: 9 } })
        assert.strictEqual(changed.options.retry?.maxAttempts, 9)
        assert.strictEqual((yield* Effect.flip(registry.reconfigure("b", {})))._tag, "ResiliencePolicyNotFound")
        assert.strictEqual((yield* Effect.flip(registry.reconfigure("a", { bulkhead: {} })))._tag, "InvalidOptions")
      })
    )
  )

  it.effect("EV4 all series of a policy are there before its first call and go with the layer", () =>
    MetricSeries.isolated(
      Effect.gen(function* () {
        const ids = yield* withRegistry(
          Effect.fnUntraced(function* (registry) {
            yield* registry.register("a", {
              retry: {},
              retryBudget: {},
              circuitBreaker: {},
              bulkhead: {},
              attemptTimeout: "1 second"
            })
            return yield* MetricSeries.ids
          })
        )
        assert.includeMembers(ids.slice(), [
          "resilience.retry.budget.balance",
          "resilience4j.bulkhead.available.concurrent.calls",
          "resilience4j.circuitbreaker.calls",
          "resilience4j.circuitbreaker.state",
          "resilience4j.retry.calls",
          "resilience4j.timelimiter.calls"
        ])
        assert.deepStrictEqual(yield* MetricSeries.ids, [])
      })
    )
  )

  it.effect("RG5 what is removed goes with its breaker and its series, and the name is free again", () =>
    MetricSeries.isolated(
      Effect.provide(
        Effect.gen(function* () {
          const registry = yield* ResiliencePolicyRegistry
          const breakers = yield* CircuitBreakerRegistry
          const seen: Array<RegistryEvent> = []
          yield* registry.changes.pipe(
            Stream.runForEach((event) => Effect.sync(() => seen.push(event))),
            Effect.forkScoped({ startImmediately: true })
          )
          const all = {
            retry: {},
            retryBudget: {},
            hedge: {},
            circuitBreaker: { trip: consecutiveFailures(1) },
            throttle: {},
            rateLimit: {},
            bulkhead: {},
            adaptiveLimit: {},
            attemptTimeout: "1 second"
          } as const
          const policy = yield* registry.register("a", all)
          const busy = yield* Effect.forkChild(policy.execute(Effect.as(Effect.sleep("500 millis"), "up")), {
            startImmediately: true
          })
          yield* registry.remove("a")
          assert.deepStrictEqual(yield* MetricSeries.ids, [])
          assert.deepStrictEqual(yield* breakers.list, [])
          assert.strictEqual((yield* Effect.flip(registry.get("a")))._tag, "ResiliencePolicyNotFound")
          assert.strictEqual((yield* Effect.flip(registry.remove("a")))._tag, "ResiliencePolicyNotFound")
          yield* TestClock.adjust("500 millis")
          assert.strictEqual(yield* Fiber.join(busy), "up")
          const late = yield* Effect.forkChild(Effect.flip(policy.execute(Effect.never)))
          yield* TestClock.adjust("10 seconds")
          assert.include(["AttemptTimedOut", "CircuitOpen"], (yield* Fiber.join(late))._tag)
          yield* registry.register("a", { attemptTimeout: "2 seconds" })
          yield* Effect.yieldNow
          assert.deepStrictEqual(
            seen.map(({ _tag, name }) => [_tag, name]),
            [
              ["Added", "a"],
              ["Removed", "a"],
              ["Added", "a"]
            ]
          )
          assert.strictEqual(yield* registry.droppedEvents, 0)
        }),
        Resilience.layer()
      )
    )
  )
})
