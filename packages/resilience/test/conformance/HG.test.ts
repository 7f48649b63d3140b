import { assert, describe, it } from "@effect/vitest"
import { type Duration, Effect, Fiber, Ref } from "effect"
import { TestClock } from "effect/testing"
import * as Hedge from "../../src/Hedge.ts"
import * as RetryBudget from "../../src/RetryBudget.ts"
import { hedge, hedgeEdges } from "./cases/timed.ts"
import { prove } from "./script/prove.ts"

/** Attempts of one call, by their number, with a count of those that started. */
const scripted = <A, E>(attempts: ReadonlyArray<Effect.Effect<A, E>>) =>
  Effect.map(Ref.make(0), (started) => ({
    started: Ref.get(started),
    call: Hedge.safe(
      Effect.flatMap(Hedge.CurrentHedge, (n) =>
        Effect.andThen(
          Ref.update(started, (count) => count + 1),
          attempts[n] ?? Effect.never
        )
      )
    )
  }))

const after = <A>(delay: Duration.Input, value: A) => Effect.as(Effect.sleep(delay), value)

describe("HG: hedging", () => {
  prove(hedge)

  prove(hedgeEdges)

  it.effect("HG2 the hedge wins, and the loser's finalizers are done before the answer", () =>
    Effect.gen(function* () {
      const hedge = yield* Hedge.make("h", { delay: Hedge.fixed("1 second") })
      const released = yield* Ref.make(false)
      const { call } = yield* scripted([
        after("4 seconds", "primary").pipe(Effect.onInterrupt(() => Ref.set(released, true))),
        after("200 millis", "hedge")
      ])
      const fiber = yield* Effect.forkChild(Effect.zip(hedge.execute(call), Ref.get(released)))
      yield* TestClock.adjust("1199 millis")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(yield* Fiber.join(fiber), ["hedge", true])
    })
  )

  it.effect("HG4: primary fails unhandled → returned at once, no hedge", () =>
    Effect.gen(function* () {
      const hedge = yield* Hedge.make("h", { delay: Hedge.fixed("1 second") })
      const { call, started } = yield* scripted<string, string>([Effect.fail("wrong")])
      assert.strictEqual(yield* Effect.flip(hedge.execute(call, (error) => error !== "wrong")), "wrong")
      assert.strictEqual(yield* started, 1)
    })
  )

  it.effect("HG6 no delay starts all at once, an infinite one only after a failure", () =>
    Effect.gen(function* () {
      const parallel = yield* Hedge.make("p", { delay: Hedge.fixed(0), maxHedgedAttempts: 3 })
      const race = yield* scripted([
        after("4 seconds", 0),
        after("3 seconds", 1),
        after("2 seconds", 2),
        after("1 seconds", 3)
      ])
      const fiber = yield* Effect.forkChild(parallel.execute(race.call))
      yield* Effect.yieldNow
      assert.strictEqual(yield* race.started, 4)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* Fiber.join(fiber), 3)

      const sequential = yield* Hedge.make("s", { delay: Hedge.fixed("Infinity") })
      const fallback = yield* scripted<string, string>([
        Effect.andThen(Effect.sleep("1 hour"), Effect.fail("down")),
        Effect.succeed("second")
      ])
      const slow = yield* Effect.forkChild(sequential.execute(fallback.call))
      yield* TestClock.adjust("59 minutes")
      assert.strictEqual(yield* fallback.started, 1)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* Fiber.join(slow), "second")
    })
  )

  it.effect("HG8: percentile delay (p95 of last N) with min/max; before N samples use the configured delay", () =>
    Effect.gen(function* () {
      const hedge = yield* Hedge.make("h", {
        delay: Hedge.percentile({ share: 0.9, samples: 10, initial: "5 seconds", minimum: "50 millis" })
      })
      for (let i = 1; i <= 10; i++) {
        const fiber = yield* Effect.forkChild(hedge.execute(Hedge.safe(Effect.sleep(i * 100))))
        yield* TestClock.adjust(i * 100)
        yield* Fiber.join(fiber)
      }
      const { call, started } = yield* scripted([Effect.never, Effect.succeed("hedge")])
      const fiber = yield* Effect.forkChild(hedge.execute(call))
      yield* TestClock.adjust("899 millis")
      assert.strictEqual(yield* started, 1)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* Fiber.join(fiber), "hedge")
    })
  )

  it.effect("HG9: hedges consume the budget; loser = X for the breaker; bulkhead counts both", () =>
    Effect.gen(function* () {
      const budget = yield* RetryBudget.make("b", { retryRatio: 0, minRetriesPerSecond: 0 })
      const hedge = yield* Hedge.make("h", { delay: Hedge.fixed("1 second") }, budget)
      const { call, started } = yield* scripted([after("4 seconds", "primary")])
      const fiber = yield* Effect.forkChild(hedge.execute(call))
      yield* TestClock.adjust("4 seconds")
      assert.strictEqual(yield* Fiber.join(fiber), "primary")
      assert.strictEqual(yield* started, 1)
    })
  )

  it("HG10: non-idempotent effects refuse hedging at the type level (opt-in marker)", () => {
    const refused = (hedge: Hedge.Hedge) =>
      // @ts-expect-error an effect is not safe to run twice unless its author says so
      hedge.execute(Effect.void)
    assert.isFunction(refused)
  })
})
