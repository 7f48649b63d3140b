import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Exit, Random } from "effect"
import { TestClock } from "effect/testing"
import * as AdaptiveLimiter from "../../src/AdaptiveLimiter.ts"
import * as AdaptiveThrottle from "../../src/AdaptiveThrottle.ts"
import { all, type Criticality, withCriticality } from "../../src/Criticality.ts"
import * as ConcurrencyLimit from "../../src/internal/ConcurrencyLimit.ts"
import { AttemptTimedOut } from "../../src/TimeLimiter.ts"

const aimd = { initial: 20, minimum: 20, maximum: 200, backoffRatio: 0.9, timeout: 5000 }
const sample = (rest: Partial<ConcurrencyLimit.Sample>) => ({ rtt: 10, inflight: 1, dropped: false, ...rest })
/** Draws what is refused by none but a probability of 1, or by any. */
const draw = (next: number) =>
  Effect.provideService(Random.Random, { nextDoubleUnsafe: () => next, nextIntUnsafe: () => 0 })
const lucky = draw(0.999)
const unlucky = draw(0)

/** Requests of a class of which some are accepted, all of them sent. */
const sent = (
  throttle: AdaptiveThrottle.AdaptiveThrottle,
  criticality: Criticality,
  requests: number,
  accepts: number
) =>
  Effect.forEach(
    Array.from({ length: requests }),
    (_, n) => Effect.ignore(throttle.execute(n < accepts ? Effect.void : Effect.fail("overloaded"))),
    { discard: true }
  ).pipe(withCriticality(criticality), lucky)

const probabilities = (throttle: AdaptiveThrottle.AdaptiveThrottle) =>
  Effect.forEach(all, (criticality) => withCriticality(throttle.probability, criticality))

/** How many calls of each class get in beside so many that run, counted from none. */
const admitted = Effect.fnUntraced(function* (
  limiter: AdaptiveLimiter.AdaptiveLimiter,
  criticality: Criticality,
  partition?: string
) {
  let calls = 0
  for (; calls < 50; calls++) {
    const call = yield* limiter
      .execute(Effect.never, { partition })
      .pipe(withCriticality(criticality), Effect.forkChild({ startImmediately: true }))
    if (call.pollUnsafe() !== undefined) break
  }
  return calls
})

