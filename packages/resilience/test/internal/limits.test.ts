import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { AdaptiveLimiterOptions, type AdaptiveLimiterOptionsInput } from "../../src/AdaptiveLimiterOptions.ts"
import * as limits from "../../src/internal/limits.ts"

const make = (input: AdaptiveLimiterOptionsInput, found?: number) =>
  Effect.map(Schema.decodeUnknownEffect(AdaptiveLimiterOptions)(input), (options) =>
    limits.make(options, () => 0.5, found)
  )

const bounds = { initialLimit: 10, minLimit: 5, maxLimit: 20 }
const algorithms = ["AIMD", "Gradient2", "Vegas"] as const

const busy = (rtt: number, dropped = false) => ({ rtt, inflight: 100, dropped })

describe("a limit that learns", () => {
  for (const _tag of algorithms) {
    it.effect(`${_tag} starts where it is told to, or from what was found before within its bounds`, () =>
      Effect.gen(function* () {
        const algorithm = { _tag, ...bounds }
        assert.strictEqual((yield* make({ algorithm })).current(), 10)
        assert.strictEqual((yield* make({ algorithm }, 15)).current(), 15)
        assert.strictEqual((yield* make({ algorithm }, 1)).current(), 5)
        assert.strictEqual((yield* make({ algorithm }, 100)).current(), 20)
      })
    )

    it.effect(`${_tag} learns from what it is told, and keeps to its bounds`, () =>
      Effect.gen(function* () {
        const limit = yield* make({ algorithm: { _tag, ...bounds } })
        for (let n = 1; n <= 200; n++) limit.record(busy(10), n)
        assert.strictEqual(limit.current(), 20)
        for (let n = 1; n <= 200; n++) limit.record(busy(10, true), n)
        for (let n = 1; n <= 200; n++) limit.record(busy(1000, true), n)
        assert.strictEqual(limit.current(), 5)
      })
    )
  }

  it.effect("from windows of samples, each of which counts once", () =>
    Effect.gen(function* () {
      const limit = yield* make({
        algorithm: { _tag: "AIMD", ...bounds, backoffRatio: 0.5 },
        sampling: { window: "1 second", minSamples: 3 }
      })
      assert.strictEqual(limit.current(), 10)
      limit.record(busy(10, true), 0)
      limit.record(busy(10, true), 1)
      assert.strictEqual(limit.current(), 10)
      limit.record(busy(10, true), 1000)
      assert.strictEqual(limit.current(), 5)
      for (let n = 0; n < 3; n++) limit.record(busy(10), 2000 + n)
      assert.strictEqual(limit.current(), 6)
    })
  )
})
