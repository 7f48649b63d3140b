import { assert, describe, it } from "@effect/vitest"
import { Cause, Clock, type Duration, Effect, Exit, Fiber, Scope } from "effect"
import { TestClock } from "effect/testing"
import * as CircuitOpen from "../src/CircuitOpen.ts"
import * as Hedge from "../src/Hedge.ts"
import type { RetryBudget } from "../src/RetryBudget.ts"
import * as MetricSeries from "./MetricSeries.ts"
import { eventsOf, inSpan } from "./RecordingTracer.ts"
import { counting } from "./SleepCount.ts"

/** Attempts of one call, by their number, with the times at which they started. */
const scripted = <A, E>(...attempts: ReadonlyArray<Effect.Effect<A, E>>) => {
  const started: Array<number> = []
  const call = Hedge.safe(
    Effect.flatMap(Effect.all([Hedge.CurrentHedge, Clock.currentTimeMillis]), ([n, at]) => {
      started.push(at)
      return attempts[n] ?? Effect.never
    })
  )
  return { started, call }
}

const after = <A, E>(delay: Duration.Input, end: Effect.Effect<A, E>) => Effect.delay(end, delay)

const counts = MetricSeries.read("resilience.hedge.calls")

/** A budget that allows so many, with what it was told. */
const noting = (left: number, told: Array<string>): RetryBudget => ({
  options: { _tag: "ConcurrencyBudget", maxRate: 1, minConcurrentRetries: left },
  deposit: () => void told.push("deposit"),
  withdraw: () => told.push("withdraw") > 0 && left-- > 0,
  balance: () => left,
  countsUnderWay: true,
  callEnded: () => void told.push("callEnded"),
  retryEnded: () => void told.push("retryEnded")
})

const oneSecond = { delay: Hedge.fixed("1 second") }

/** What was given to `discard`, as text. */
const discarding = () => {
  const discarded: Array<unknown> = []
  return {
    discarded,
    discard: (exit: Exit.Exit<unknown, unknown>) =>
      Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)
        ? undefined
        : Effect.sync(() => void discarded.push(Exit.isSuccess(exit) ? exit.value : Cause.squash(exit.cause)))
  }
}

describe("when the next attempt starts", () => {
  it.effect("HG the delay runs from the attempt before, also from one that a failure has started early", () =>
    Effect.gen(function* () {
      const hedge = yield* Hedge.make("h", { ...oneSecond, maxHedgedAttempts: 2 })
      const { call, started } = scripted<never, string>(after("500 millis", Effect.fail("down")))
      const fiber = yield* Effect.forkChild(hedge.execute(call))
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(started, [0, 500])
      yield* TestClock.adjust("499 millis")
      assert.deepStrictEqual(started, [0, 500])
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(started, [0, 500, 1500])
      yield* Fiber.interrupt(fiber)
    })
  )

  it.effect("HG without a delay all have started before anything else goes on", () =>
    Effect.gen(function* () {
      const hedge = yield* Hedge.make("h", { delay: Hedge.fixed(0), maxHedgedAttempts: 3 })
      const { call, started } = scripted()
      const fiber = yield* Effect.forkChild(hedge.execute(call), { startImmediately: true })
      assert.lengthOf(started, 4)
      yield* Fiber.interrupt(fiber)
    })
  )

  it.effect("HG what is left of an attempt is waited for when the other has failed", () =>
    Effect.gen(function* () {
      const hedge = yield* Hedge.make("h", oneSecond)
      const { call, started } = scripted<string, string>(
        after("4 seconds", Effect.succeed("primary")),
        after("200 millis", Effect.fail("down"))
      )
      const fiber = yield* Effect.forkChild(hedge.execute(call))
      yield* TestClock.adjust("3999 millis")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* Fiber.join(fiber), "primary")
      assert.deepStrictEqual(started, [0, 1000])
    })
  )

  it.effect("HG only errors of the call start one: no defect beside one, no empty cause", () =>
    Effect.gen(function* () {
      const hedge = yield* Hedge.make("h", oneSecond)
      for (const cause of [Cause.combine(Cause.fail("down"), Cause.die("bug")), Cause.empty]) {
        const { call, started } = scripted<never, string>(Effect.failCause(cause))
        assert.isTrue(Exit.isFailure(yield* Effect.exit(hedge.execute(call))))
        assert.lengthOf(started, 1)
      }
      const { call, started } = scripted<string, string>(
        Effect.failCause(Cause.combine(Cause.fail("down"), Cause.fail("out"))),
        Effect.succeed("hedge")
      )
      assert.strictEqual(yield* hedge.execute(call, (error) => error === "down" || error === "out"), "hedge")
      assert.lengthOf(started, 2)
      const picky = scripted<string, string>(Effect.failCause(Cause.combine(Cause.fail("down"), Cause.fail("out"))))
      yield* Effect.exit(hedge.execute(picky.call, (error) => error === "down"))
      assert.lengthOf(picky.started, 1)
    })
  )

  it.effect("HG nobody is asked whether a rejection of ours or an interruption is worth another", () =>
    Effect.gen(function* () {
      const hedge = yield* Hedge.make("h", oneSecond)
      for (const end of [Effect.fail(CircuitOpen.make("b", "OPEN", 1000)), Effect.interrupt]) {
        const { call, started } = scripted<never, CircuitOpen.CircuitOpen>(end)
        const exit = yield* Effect.exit(hedge.executeWith(call, { isHandled: () => true }))
        assert.isTrue(Exit.isFailure(exit))
        assert.lengthOf(started, 1)
      }
    })
  )
})

