import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import * as TimeWindow from "../../src/internal/TimeWindow.ts"

describe("time window", () => {
  const Call = Schema.Struct({
    gap: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 4000 })),
    failed: Schema.Boolean
  })
  it.effect.prop("counts what a list of the calls of the last seconds holds", [Schema.Array(Call)], ([calls]) =>
    Effect.sync(() => {
      let window = TimeWindow.make(5)
      let now = 0
      const all: Array<{ readonly second: number; readonly failed: boolean }> = []
      for (const { failed, gap } of calls) {
        now += gap
        window = TimeWindow.record(window, failed, false, now)
        all.push({ second: Math.floor(now / 1000), failed })
        const held = all.filter(({ second }) => Math.floor(now / 1000) - second < 5)
        const failures = held.filter((call) => call.failed).length
        assert.deepStrictEqual(TimeWindow.counts(window, now), { calls: held.length, failures, slow: 0 })
      }
    })
  )
})
