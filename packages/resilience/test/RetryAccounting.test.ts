import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Exit, Fiber, Option } from "effect"
import { TestClock } from "effect/testing"
import type { RetryBudget } from "../src/RetryBudget.ts"
import * as RetryPolicy from "../src/RetryPolicy.ts"
import * as MetricSeries from "./MetricSeries.ts"

const everySecond = { maxAttempts: 3, baseDelay: "1 second", backoff: "constant", jitter: "none" } as const

/** Attempts in a row, the last one again and again, with the times at which they started. */
const scripted = <A, E>(...attempts: ReadonlyArray<Effect.Effect<A, E>>) => {
  const started: Array<number> = []
  const call = Effect.flatMap(Clock.currentTimeMillis, (at) => {
    const n = started.push(at)
    return attempts[Math.min(n, attempts.length) - 1] ?? Effect.never
  })
  return { started, call }
}

const settle = <A, E>(self: Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(Effect.exit(self), { startImmediately: true })
    yield* TestClock.adjust("1 hour")
    return yield* Fiber.join(fiber)
  })

/** A budget by what is under way, with what it was told. */
const noting = (told: Array<string>): RetryBudget => ({
  options: { _tag: "ConcurrencyBudget", maxRate: 1, minConcurrentRetries: 9 },
  deposit: () => void told.push("deposit"),
  withdraw: () => told.push("withdraw") > 0,
  balance: () => 9,
  countsUnderWay: true,
  callEnded: () => void told.push("callEnded"),
  retryEnded: () => void told.push("retryEnded")
})

describe("a budget by what is under way", () => {
  it.effect("RT11 is told of each retry when it ends, and of the call", () =>
    Effect.gen(function* () {
      const told: Array<string> = []
      const retry = yield* RetryPolicy.make("r", everySecond, noting(told))
      yield* settle(retry.execute(Effect.fail("down")))
      const [begun, retried] = ["deposit", ["withdraw", "retryEnded"]] as const
      assert.deepStrictEqual(told, [begun, ...retried, ...retried, "callEnded"])
      told.length = 0
      yield* settle(retry.execute(Effect.void))
      assert.deepStrictEqual(told, ["deposit", "callEnded"])
    })
  )

  it.effect("RT11 also where the call is interrupted, in an attempt or before it", () =>
    Effect.gen(function* () {
      for (const millis of [500, 1500]) {
        const told: Array<string> = []
        const retry = yield* RetryPolicy.make("r", everySecond, noting(told))
        const { call } = scripted<never, string>(Effect.fail("down"), Effect.never)
        const fiber = yield* Effect.forkChild(retry.execute(call), { startImmediately: true })
        yield* TestClock.adjust(millis)
        yield* Fiber.interrupt(fiber)
        assert.deepStrictEqual(told, ["deposit", "withdraw", "retryEnded", "callEnded"])
      }
    })
  )
})