describe("what is counted", () => {
  it.effect("HG each call once, by the attempt that gave the answer", () =>
    MetricSeries.isolated(
      Effect.gen(function* () {
        const hedge = yield* Hedge.make("h", oneSecond)
        const run = Effect.fnUntraced(function* <A>(...attempts: ReadonlyArray<Effect.Effect<A, string>>) {
          const fiber = yield* Effect.forkChild(Effect.exit(hedge.execute(scripted(...attempts).call)))
          yield* TestClock.adjust("10 seconds")
          yield* Fiber.join(fiber)
          return yield* counts
        })
        assert.deepStrictEqual(yield* run(Effect.succeed(1)), { primary: 1, hedged: 0, failed: 0 })
        assert.deepStrictEqual(yield* run(after("3 seconds", Effect.succeed(1))), { primary: 2, hedged: 0, failed: 0 })
        assert.deepStrictEqual(yield* run(Effect.never, Effect.succeed(1)), { primary: 2, hedged: 1, failed: 0 })
        assert.deepStrictEqual(yield* run(Effect.fail("down"), Effect.succeed(1)), { primary: 2, hedged: 2, failed: 0 })
        assert.deepStrictEqual(yield* run(Effect.fail("down"), Effect.fail("out")), {
          primary: 2,
          hedged: 2,
          failed: 1
        })
        assert.deepStrictEqual(yield* run(Effect.die("bug")), { primary: 2, hedged: 2, failed: 2 })
        const unwanted = hedge.executeWith(scripted(Effect.succeed(1), Effect.succeed(2)).call, {
          isHandled: () => true
        })
        assert.strictEqual(yield* unwanted, 2)
        assert.deepStrictEqual(yield* counts, { primary: 2, hedged: 2, failed: 3 })
      })
    )
  )

  it.effect("HG and none that was interrupted", () =>
    MetricSeries.isolated(
      Effect.gen(function* () {
        const hedge = yield* Hedge.make("h", oneSecond)
        const fiber = yield* Effect.forkChild(hedge.execute(scripted().call))
        yield* TestClock.adjust("1 second")
        yield* Fiber.interrupt(fiber)
        assert.deepStrictEqual(yield* counts, { primary: 0, hedged: 0, failed: 0 })
      })
    )
  )

  it.effect("HG an event in the caller's span says of each hedge which one it is", () =>
    Effect.gen(function* () {
      const hedge = yield* Hedge.make("h", { delay: Hedge.fixed("Infinity"), maxHedgedAttempts: 2 })
      const { call } = scripted<string, string>(Effect.fail("a"), Effect.fail("b"), Effect.succeed("c"))
      assert.deepStrictEqual(eventsOf(yield* inSpan("outer", hedge.execute(call))), [
        ["resilience.hedge", { name: "h", attempt: 1 }],
        ["resilience.hedge", { name: "h", attempt: 2 }]
      ])
      assert.isEmpty(eventsOf(yield* inSpan("alone", hedge.execute(scripted(Effect.succeed("a")).call))))
    })
  )
})

