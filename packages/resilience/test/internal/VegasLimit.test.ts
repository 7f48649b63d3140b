import { assert, describe, it } from "@effect/vitest"
import * as VegasLimit from "../../src/internal/VegasLimit.ts"

const options = { initial: 20, minimum: 10, maximum: 30, smoothing: 1, probeMultiplier: 30 }
const known: VegasLimit.Vegas = { limit: 20, noLoadRtt: 100, samples: 5, probeJitter: 1 }

/** The limit after one more sample. */
const next = (sample: { rtt: number; inflight?: number; dropped?: boolean }, self = known, rest = options) =>
  VegasLimit.step(rest, self, { inflight: 20, dropped: false, ...sample }, 0.5)

describe("VegasLimit", () => {
  it("begins at the initial limit with nothing known, its jitter from a half to one", () => {
    assert.deepStrictEqual(VegasLimit.initial(options, 0), { limit: 20, noLoadRtt: 0, samples: 0, probeJitter: 0.5 })
    assert.strictEqual(VegasLimit.initial(options, 1).probeJitter, 1)
  })

  it("takes the first and each lower latency for that without load, and leaves the limit", () => {
    const first = next({ rtt: 100 }, VegasLimit.initial(options, 1))
    assert.deepStrictEqual(first, { limit: 20, noLoadRtt: 100, samples: 1, probeJitter: 1 })
    assert.deepStrictEqual(next({ rtt: 90 }), { ...known, noLoadRtt: 90, samples: 6 })
    assert.strictEqual(next({ rtt: 100 }).noLoadRtt, 100)
  })

  it("goes by the queue that the latency shows", () => {
    // Of 20: none is queued at 100, one at 105, two and three below 3, four to six stay, more fall.
    assert.strictEqual(next({ rtt: 100 }).limit, 26)
    assert.strictEqual(next({ rtt: 105 }).limit, 26)
    assert.strictEqual(next({ rtt: 110 }).limit, 21)
    assert.strictEqual(next({ rtt: 117 }).limit, 20)
    assert.strictEqual(next({ rtt: 140 }).limit, 20)
    assert.strictEqual(next({ rtt: 150 }).limit, 19)
  })

  it("falls after a drop, and learns nothing from a limit that is not used", () => {
    assert.strictEqual(next({ rtt: 100, dropped: true }).limit, 19)
    assert.strictEqual(next({ rtt: 100, inflight: 9 }).limit, 20)
    assert.strictEqual(next({ rtt: 100, inflight: 10 }).limit, 26)
  })

  it("moves by the magnitude of the limit", () => {
    const wide = { ...options, maximum: 10_000 }
    const thousand = { ...known, limit: 1_000 }
    assert.strictEqual(next({ rtt: 100, inflight: 1_000 }, thousand, wide).limit, 1_018)
    assert.strictEqual(next({ rtt: 100, inflight: 1_000, dropped: true }, thousand, wide).limit, 997)
  })

  it("stays within its bounds and smooths what it finds", () => {
    assert.strictEqual(next({ rtt: 100 }, { ...known, limit: 29 }).limit, 30)
    assert.strictEqual(next({ rtt: 100, dropped: true }, { ...known, limit: 10 }).limit, 10)
    assert.strictEqual(next({ rtt: 100 }, known, { ...options, smoothing: 0.5 }).limit, 23)
  })

  it("measures the latency without load anew after so many samples", () => {
    const due = { ...known, samples: 599 }
    assert.deepStrictEqual(next({ rtt: 300 }, due), { limit: 20, noLoadRtt: 300, samples: 0, probeJitter: 0.75 })
    assert.strictEqual(next({ rtt: 300 }, { ...known, samples: 598 }).noLoadRtt, 100)
    assert.strictEqual(next({ rtt: 300 }, { ...known, samples: 299, probeJitter: 0.5 }).noLoadRtt, 300)
  })
})
