import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { average, fixed, HedgeDelay, type HedgeDelayInput, percentile } from "../../src/HedgeOptions.ts"
import * as LearntDelay from "../../src/internal/LearntDelay.ts"

const decode = Schema.decodeUnknownSync(HedgeDelay)

/** A delay by options that can change, after so many durations. */
const learnt = (input: HedgeDelayInput, ...durations: ReadonlyArray<number>) => {
  let options = decode(input)
  const delay = LearntDelay.make(() => options)
  for (const millis of durations) delay.record(millis)
  const change = (next: HedgeDelayInput) => {
    options = decode(next)
  }
  return { delay, change }
}

describe("LearntDelay", () => {
  const usual = average({ factor: 2, samples: 3, initial: "5 seconds", minimum: 100, maximum: "1 second" })

  it("is the initial one until enough is known", () => {
    const { delay } = learnt(usual, 50, 70)
    assert.strictEqual(delay.millis(), 5000)
    delay.record(90)
    assert.strictEqual(delay.millis(), 140)
  })

  it("is not under the minimum and not over the maximum", () => {
    assert.strictEqual(learnt(usual, 1, 2, 3).delay.millis(), 100)
    assert.strictEqual(learnt(usual, 900, 900, 900).delay.millis(), 1000)
  })

  it("is learnt anew for another number of samples, and goes on for the same", () => {
    const { change, delay } = learnt(usual, 200, 200, 200)
    assert.strictEqual(delay.millis(), 400)
    change(percentile({ share: 0.9, samples: 3, initial: "5 seconds" }))
    assert.strictEqual(delay.millis(), 200)
    change(average({ factor: 3, samples: 2, initial: "5 seconds" }))
    assert.strictEqual(delay.millis(), 5000)
    delay.record(100)
    delay.record(300)
    assert.strictEqual(delay.millis(), 600)
  })

  it("that is fixed learns nothing", () => {
    const { change, delay } = learnt(fixed("2 seconds"), 50, 50, 50)
    assert.strictEqual(delay.millis(), 2000)
    change(usual)
    assert.strictEqual(delay.millis(), 5000)
  })
})