describe("a result that is no answer", () => {
  const isAnswer = (exit: Exit.Exit<string, never>) => Exit.isSuccess(exit) && exit.value !== "pending"
  const again = (exit: Exit.Exit<string, never>) => !isAnswer(exit)

  it.effect("RT3 comes out after the last attempt, or an error that says how many there were", () =>
    Effect.gen(function* () {
      const { call, started } = scripted(Effect.succeed("pending"))
      const plain = yield* RetryPolicy.make("r", everySecond)
      assert.deepStrictEqual(yield* settle(plain.execute(call, again)), Exit.succeed("pending"))
      assert.lengthOf(started, 3)
      const strict = yield* RetryPolicy.make("r", { ...everySecond, failAfterMaxAttempts: true })
      const error = Option.getOrThrow(Exit.findErrorOption(yield* settle(strict.execute(call, again))))
      assert.deepInclude(error, { _tag: "RetriesExhausted", name: "r", attempts: 3 })
      assert.strictEqual(error.message, "r had no acceptable result in 3 attempts")
    })
  )

  it.effect("RT3 but a failure comes out as it is", () =>
    Effect.gen(function* () {
      const strict = yield* RetryPolicy.make("r", { ...everySecond, failAfterMaxAttempts: true })
      const exit = yield* settle(strict.execute(Effect.fail("down")))
      assert.deepStrictEqual(Exit.findErrorOption(exit), Option.some("down"))
    })
  )

  it.effect("RT is discarded before the error comes, with those before it", () =>
    Effect.gen(function* () {
      const strict = yield* RetryPolicy.make("r", { ...everySecond, failAfterMaxAttempts: true })
      const discarded: Array<number> = []
      const discard = () => Effect.flatMap(Clock.currentTimeMillis, (at) => Effect.sync(() => void discarded.push(at)))
      const exit = yield* settle(strict.execute(Effect.succeed("pending"), again, { discard }))
      assert.isTrue(Exit.isFailure(exit))
      assert.deepStrictEqual(discarded, [0, 1000, 2000])
      const silent = yield* settle(strict.execute(Effect.succeed("pending"), again, { discard: () => undefined }))
      assert.isTrue(Exit.isFailure(silent))
    })
  )

  it.effect("RT letting go of it is part of the wait and not beside it", () =>
    Effect.gen(function* () {
      const retry = yield* RetryPolicy.make("r", everySecond)
      for (const [takes, times] of [
        ["700 millis", [0, 1000, 2000]],
        ["3 seconds", [0, 3000, 6000]]
      ] as const) {
        const { call, started } = scripted(Effect.succeed("pending"))
        const from = yield* Clock.currentTimeMillis
        yield* settle(retry.execute(call, again, { discard: () => Effect.sleep(takes) }))
        assert.deepStrictEqual(
          started.map((at) => at - from),
          [...times]
        )
      }
    })
  )
})

describe("a wait that the server asks for", () => {
  const asking = (seconds: number) => () => ({ retryAfter: Duration.seconds(seconds) })
  const bounded = { ...everySecond, maxAttempts: 2, maxRetryAfter: "10 seconds" } as const

  it.effect("RT14 is kept to up to the longest, to the second", () =>
    Effect.gen(function* () {
      const retry = yield* RetryPolicy.make("r", bounded)
      const kept = scripted(Effect.fail("busy"))
      yield* settle(retry.execute(kept.call, asking(10)))
      assert.deepStrictEqual(kept.started, [0, 10_000])
      const long = scripted(Effect.fail("busy"))
      yield* settle(retry.execute(long.call, asking(10.001)))
      assert.lengthOf(long.started, 1)
    })
  )

  it.effect("RT14 beyond it is cut to it where that is what was asked for", () =>
    Effect.gen(function* () {
      const retry = yield* RetryPolicy.make("r", { ...bounded, longRetryAfter: "cap" })
      const { call, started } = scripted(Effect.fail("busy"))
      yield* settle(retry.execute(call, asking(3600)))
      assert.deepStrictEqual(started, [0, 10_000])
    })
  )
})

describe("an interruption", () => {
  it.effect("RT from within an attempt ends the call, counts as none and is nobody's to judge", () =>
    MetricSeries.isolated(
      Effect.gen(function* () {
        const retry = yield* RetryPolicy.make("r", everySecond)
        let judged = 0
        const { call, started } = scripted<never, never>(Effect.interrupt)
        const exit = yield* settle(
          retry.execute(call, () => {
            judged++
            return true
          })
        )
        assert.isTrue(Exit.hasInterrupts(exit))
        assert.deepStrictEqual([judged, started.length], [0, 1])
        assert.deepStrictEqual(yield* MetricSeries.read("resilience4j.retry.calls"), {
          successful_without_retry: 0,
          successful_with_retry: 0,
          failed_without_retry: 0,
          failed_with_retry: 0
        })
      })
    )
  )
})