const fixed = (limit: number) => ({ _tag: "AIMD", initialLimit: limit, minLimit: limit, maxLimit: limit }) as const
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

  it.effect("AT2: each class has statistics of its own: what happens to a lower one changes nothing for a higher", () =>
    Effect.gen(function* () {
      const throttle = yield* AdaptiveThrottle.make("t")
      yield* sent(throttle, "SHEDDABLE", 100, 40)
      assert.deepStrictEqual(yield* probabilities(throttle), [0, 0, 0, 20 / 101])
      yield* sent(throttle, "SHEDDABLE_PLUS", 100, 45)
      assert.deepStrictEqual(yield* probabilities(throttle), [0, 0, 10 / 101, 20 / 101])
    })
  )

  it.effect("AT3: a call is refused with the greatest probability of its class and of those above, K=2", () =>
    Effect.gen(function* () {
      const throttle = yield* AdaptiveThrottle.make("t")
      yield* sent(throttle, "SHEDDABLE", 100, 100)
      yield* sent(throttle, "CRITICAL", 100, 40)
      assert.deepStrictEqual(yield* probabilities(throttle), [0, 20 / 101, 20 / 101, 20 / 101])
      yield* sent(throttle, "CRITICAL_PLUS", 100, 45)
      assert.deepStrictEqual(yield* probabilities(throttle), [10 / 101, 20 / 101, 20 / 101, 20 / 101])
      yield* sent(throttle, "SHEDDABLE_PLUS", 100, 0)
      assert.deepStrictEqual(yield* probabilities(throttle), [10 / 101, 20 / 101, 0.95, 0.95])
      yield* TestClock.adjust("3 minutes")
      assert.deepStrictEqual(yield* probabilities(throttle), [0, 0, 0, 0])
    })
  )

  it.effect("AT4: a refusal tells the class, and counts as a request of that class alone", () =>
    Effect.gen(function* () {
      const throttle = yield* AdaptiveThrottle.make("t", { multiplier: 1 })
      yield* sent(throttle, "CRITICAL", 3, 1)
      const { message, ...error } = yield* throttle
        .execute(Effect.void)
        .pipe(withCriticality("SHEDDABLE"), unlucky, Effect.flip)
      assert.deepInclude(error, { _tag: "CallThrottled", name: "t", probability: 2 / 4, criticality: "SHEDDABLE" })
      assert.strictEqual(message, "t throttles 50 % of its SHEDDABLE calls")
      assert.deepStrictEqual(yield* probabilities(throttle), [0, 2 / 4, 2 / 4, 2 / 4])
      yield* throttle.execute(Effect.void).pipe(unlucky, Effect.flip)
      assert.deepStrictEqual(yield* probabilities(throttle), [0, 3 / 5, 3 / 5, 3 / 5])
      const of = yield* throttle.execute(Effect.void).pipe(unlucky, Effect.flip)
      assert.deepInclude(of, { criticality: "CRITICAL" })
    })
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

  it.effect("AL4: a class gets in while the calls under way are below its share of the limit: 1, 1, .8, .5 of 10", () =>
    Effect.gen(function* () {
      const most = { CRITICAL_PLUS: 10, CRITICAL: 10, SHEDDABLE_PLUS: 8, SHEDDABLE: 5 }
      for (const criticality of all) {
        const limiter = yield* AdaptiveLimiter.make("l", { algorithm: fixed(10) })
        assert.strictEqual(yield* admitted(limiter, criticality), most[criticality], criticality)
      }
      // The less critical are refused first, whoever it is that runs.
      const limiter = yield* AdaptiveLimiter.make("l", { algorithm: fixed(10) })
      const further: Array<number> = []
      for (const criticality of [...all].reverse()) further.push(yield* admitted(limiter, criticality))
      assert.deepStrictEqual(further, [5, 3, 2, 0])
      const { message, ...error } = yield* Effect.flip(withCriticality(limiter.execute(Effect.void), "SHEDDABLE"))
      assert.deepInclude(error, { _tag: "ConcurrencyLimited", limit: 10, criticality: "SHEDDABLE" })
      assert.strictEqual(message, "l takes 10 calls at once and no more that are SHEDDABLE")
      assert.deepInclude(yield* Effect.flip(limiter.execute(Effect.void)), { criticality: "CRITICAL" })
    })
  )

  it.effect("AL5: a share is rounded up to whole calls: .5 of 9 are 5, .01 of 10 is one, when nothing else runs", () =>
    Effect.gen(function* () {
      const uneven = yield* AdaptiveLimiter.make("l", { algorithm: fixed(9) })
      assert.strictEqual(yield* admitted(uneven, "SHEDDABLE"), 5)
      const tiny = yield* AdaptiveLimiter.make("l", { algorithm: fixed(10), criticalities: { SHEDDABLE: 0.01 } })
      assert.strictEqual(yield* admitted(tiny, "SHEDDABLE"), 1)
      const beside = yield* AdaptiveLimiter.make("l", { algorithm: fixed(10), criticalities: { SHEDDABLE: 0.01 } })
      yield* Effect.forkChild(beside.execute(Effect.never), { startImmediately: true })
      assert.strictEqual(yield* admitted(beside, "SHEDDABLE"), 0)
    })
  )

  it.effect("AL5 calls of which only half of the limit may be let it grow all the same", () =>
    Effect.gen(function* () {
      for (const _tag of ["AIMD", "Gradient2", "Vegas"] as const) {
        const limiter = yield* AdaptiveLimiter.make("l", {
          algorithm: { _tag, initialLimit: 9, minLimit: 1, maxLimit: 15 }
        })
        const before = (yield* limiter.snapshot).limit
        for (let round = 0; round < 50; round++) {
          const calls = Array.from({ length: 20 }, () => Effect.ignore(limiter.execute(Effect.sleep(10))))
          yield* Effect.forkChild(withCriticality(Effect.all(calls, { concurrency: "unbounded" }), "SHEDDABLE"))
          yield* TestClock.adjust(10)
        }
        assert.isAbove((yield* limiter.snapshot).limit, before, _tag)
      }
    })
  )

  it.effect(
    "AL6: beyond its share of the limit a class has the same share of what is guaranteed to its partition, half of 10",
    () =>
      Effect.gen(function* () {
        const limiter = yield* AdaptiveLimiter.make("l", {
          algorithm: fixed(10),
          partitions: { live: 0.5, batch: 0.5 }
        })
        const live = yield* admitted(limiter, "CRITICAL", "live")
        // All ten are in use, so nobody borrows: .5 of 5 rounded up, then .8 of 5, then all of the 5.
        const batch: Array<number> = []
        for (const criticality of ["SHEDDABLE", "SHEDDABLE_PLUS", "CRITICAL", "CRITICAL_PLUS"] as const) {
          batch.push(yield* admitted(limiter, criticality, "batch"))
        }
        assert.deepStrictEqual([live, batch], [10, [3, 1, 1, 0]])
        assert.strictEqual(yield* admitted(limiter, "CRITICAL_PLUS"), 0)
      })
  )
})
