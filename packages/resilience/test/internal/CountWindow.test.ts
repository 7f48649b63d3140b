import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as CountWindow from "../../src/internal/CountWindow.ts"

describe("CountWindow", () => {
  it.prop(
    "CW4 equals an array of the last outcomes",
    {
      size: Schema.Literals([1, 2, 31, 32, 33, 64, 65]),
      seed: Schema.Array(Schema.Struct({ failed: Schema.Boolean, slow: Schema.Boolean }))
    },
    ({ size, seed }) => {
      const [both, none] = [
        { failed: true, slow: true },
        { failed: false, slow: false }
      ]
      const outcomes = Array.from({ length: 3 }, () => [both, ...seed, none, both]).flat()
      let window = CountWindow.make(size)
      outcomes.forEach(({ failed, slow }, i) => {
        const before = structuredClone(window)
        const next = CountWindow.record(window, failed, slow)
        assert.deepStrictEqual(window, before, "the window that it came from stays as it was")
        window = next
        const last = outcomes.slice(Math.max(0, i + 1 - size), i + 1)
        assert.strictEqual(window.calls, last.length)
        assert.strictEqual(window.failures, last.filter((call) => call.failed).length)
        assert.strictEqual(window.slow, last.filter((call) => call.slow).length)
      })
    }
  )

  it("CW4 leaves the window it came from as it was, and copies nothing while nothing changes", () => {
    const empty = CountWindow.make(40)
    const failed = CountWindow.record(empty, true)
    assert.deepInclude(empty, { calls: 0, failures: 0 })
    assert.deepStrictEqual(empty.failed, [0, 0])
    assert.strictEqual(CountWindow.record(failed, false).failed, failed.failed)
    const slow = CountWindow.record(failed, false, true)
    assert.strictEqual(CountWindow.record(slow, false, false).slowed, slow.slowed)
  })

  it("keeps no bits of slow calls before the first of them, and a call is not slow unless it is said", () => {
    const window = CountWindow.record(CountWindow.record(CountWindow.make(3), true), false)
    assert.isUndefined(window.slowed)
    assert.strictEqual(window.slow, 0)
  })

  it("a copy counts on by itself", () => {
    const window = CountWindow.make(3)
    CountWindow.count(window, true, true)
    const copy = CountWindow.copy(window)
    for (let n = 0; n < 3; n++) CountWindow.count(copy, false, false)
    assert.deepInclude(copy, { calls: 3, failures: 0, slow: 0 })
    // Its own bits are still there to be taken off again.
    CountWindow.count(window, false, false)
    CountWindow.count(window, false, false)
    assert.deepInclude(window, { calls: 3, failures: 1, slow: 1 })
    CountWindow.count(window, false, false)
    assert.deepInclude(window, { calls: 3, failures: 0, slow: 0 })
  })
})
