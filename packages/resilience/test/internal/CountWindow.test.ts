import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as CountWindow from "../../src/internal/CountWindow.ts"

describe("CountWindow", () => {
  it.prop(
    "CW4 equals an array of the last outcomes",
    { size: Schema.Literals([1, 2, 31, 32, 33, 64, 65]), seed: Schema.Array(Schema.Boolean) },
    ({ size, seed }) => {
      const outcomes = Array.from({ length: 3 }, () => [true, ...seed, false, true]).flat()
      let window = CountWindow.make(size)
      outcomes.forEach((failed, i) => {
        window = CountWindow.record(window, failed)
        const last = outcomes.slice(Math.max(0, i + 1 - size), i + 1)
        assert.strictEqual(window.calls, last.length)
        assert.strictEqual(window.failures, last.filter(Boolean).length)
      })
    }
  )

  it("CW4 leaves the window it came from as it was, and copies nothing while nothing changes", () => {
    const empty = CountWindow.make(40)
    const failed = CountWindow.record(empty, true)
    assert.deepInclude(empty, { calls: 0, failures: 0 })
    assert.deepStrictEqual(empty.failed, [0, 0])
    assert.strictEqual(CountWindow.record(failed, false).failed, failed.failed)
  })
})
