import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Schema } from "effect"
import { HttpClient, HttpClientResponse } from "effect/http"
import * as AdaptiveLimiter from "../src/AdaptiveLimiter.ts"
import * as AdaptiveThrottle from "../src/AdaptiveThrottle.ts"
import * as Criticality from "../src/Criticality.ts"
import * as Resilience from "../src/Resilience.ts"
import { ResiliencePolicyRegistry } from "../src/ResiliencePolicyRegistry.ts"
import * as ResilientHttpClient from "../src/ResilientHttpClient.ts"
import * as MetricSeries from "./MetricSeries.ts"

const current = Effect.service(Criticality.CurrentCriticality)

describe("Criticality", () => {
  it("has an order, in which the more critical is the greater", () => {
    assert.deepStrictEqual([...Criticality.all].sort(Criticality.Order), [
      "SHEDDABLE",
      "SHEDDABLE_PLUS",
      "CRITICAL",
      "CRITICAL_PLUS"
    ])
    assert.deepStrictEqual(Criticality.all.map(Criticality.rank), [0, 1, 2, 3])
  })

  it.effect("is data", () =>
    Effect.gen(function* () {
      const decode = Schema.decodeUnknownEffect(Criticality.Criticality)
      for (const criticality of Criticality.all) assert.strictEqual(yield* decode(criticality), criticality)
      yield* Effect.flip(decode("critical"))
    })
  )

  it.effect("is what was said last, for as long as the effect runs", () =>
    Effect.gen(function* () {
      const inner = Criticality.withCriticality(current, "CRITICAL_PLUS")
      const around = Effect.all([current, inner, current]).pipe(Criticality.withCriticality("SHEDDABLE"))
      assert.deepStrictEqual(yield* around, ["SHEDDABLE", "CRITICAL_PLUS", "SHEDDABLE"])
      assert.strictEqual(yield* current, "CRITICAL")
    })
  )

  it.effect("is inherited by a forked fibre, which keeps it", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      const fork = Effect.forkDetach(Effect.andThen(Deferred.await(gate), current))
      const sheddable = yield* Criticality.withCriticality(fork, "SHEDDABLE")
      const plain = yield* fork
      yield* Criticality.withCriticality(Deferred.succeed(gate, undefined), "CRITICAL_PLUS")
      assert.strictEqual(yield* Fiber.join(sheddable), "SHEDDABLE")
      assert.strictEqual(yield* Fiber.join(plain), "CRITICAL")
    })
  )
})

describe("the series of a class", () => {
  it.effect("tell how many of its calls are under way, and how many of them are refused", () =>
    Effect.gen(function* () {
      const limiter = yield* AdaptiveLimiter.make("x")
      const throttle = yield* AdaptiveThrottle.make("x", { multiplier: 1 })
      const busy = yield* limiter
        .execute(Effect.never)
        .pipe(Criticality.withCriticality("SHEDDABLE_PLUS"), Effect.forkChild({ startImmediately: true }))
      yield* Effect.ignore(Criticality.withCriticality(throttle.execute(Effect.fail("busy")), "SHEDDABLE_PLUS"))
      const none = { CRITICAL_PLUS: 0, CRITICAL: 0, SHEDDABLE_PLUS: 0, SHEDDABLE: 0 }
      const read = (id: string) => MetricSeries.read(id, "criticality")
      assert.deepStrictEqual(yield* read("resilience.adaptive.inflight"), { ...none, SHEDDABLE_PLUS: 1 })
      assert.deepStrictEqual(yield* read("resilience.throttle.rejection.probability"), {
        ...none,
        SHEDDABLE_PLUS: 0.5,
        SHEDDABLE: 0.5
      })
      yield* Fiber.interrupt(busy)
      assert.deepStrictEqual(yield* read("resilience.adaptive.inflight"), none)
    }).pipe(MetricSeries.isolated)
  )
})

describe("a throttle's classes", () => {
  it.effect("are all forgotten with another window", () =>
    Effect.gen(function* () {
      let window: AdaptiveThrottle.AdaptiveThrottleOptions["window"] | undefined
      const of = yield* Schema.decodeUnknownEffect(AdaptiveThrottle.AdaptiveThrottleOptions)({ multiplier: 1 })
      const throttle = yield* AdaptiveThrottle.makeWith("x", () => (window === undefined ? of : { ...of, window }))
      const probability = Criticality.withCriticality(throttle.probability, "SHEDDABLE")
      for (const criticality of ["CRITICAL", "SHEDDABLE"] as const) {
        yield* Effect.ignore(Criticality.withCriticality(throttle.execute(Effect.fail("busy")), criticality))
        assert.strictEqual(yield* probability, 1 / 2)
        window = (yield* Schema.decodeUnknownEffect(AdaptiveThrottle.AdaptiveThrottleOptions)({ window: "1 minute" }))
          .window
        assert.strictEqual(yield* probability, 0)
        window = undefined
        assert.strictEqual(yield* probability, 0)
      }
    })
  )
})

describe("an HTTP client", () => {
  it.effect("is of the class that is said of it, and else of that of the fibre", () =>
    Effect.gen(function* () {
      const policies = yield* ResiliencePolicyRegistry
      const policy = yield* policies.register("inventory", { retry: {} })
      const seen: Array<Criticality.Criticality> = []
      const server = HttpClient.make((request) =>
        Effect.map(current, (criticality) => {
          seen.push(criticality)
          return HttpClientResponse.fromWeb(request, new Response())
        })
      )
      const url = "http://inventory.test/items"
      const plain = ResilientHttpClient.withPolicy(policy)(server)
      const telemetry = ResilientHttpClient.withPolicy(policy, { criticality: "SHEDDABLE" })(server)
      yield* plain.get(url)
      yield* Criticality.withCriticality(plain.post(url), "CRITICAL_PLUS")
      yield* telemetry.get(url)
      yield* Criticality.withCriticality(telemetry.post(url), "CRITICAL_PLUS")
      assert.deepStrictEqual(seen, ["CRITICAL", "CRITICAL_PLUS", "SHEDDABLE", "SHEDDABLE"])
    }).pipe(Effect.provide(Resilience.layer()))
  )
})