describe("the budget", () => {
  it.effect("HG9 is asked for each hedge and told when it and the call have ended", () =>
    Effect.gen(function* () {
      const told: Array<string> = []
      const hedge = yield* Hedge.make("h", { ...oneSecond, maxHedgedAttempts: 1 }, noting(1, told))
      yield* Effect.exit(hedge.execute(scripted(Effect.fail("a"), Effect.fail("b")).call))
      assert.deepStrictEqual(told, ["deposit", "withdraw", "retryEnded", "callEnded"])
    })
  )

  it.effect("HG9 used up, leaves the failure of the first attempt", () =>
    Effect.gen(function* () {
      const told: Array<string> = []
      const hedge = yield* Hedge.make("h", oneSecond, noting(0, told))
      const { call, started } = scripted<never, string>(Effect.fail("a"), Effect.fail("b"))
      assert.strictEqual(yield* Effect.flip(hedge.execute(call)), "a")
      assert.lengthOf(started, 1)
      assert.deepStrictEqual(told, ["deposit", "withdraw", "callEnded"])
    })
  )

  it.effect("HG9 is told once of a call that is interrupted, also while it lets go of the losers", () =>
    Effect.gen(function* () {
      const told: Array<string> = []
      const hedge = yield* Hedge.make("h", oneSecond, noting(9, told))
      const early = yield* Effect.forkChild(hedge.execute(scripted().call), { startImmediately: true })
      yield* Fiber.interrupt(early)
      assert.deepStrictEqual(told.splice(0), ["deposit", "callEnded"])
      const slow = Effect.onInterrupt(Effect.never, () => Effect.sleep("5 seconds"))
      const late = yield* Effect.forkChild(hedge.execute(scripted(slow, Effect.succeed("hedge")).call))
      yield* TestClock.adjust("1 second")
      assert.isUndefined(late.pollUnsafe())
      yield* Effect.forkChild(Fiber.interrupt(late), { startImmediately: true })
      yield* TestClock.adjust("5 seconds")
      assert.deepStrictEqual(told, ["deposit", "withdraw", "retryEnded", "callEnded"])
    })
  )
})

describe("what is discarded", () => {
  it.effect("HG each end that is not the outcome, and what has nothing to let go is left alone", () =>
    Effect.gen(function* () {
      const hedge = yield* Hedge.make("h", { ...oneSecond, maxHedgedAttempts: 2 })
      const { discard, discarded } = discarding()
      const { call } = scripted<string, string>(Effect.fail("a"), Effect.fail("b"), Effect.succeed("c"))
      const answer = hedge.executeWith(call, { isHandled: Exit.isFailure, discard })
      assert.strictEqual(yield* answer, "c")
      assert.sameMembers(discarded, ["a", "b"])
      const silent = scripted<string, string>(Effect.fail("a"), Effect.succeed("b")).call
      assert.strictEqual(yield* hedge.executeWith(silent, { isHandled: Exit.isFailure, discard: () => undefined }), "b")
    })
  )

  it.effect("HG also what a loser came to that was let go, which is no outcome of the call", () =>
    MetricSeries.isolated(
      Effect.gen(function* () {
        const hedge = yield* Hedge.make("h", oneSecond)
        const { discard, discarded } = discarding()
        const broken = Effect.onInterrupt(Effect.never, () => after("3 seconds", Effect.die("late")))
        const { call } = scripted(broken, Effect.succeed("hedge"))
        const fiber = yield* Effect.forkChild(hedge.executeWith(call, { isHandled: () => false, discard }))
        yield* TestClock.adjust("4 seconds")
        assert.strictEqual(yield* Fiber.join(fiber), "hedge")
        assert.deepStrictEqual(discarded, ["late"])
        assert.deepStrictEqual(yield* counts, { primary: 0, hedged: 1, failed: 0 })
      })
    )
  )
})

describe("alarms", () => {
  it.effect("GE11 nobody sleeps for a hedge that will not come", () =>
    Effect.gen(function* () {
      const known = yield* counting
      const start = <A, E>(hedge: Hedge.Hedge, call: Hedge.Safe<A, E, never>) =>
        Effect.forkChild(Effect.provideService(hedge.execute(call), Clock.Clock, known.clock), {
          startImmediately: true
        })
      yield* start(yield* Hedge.make("done", oneSecond), scripted(Effect.succeed(1)).call)
      assert.strictEqual(known.asleep, 0)
      yield* start(yield* Hedge.make("after a failure", { delay: Hedge.fixed("Infinity") }), scripted().call)
      assert.strictEqual(known.asleep, 0)
      yield* start(yield* Hedge.make("after a while", oneSecond), scripted().call)
      assert.strictEqual(known.asleep, 1)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(known.asleep, 0)
    })
  )

  it.effect("GE11 nobody sleeps for a call that has its answer, once the scope is closed", () =>
    Effect.gen(function* () {
      const known = yield* counting
      const scope = yield* Scope.make()
      const hedge = yield* Scope.provide(Hedge.make("h", { delay: Hedge.fixed("1 minute") }), scope)
      const { call } = scripted(after("1 second", Effect.succeed("primary")))
      const fiber = yield* Effect.forkChild(Effect.provideService(hedge.execute(call), Clock.Clock, known.clock), {
        startImmediately: true
      })
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual(known.asleep, 2)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* Fiber.join(fiber), "primary")
      assert.strictEqual(known.asleep, 0)
    })
  )
})
