import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Exit, Fiber } from "effect"
import { TestClock } from "effect/testing"
import * as AdaptiveLimiter from "../src/AdaptiveLimiter.ts"
import * as ConcurrencyLimit from "../src/internal/ConcurrencyLimit.ts"
import { AttemptTimedOut } from "../src/TimeLimiter.ts"

const aimd = { initial: 20, minimum: 20, maximum: 200, backoffRatio: 0.9, timeout: 5000 }
const sample = (rest: Partial<ConcurrencyLimit.Sample>) => ({ rtt: 10, inflight: 1, dropped: false, ...rest })

describe("AdaptiveLimiter", () => {
  it("AL1 AIMD: a drop or a slow call takes a tenth, a call while half of the limit is used adds one", () => {
    assert.strictEqual(ConcurrencyLimit.aimd(aimd, 100, sample({ dropped: true })), 90)
    assert.strictEqual(ConcurrencyLimit.aimd(aimd, 100, sample({ rtt: 6000 })), 90)
    assert.strictEqual(ConcurrencyLimit.aimd(aimd, 100, sample({ inflight: 50 })), 101)
    assert.strictEqual(ConcurrencyLimit.aimd(aimd, 100, sample({ inflight: 49 })), 100)
    assert.strictEqual(ConcurrencyLimit.aimd(aimd, 20, sample({ dropped: true })), 20)
    assert.strictEqual(ConcurrencyLimit.aimd(aimd, 200, sample({ inflight: 200 })), 200)
  })

  it("Gradient2 grows while the latency is as usual, falls when it doubles and comes back", () => {
    const options = {
      initial: 20,
      minimum: 4,
      maximum: 200,
      smoothing: 0.2,
      tolerance: 1.5,
      longWindow: 600,
      queueSize: 4
    }
    const run = (start: ConcurrencyLimit.Gradient, times: number, rtt: number) => {
      let state = start
      for (let i = 0; i < times; i++) {
        state = ConcurrencyLimit.gradient(options, state, sample({ rtt, inflight: Math.floor(state.limit) }))
      }
      return state
    }
    const healthy = run(ConcurrencyLimit.gradientInitial(options), 50, 10)
    assert.isAbove(healthy.limit, 40)
    const slow = run(healthy, 50, 100)
    assert.isBelow(slow.limit, healthy.limit / 2)
    assert.isAbove(run(slow, 100, 10).limit, slow.limit * 2)
  })

  it("Gradient2 learns nothing from a limit that is not used", () => {
    const options = {
      initial: 20,
      minimum: 4,
      maximum: 200,
      smoothing: 0.2,
      tolerance: 1.5,
      longWindow: 600,
      queueSize: 4
    }
    const next = ConcurrencyLimit.gradient(options, ConcurrencyLimit.gradientInitial(options), sample({ inflight: 3 }))
    assert.strictEqual(next.limit, 20)
  })

  const small = { _tag: "AIMD", initialLimit: 10, minLimit: 1, maxLimit: 20 } as const

  it.effect("refuses what is beyond the limit, and takes calls again when others end", () =>
    Effect.gen(function* () {
      const limiter = yield* AdaptiveLimiter.make("l", { algorithm: { ...small, initialLimit: 2 } })
      const first = yield* Effect.forkChild(limiter.execute(Effect.never))
      yield* Effect.forkChild(limiter.execute(Effect.never))
      yield* Effect.yieldNow
      const error = yield* Effect.flip(limiter.execute(Effect.void))
      assert.deepInclude(error, { _tag: "ConcurrencyLimited", limit: 2 })
      yield* Fiber.interrupt(first)
      yield* limiter.execute(Effect.void)
    })
  )

  it.effect("AL3 an ignored call changes what is under way only, a dropped one the limit", () =>
    Effect.gen(function* () {
      const limiter = yield* AdaptiveLimiter.make("l", { algorithm: small })
      yield* limiter.execute(Effect.void, { classify: () => "ignored" })
      assert.deepStrictEqual(yield* limiter.snapshot, { limit: 10, inflight: 0 })
      yield* Effect.ignore(
        limiter.execute(Effect.fail(new AttemptTimedOut({ name: "l", timeout: Duration.seconds(1) })))
      )
      assert.deepStrictEqual(yield* limiter.snapshot, { limit: 9, inflight: 0 })
      yield* TestClock.adjust(0)
    })
  )

  it.effect("AL3 a partition borrows what is idle and keeps its own under load", () =>
    Effect.gen(function* () {
      const limiter = yield* AdaptiveLimiter.make("l", {
        algorithm: { ...small, minLimit: 10, maxLimit: 10 },
        partitions: { live: 0.9, batch: 0.1 }
      })
      const start = (partition: string) => Effect.forkChild(limiter.execute(Effect.never, { partition }))
      for (let i = 0; i < 10; i++) yield* start("batch")
      yield* Effect.yieldNow
      assert.strictEqual((yield* limiter.snapshot).inflight, 10)
      assert.isTrue(Exit.isFailure(yield* Effect.exit(limiter.execute(Effect.void, { partition: "batch" }))))
      assert.isTrue(Exit.isSuccess(yield* Effect.exit(limiter.execute(Effect.void, { partition: "live" }))))
    })
  )
})
