import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { type Duration, Effect, Exit, Fiber, Ref } from "effect"
import { TestClock } from "effect/testing"
import type { BulkheadFull } from "../../src/Bulkhead.ts"
import { consecutiveFailures } from "../../src/CircuitBreakerOptions.ts"
import { CircuitBreakerRegistry } from "../../src/CircuitBreakerRegistry.ts"
import type { CircuitOpen } from "../../src/CircuitOpen.ts"
import { type Criticality, CurrentCriticality, withCriticality } from "../../src/Criticality.ts"
import type * as Deadline from "../../src/Deadline.ts"
import * as Hedge from "../../src/Hedge.ts"
import type { ResiliencePolicy } from "../../src/ResiliencePolicy.ts"
import type { PolicyError, PolicyErrorOf, ResiliencePolicyOptionsInput } from "../../src/ResiliencePolicyOptions.ts"
import type { ResiliencePolicyConfig } from "../../src/ResiliencePolicyRegistry.ts"
import type { AttemptTimedOut } from "../../src/TimeLimiter.ts"
import { breakerOf, callsOf, F, register, retry, settle, tagOf, test } from "./support/policies.ts"

const withRegistry = <A, E, R>(self: (registry: CircuitBreakerRegistry["Service"]) => Effect.Effect<A, E, R>) =>
  Effect.provide(Effect.flatMap(CircuitBreakerRegistry, self), CircuitBreakerRegistry.layer())

