import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Exit, Random } from "effect"
import { TestClock } from "effect/testing"
import * as AdaptiveLimiter from "../../src/AdaptiveLimiter.ts"
import * as AdaptiveThrottle from "../../src/AdaptiveThrottle.ts"
import * as ConcurrencyLimit from "../../src/internal/ConcurrencyLimit.ts"
import { AttemptTimedOut } from "../../src/TimeLimiter.ts"

const aimd = { initial: 20, minimum: 20, maximum: 200, backoffRatio: 0.9, timeout: 5000 }
const sample = (rest: Partial<ConcurrencyLimit.Sample>) => ({ rtt: 10, inflight: 1, dropped: false, ...rest })
const small = { _tag: "AIMD", initialLimit: 10, minLimit: 1, maxLimit: 20 } as const

describe("AT, AL: adaptive throttle and limiter", () => {
  it("AT1: SRE K=2, window 2 min: requests 100/accepts 50 → p=0; 100/40 → 20/101=.198; requests counted at start", () => {
    assert.strictEqual(AdaptiveThrottle.rejectionProbability(100, 50, 2), 0)
    assert.approximately(AdaptiveThrottle.rejectionProbability(100, 40, 2), 20 / 101, 1e-12)
  })

  it.effect("AT1 counts a request when it starts", () =>
    Effect.gen(function* () {
      const throttle = yield* AdaptiveThrottle.make("t")
      for (let i = 0; i < 9; i++) yield* Effect.forkChild(Effect.ignore(throttle.execute(Effect.never)))
      yield* Effect.yieldNow
      assert.isAbove(yield* throttle.probability, 0.5)
    }).pipe(Random.withSeed("starts"))
  )

  it("AL1: AIMD (20,20,200, .9, 5 s): limit 100 drop → 90; rtt 6 s → 90; inflight 50 → 101; inflight 49 → 100; floor 20, ceiling 200", () => {
    assert.strictEqual(ConcurrencyLimit.aimd(aimd, 100, sample({ dropped: true })), 90)
    assert.strictEqual(ConcurrencyLimit.aimd(aimd, 100, sample({ rtt: 6000 })), 90)
    assert.strictEqual(ConcurrencyLimit.aimd(aimd, 100, sample({ inflight: 50 })), 101)
    assert.strictEqual(ConcurrencyLimit.aimd(aimd, 100, sample({ inflight: 49 })), 100)
    assert.strictEqual(ConcurrencyLimit.aimd(aimd, 20, sample({ dropped: true })), 20)
    assert.strictEqual(ConcurrencyLimit.aimd(aimd, 200, sample({ inflight: 200 })), 200)
  })

  it.effect(
    "AL3: release(ignore) changes inflight only; release(drop) shrinks. Partition 90 %/10 %: idle share may be borrowed, guaranteed share is honoured under load",
    () =>
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
