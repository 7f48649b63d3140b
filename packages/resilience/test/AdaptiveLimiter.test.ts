import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import * as AdaptiveLimiter from "../src/AdaptiveLimiter.ts"
import * as ConcurrencyLimit from "../src/internal/ConcurrencyLimit.ts"

const sample = (rest: Partial<ConcurrencyLimit.Sample>) => ({ rtt: 10, inflight: 1, dropped: false, ...rest })

describe("AdaptiveLimiter", () => {
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
})
