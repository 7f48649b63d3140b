import { assert, describe, it } from "@effect/vitest"
import * as SampleWindow from "../../src/internal/SampleWindow.ts"

const sample = (rtt: number, inflight = 1, dropped = false) => ({ rtt, inflight, dropped })

describe("SampleWindow", () => {
  it("comes to one sample when both time and number are enough, and begins anew", () => {
    const window = SampleWindow.make(1_000, 3)
    assert.isUndefined(window.add(sample(10, 4), 5_000))
    assert.isUndefined(window.add(sample(20, 9, true), 6_500))
    assert.deepStrictEqual(window.add(sample(60, 2), 6_600), { rtt: 30, inflight: 9, dropped: true })
    assert.isUndefined(window.add(sample(1), 6_700))
    assert.isUndefined(window.add(sample(2), 6_800))
    assert.isUndefined(window.add(sample(3), 7_599))
    assert.deepStrictEqual(window.add(sample(6), 7_600), { rtt: 3, inflight: 1, dropped: false })
  })
})
