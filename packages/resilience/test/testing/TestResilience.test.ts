import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Random } from "effect"
import { TestClock } from "effect/testing"
import { CircuitBreakerRegistry } from "../../src/CircuitBreakerRegistry.ts"
import { ResiliencePolicyRegistry } from "../../src/ResiliencePolicyRegistry.ts"
import * as MetricSeries from "../../src/testing/MetricSeries.ts"
import * as Script from "../../src/testing/Script.ts"
import * as TestResilience from "../../src/testing/TestResilience.ts"

const run = <A>(program: Effect.Effect<A, never, ResiliencePolicyRegistry | CircuitBreakerRegistry>, seed = 1) =>
  Effect.runPromise(Effect.provide(program, TestResilience.layer({ seed })))

describe("TestResilience", () => {
  it("moves its clock by hand, in any test runner", () =>
    run(
      Effect.gen(function* () {
        const carrier = Script.make(Script.hang, Script.succeed(750))
        const policies = yield* ResiliencePolicyRegistry
        const policy = yield* policies.register("carrier", { retry: { maxAttempts: 2 }, attemptTimeout: "2 seconds" })
        const quote = yield* Effect.forkChild(policy.execute(carrier.call))
        yield* TestClock.adjust("1 minute")
        assert.strictEqual(yield* Fiber.join(quote), 750)
        assert.deepInclude(carrier.calls()[0], { startedAt: 0, endedAt: 2000, outcome: "interrupted" })
      }).pipe(Effect.orDie)
    ))

  it("draws the same numbers for the same seed", async () => {
    const draw = Effect.all([Random.next, Random.next])
    assert.deepStrictEqual(await run(draw), await run(draw))
    assert.notDeepEqual(await run(draw, 1), await run(draw, 2))
  })

  it("has metrics of its own", async () => {
    const series = Effect.gen(function* () {
      const breakers = yield* CircuitBreakerRegistry
      const known = yield* MetricSeries.ids
      yield* breakers.register("payments")
      return [known, yield* MetricSeries.read("resilience4j.circuitbreaker.calls")] as const
    }).pipe(Effect.orDie)
    for (const [known, calls] of [await run(series), await run(series)]) {
      assert.deepStrictEqual(known, [])
      assert.deepStrictEqual(calls, { successful: 0, failed: 0, ignored: 0 })
    }
  })

  it("draws by seed 1 where none is given, with or without other options", async () => {
    const draw = Effect.all([Random.next, Random.next])
    const drawn = (options?: Parameters<typeof TestResilience.layer>[0]) =>
      Effect.runPromise(Effect.provide(draw, TestResilience.layer(options)))
    const first = await drawn({ seed: 1 })
    assert.deepStrictEqual(await drawn(), first)
    assert.deepStrictEqual(await drawn({}), first)
  })
})
