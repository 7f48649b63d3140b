import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import * as TimeWindow from "../../src/internal/TimeWindow.ts"

describe("time window", () => {
  const Call = Schema.Struct({
    gap: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 8000 })),
    failed: Schema.Boolean,
    slow: Schema.Boolean
  })
  it.effect.prop(
    "counts what a list of the calls of the last seconds holds, also before the clock's own beginning",
    [Schema.Array(Call), Schema.Literals([0, -30_000])],
    ([calls, start]) =>
      Effect.sync(() => {
        let window = TimeWindow.make(5)
        let now = start
        const all: Array<{ readonly second: number; readonly failed: boolean; readonly slow: boolean }> = []
        for (const { failed, gap, slow } of calls) {
          now += gap
          const before = structuredClone(window)
          const next = TimeWindow.record(window, failed, slow, now)
          assert.deepStrictEqual(window, before, "the window that it came from stays as it was")
          window = next
          all.push({ second: Math.floor(now / 1000), failed, slow })
          for (const later of [0, 1000, 3000, 5000, 9000]) {
            const held = all.filter(({ second }) => Math.floor((now + later) / 1000) - second < 5)
            assert.deepStrictEqual(TimeWindow.counts(window, now + later), {
              calls: held.length,
              failures: held.filter((call) => call.failed).length,
              slow: held.filter((call) => call.slow).length
            })
          }
        }
      })
  )

  it("forgets failures and slow calls with their second, and all of them after a silence", () => {
    const window = TimeWindow.make(3)
    TimeWindow.count(window, true, true, 500)
    TimeWindow.count(window, true, true, 900)
    TimeWindow.count(window, false, true, 1500)
    assert.deepStrictEqual(TimeWindow.counts(window, 1500), { calls: 3, failures: 2, slow: 3 })
    assert.deepStrictEqual(TimeWindow.counts(window, 3000), { calls: 1, failures: 0, slow: 1 })
    TimeWindow.count(window, false, false, 3000)
    assert.deepStrictEqual(TimeWindow.counts(window, 3000), { calls: 2, failures: 0, slow: 1 })
    TimeWindow.count(window, true, false, 60_000)
    for (let second = 60; second < 63; second++) {
      assert.deepStrictEqual(TimeWindow.counts(window, second * 1000), { calls: 1, failures: 1, slow: 0 })
    }
    TimeWindow.count(window, false, false, 62_000)
    assert.deepStrictEqual(TimeWindow.counts(window, 62_000), { calls: 2, failures: 1, slow: 0 })
  })

  it("counts a call from before the latest second as one of it", () => {
    const window = TimeWindow.make(3)
    TimeWindow.count(window, false, false, 9000)
    TimeWindow.count(window, true, false, 1000)
    assert.deepStrictEqual(TimeWindow.counts(window, 1000), { calls: 2, failures: 1, slow: 0 })
    assert.deepStrictEqual(TimeWindow.counts(window, 11_999), { calls: 2, failures: 1, slow: 0 })
    assert.deepStrictEqual(TimeWindow.counts(window, 12_000), { calls: 0, failures: 0, slow: 0 })
  })
})