describe("CO: composition", () => {
  test("CO1: declared order is the applied order and introspectable (descriptor lists policies outer→inner with options)", () =>
    Effect.gen(function* () {
      const policy = yield* register({
        attemptTimeout: "1 second",
        bulkhead: { maxConcurrentCalls: 3 },
        circuitBreaker: { trip: consecutiveFailures(3) },
        retry,
        retryBudget: { retryRatio: 0.5 },
        deadline: "10 seconds"
      })
      const layers = yield* policy.layers
      assert.deepStrictEqual(
        layers.map((layer) => layer.pattern),
        ["Deadline", "RetryPolicy", "CircuitBreaker", "Bulkhead", "TimeLimiter"]
      )
      assert.deepInclude(layers[3]?.options, { maxConcurrentCalls: 3 })
      const inside = yield* register({ retry, circuitBreaker: {}, retryPlacement: "inside-circuit-breaker" }, "inside")
      assert.deepStrictEqual(
        (yield* inside.layers).map((layer) => layer.pattern),
        ["CircuitBreaker", "RetryPolicy"]
      )
      const none = yield* register({}, "none")
      assert.deepStrictEqual(yield* none.layers, [])
    }))

  test("CO2: default order outer→inner: fallback · totalTimeout · retry(+budget) · breaker · rateLimiter · bulkhead · attemptTimeout; bulkhead inside so queued time is inside the total, not the attempt, timeout", () =>
    Effect.gen(function* () {
      const policy = yield* register({ retry, circuitBreaker: {}, attemptTimeout: "1 second" })
      const { exit, took } = yield* settle(policy.execute(Effect.never))
      assert.strictEqual(tagOf(exit), "AttemptTimedOut")
      assert.strictEqual(took, 1000 + 1000 + 1000 + 2000 + 1000)
      assert.deepInclude(yield* callsOf(), { failed: 3, ignored: 0 })
    }))

  test("CO2 a rejection by the breaker takes no permit, one by the bulkhead moves no breaker and is not repeated", () =>
    Effect.gen(function* () {
      const policy = yield* register({
        retry,
        circuitBreaker: { trip: consecutiveFailures(1) },
        bulkhead: { maxConcurrentCalls: 0 }
      })
      assert.strictEqual((yield* Effect.flip(policy.execute(Effect.void)))._tag, "BulkheadFull")
      assert.deepInclude(yield* callsOf(), { failed: 0, ignored: 1 })
      yield* (yield* breakerOf()).forceOpen
      assert.strictEqual((yield* Effect.flip(policy.execute(Effect.void)))._tag, "CircuitOpen")
    }))

  test("CO2 time in the line is not the attempt's, but the deadline's", () =>
    Effect.gen(function* () {
      const policy = yield* register({
        deadline: "2 seconds",
        bulkhead: { maxConcurrentCalls: 1, maxQueuedCalls: 5 },
        attemptTimeout: "1 second"
      })
      const call = policy.execute(Effect.sleep("900 millis"))
      const fibers = yield* Effect.forEach([1, 2, 3], () => Effect.forkChild(Effect.exit(call)))
      yield* TestClock.adjust("2 seconds")
      const [first, second, third] = yield* Effect.forEach(fibers, Fiber.join)
      assert.isTrue(first !== undefined && Exit.isSuccess(first))
      assert.isTrue(second !== undefined && Exit.isSuccess(second))
      assert.strictEqual(third && tagOf(third), "DeadlineExceeded")
    }))

  it("CO3: composing adds exactly the union of policy errors to E (type test); removing a policy removes its error; `R` gains only the services used", () => {
    expectTypeOf<PolicyErrorOf<Record<never, never>>>().toEqualTypeOf<never>()
    expectTypeOf<PolicyErrorOf<{ readonly retry: object; readonly retryBudget: object }>>().toEqualTypeOf<never>()
    expectTypeOf<PolicyErrorOf<{ readonly circuitBreaker: object }>>().toEqualTypeOf<CircuitOpen>()
    expectTypeOf<PolicyErrorOf<{ readonly bulkhead: object }>>().toEqualTypeOf<BulkheadFull>()
    expectTypeOf<
      PolicyErrorOf<{ readonly attemptTimeout: "1 second"; readonly deadline: undefined }>
    >().toEqualTypeOf<AttemptTimedOut>()
    expectTypeOf<PolicyErrorOf<{ readonly deadline: Duration.Input }>>().toEqualTypeOf<Deadline.DeadlineExceeded>()
    expectTypeOf<PolicyErrorOf<{ readonly bulkhead: object; readonly circuitBreaker: object }>>().toEqualTypeOf<
      BulkheadFull | CircuitOpen
    >()
  })

  it("CO3 what a type leaves open may be there", () => {
    expectTypeOf<PolicyErrorOf<ResiliencePolicyOptionsInput>>().toEqualTypeOf<PolicyError>()
    expectTypeOf<PolicyErrorOf<{ readonly bulkhead?: object }>>().toEqualTypeOf<BulkheadFull>()
    expectTypeOf<PolicyErrorOf<{ readonly baseConfig: "tws" }>>().toEqualTypeOf<PolicyError>()
    expectTypeOf<PolicyErrorOf<ResiliencePolicyConfig>>().toEqualTypeOf<PolicyError>()
  })

  it("CO3 the guarded effect keeps its own errors and needs", () => {
    const guarded = (policy: ResiliencePolicy<CircuitOpen>, self: Effect.Effect<1, "down", CircuitBreakerRegistry>) =>
      policy.execute(self)
    expectTypeOf(guarded).returns.toEqualTypeOf<Effect.Effect<1, "down" | CircuitOpen, CircuitBreakerRegistry>>()
    const registering = () => register({ deadline: "1 second", retry: {} })
    expectTypeOf<Effect.Success<ReturnType<typeof registering>>>().toEqualTypeOf<
      ResiliencePolicy<Deadline.DeadlineExceeded>
    >()
  })

  test("CO4: retry inside breaker: attempts F,F,S → one Success recorded; outside: 2 F + 1 S recorded", () =>
    Effect.gen(function* () {
      const flaky = Effect.map(Ref.make(0), (calls) =>
        Effect.flatMap(
          Ref.updateAndGet(calls, (n) => n + 1),
          (n): Effect.Effect<string, "down"> => (n < 3 ? F : Effect.succeed("up"))
        )
      )
      for (const [retryPlacement, expected] of [
        ["outside-circuit-breaker", { successful: 1, failed: 2 }],
        ["inside-circuit-breaker", { successful: 1, failed: 0 }]
      ] as const) {
        const policy = yield* register({ retry, circuitBreaker: {}, retryPlacement }, retryPlacement)
        const { exit } = yield* settle(policy.execute(yield* flaky))
        assert.deepStrictEqual(exit, Exit.succeed("up"))
        assert.deepInclude(yield* callsOf(retryPlacement), expected)
      }
    }))

  test("CO5: two breakers (per host and per operation): inner open ⇒ outer unaffected", () =>
    Effect.gen(function* () {
      const [host, operation] = [
        yield* register({ circuitBreaker: { trip: consecutiveFailures(1) } }, "host"),
        yield* register({ circuitBreaker: { trip: consecutiveFailures(1) } }, "operation")
      ]
      yield* (yield* breakerOf("host")).forceOpen
      yield* Effect.flip(operation.execute(host.execute(F)))
      assert.deepInclude(yield* callsOf("operation"), { failed: 0, ignored: 1 })
    }))

  it.effect("CO6: same policy object used from two layers shares state; `fresh` gives separate state", () =>
    Effect.gen(function* () {
      const register = withRegistry((registry) => registry.register("a"))
      const [one, two] = [yield* register, yield* register]
      assert.notStrictEqual(one, two)
    })
  )

  test("CO7: disabled pipeline (all no-op) returns the identical effect value", () =>
    Effect.gen(function* () {
      const policy = yield* register({})
      assert.strictEqual(policy.execute(F), F)
    }))

  test("CO8: what is said of nothing is CRITICAL; what is said of a call holds for all calls that it makes, retried, hedged or forked", () =>
    Effect.gen(function* () {
      const seen: Array<Criticality> = []
      const nested = yield* register({ bulkhead: {} }, "nested")
      const note = nested.execute(
        Effect.flatMap(Effect.service(CurrentCriticality), (criticality) => Effect.sync(() => seen.push(criticality)))
      )
      const outer = yield* register(
        { deadline: "1 minute", retry: { baseDelay: 0 }, hedge: { delay: Hedge.fixed(0) } },
        "outer"
      )
      const call = Effect.gen(function* () {
        yield* note
        yield* Fiber.join(yield* Effect.forkChild(note))
        yield* Fiber.join(yield* Effect.forkDetach(note))
        yield* Effect.all([note, note], { concurrency: "unbounded" })
        return yield* F
      })
      yield* Effect.flip(outer.execute(call))
      assert.deepStrictEqual(
        seen.splice(0),
        Array.from({ length: 15 }, () => "CRITICAL")
      )
      yield* Effect.flip(withCriticality(outer.executeSafe(Hedge.safe(call)), "SHEDDABLE"))
      assert.deepStrictEqual(
        seen.splice(0),
        Array.from({ length: 30 }, () => "SHEDDABLE")
      )
      yield* note
      assert.deepStrictEqual(seen, ["CRITICAL"])
    }))

  test("CO9: a call of its own criticality is of that one, with all that it calls, whatever its fibre is", () =>
    Effect.gen(function* () {
      const full = { _tag: "AIMD", initialLimit: 2, minLimit: 2, maxLimit: 2 } as const
      const inner = yield* register({ adaptiveLimit: { algorithm: full } }, "inner")
      const outer = yield* register({}, "outer")
      const own = yield* register({ adaptiveLimit: { algorithm: full }, retry }, "own")
      for (const policy of [inner, own]) {
        yield* Effect.forkChild(policy.execute(Effect.never), { startImmediately: true })
      }
      const refused = { _tag: "ConcurrencyLimited", criticality: "SHEDDABLE" } as const
      assert.deepInclude(yield* Effect.flip(own.execute(Effect.void, { criticality: "SHEDDABLE" })), refused)
      const nested = Effect.flip(outer.execute(inner.execute(Effect.void), { criticality: "SHEDDABLE" }))
      assert.deepInclude(yield* withCriticality(nested, "CRITICAL_PLUS"), refused)
      const raised = own.execute(Effect.succeed("in"), { criticality: "CRITICAL" })
      assert.strictEqual(yield* withCriticality(raised, "SHEDDABLE"), "in")
      assert.deepInclude(yield* Effect.flip(withCriticality(own.execute(Effect.void), "SHEDDABLE")), refused)
    }))
})
