import { assert, describe, it } from "@effect/vitest"
import { type Duration, Effect, Exit, Fiber, Ref } from "effect"
import { TestClock } from "effect/testing"
import * as Hedge from "../src/Hedge.ts"
import * as RetryBudget from "../src/RetryBudget.ts"

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

describe("Hedge", () => {
  it.effect("HG1 an answer before the delay needs one attempt", () =>
    Effect.gen(function* () {
      const hedge = yield* Hedge.make("h", { delay: Hedge.fixed("1 second") })
      const { call, started } = yield* scripted([after("500 millis", "primary")])
      const fiber = yield* Effect.forkChild(hedge.execute(call))
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(yield* Fiber.join(fiber), "primary")
      assert.strictEqual(yield* started, 1)
    })
  )

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

  it.effect("HG3 a handled failure starts the hedge at once", () =>
    Effect.gen(function* () {
      const hedge = yield* Hedge.make("h", { delay: Hedge.fixed("1 second") })
      const { call } = yield* scripted<string, string>([
        Effect.andThen(Effect.sleep("300 millis"), Effect.fail("busy")),
        after("100 millis", "hedge")
      ])
      const fiber = yield* Effect.forkChild(hedge.execute(call))
      yield* TestClock.adjust("400 millis")
      assert.strictEqual(yield* Fiber.join(fiber), "hedge")
    })
  )

  it.effect("HG4 an unhandled failure comes out at once", () =>
    Effect.gen(function* () {
      const hedge = yield* Hedge.make("h", { delay: Hedge.fixed("1 second") })
      const { call, started } = yield* scripted<string, string>([Effect.fail("wrong")])
      assert.strictEqual(yield* Effect.flip(hedge.execute(call, (error) => error !== "wrong")), "wrong")
      assert.strictEqual(yield* started, 1)
    })
  )

  it.effect("gives the last failure when all attempts failed, and a defect at once", () =>
    Effect.gen(function* () {
      const hedge = yield* Hedge.make("h", { delay: Hedge.fixed("1 second"), maxHedgedAttempts: 2 })
      const all = yield* scripted<string, string>([Effect.fail("a"), Effect.fail("b"), Effect.fail("c")])
      assert.strictEqual(yield* Effect.flip(hedge.execute(all.call)), "c")
      assert.strictEqual(yield* all.started, 3)
      const bug = yield* scripted<string, string>([Effect.die("bug")])
      assert.isTrue(Exit.hasDies(yield* Effect.exit(hedge.execute(bug.call))))
      assert.strictEqual(yield* bug.started, 1)
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

  it.effect("HG8 waits for the percentile of what it saw, within bounds, once it saw enough", () =>
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

  it.effect("waits for a multiple of the average", () =>
    Effect.gen(function* () {
      const hedge = yield* Hedge.make("h", {
        delay: Hedge.average({ factor: 2, samples: 2, initial: "5 seconds", maximum: "1 second" })
      })
      for (const millis of [100, 300]) {
        const fiber = yield* Effect.forkChild(hedge.execute(Hedge.safe(Effect.sleep(millis))))
        yield* TestClock.adjust(millis)
        yield* Fiber.join(fiber)
      }
      const { call } = yield* scripted([Effect.never, Effect.succeed("hedge")])
      const fiber = yield* Effect.forkChild(hedge.execute(call))
      yield* TestClock.adjust("399 millis")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* Fiber.join(fiber), "hedge")
    })
  )

  it.effect("HG9 an empty budget leaves the first attempt alone", () =>
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

  it.effect("interruption ends every attempt", () =>
    Effect.gen(function* () {
      const hedge = yield* Hedge.make("h", { delay: Hedge.fixed("1 second") })
      const ended = yield* Ref.make(0)
      const attempt = Effect.onInterrupt(Effect.never, () => Ref.update(ended, (n) => n + 1))
      const { call } = yield* scripted([attempt, attempt])
      const fiber = yield* Effect.forkChild(hedge.execute(call))
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(yield* Ref.get(ended), 2)
    })
  )

  it("HG10 an effect that is not marked as safe is refused by its type", () => {
    const refused = (hedge: Hedge.Hedge) =>
      // @ts-expect-error an effect is not safe to run twice unless its author says so
      hedge.execute(Effect.void)
    assert.isFunction(refused)
  })
})
