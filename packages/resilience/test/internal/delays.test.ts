import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { delayMillis } from "../../src/internal/delays.ts"
import { RetryPolicyOptions } from "../../src/RetryPolicy.ts"

const optionsOf = Schema.decodeUnknownSync(RetryPolicyOptions)

describe("delays", () => {
  it("RT4 grow as the backoff says, up to the cap", () => {
    const growth = (backoff: string) => {
      const options = optionsOf({ backoff, factor: 3, jitter: "none", baseDelay: 100, maxDelay: 1000 })
      return [1, 2, 3, 4].map((retry) => delayMillis(options, retry, 0.5))
    }
    assert.deepStrictEqual(growth("constant"), [100, 100, 100, 100])
    assert.deepStrictEqual(growth("linear"), [100, 200, 300, 400])
    assert.deepStrictEqual(growth("exponential"), [100, 300, 900, 1000])
  })

  it("decorrelated, lie between the base and three times the wait before, under the cap", () => {
    const options = optionsOf({ jitter: "decorrelated", baseDelay: 100, maxDelay: 1000 })
    const [least, most] = [0, 1].map((random) => (previous?: number) => delayMillis(options, 2, random, previous))
    assert.deepStrictEqual([least?.(), most?.()], [100, 300])
    assert.deepStrictEqual([least?.(200), most?.(200)], [100, 600])
    assert.deepStrictEqual([least?.(900), most?.(900)], [100, 1000])
    // A wait before it that was shorter than the base leaves the base.
    assert.deepStrictEqual([least?.(10), most?.(10)], [100, 100])
    assert.strictEqual(delayMillis(options, 2, 0.5, 200), 350)
  })

  it("decorrelated with a base over the cap, lie between a third of the cap and the cap", () => {
    for (const baseDelay of [900, 5000]) {
      const options = optionsOf({ jitter: "decorrelated", baseDelay, maxDelay: 900 })
      assert.deepStrictEqual(
        [0, 1].map((random) => delayMillis(options, 1, random)),
        [300, 900]
      )
    }
  })
})
