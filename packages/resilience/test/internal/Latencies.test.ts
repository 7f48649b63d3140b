import { assert, describe, it } from "@effect/vitest"
import * as Latencies from "../../src/internal/Latencies.ts"

const recorded = (size: number, ...durations: ReadonlyArray<number>) => {
  const latencies = Latencies.make(size)
  for (const millis of durations) latencies.record(millis)
  return latencies
}

describe("Latencies", () => {
  it("know nothing at first", () => {
    const latencies = recorded(4)
    assert.deepStrictEqual([latencies.count(), latencies.average(), latencies.percentile(0.5)], [0, 0, 0])
  })

  it("hold the last ones, and no more than that", () => {
    const latencies = Latencies.make(3)
    const averages = [30, 60, 90, 300, 600, 900, 3].map((millis) => {
      latencies.record(millis)
      return [latencies.count(), latencies.average()]
    })
    assert.deepStrictEqual(averages, [
      [1, 30],
      [2, 45],
      [3, 60],
      [3, 150],
      [3, 330],
      [3, 600],
      [3, 501]
    ])
  })

  it("a percentile is the duration that the share does not exceed, in whatever order they came", () => {
    const latencies = recorded(10, 700, 100, 500, 300, 900, 200, 1000, 400, 800, 600)
    assert.deepStrictEqual(
      [0, 0.05, 0.1, 0.11, 0.5, 0.9, 0.91, 1].map((share) => latencies.percentile(share)),
      [100, 100, 100, 200, 500, 900, 1000, 1000]
    )
  })

  it("a percentile of a window that is not full is one of those in it", () => {
    const latencies = recorded(100, 50, 20)
    assert.deepStrictEqual([latencies.percentile(0), latencies.percentile(1)], [20, 50])
    latencies.record(90)
    assert.strictEqual(latencies.percentile(1), 90)
  })

  it("a percentile of a full window is sorted out again after 16 new durations", () => {
    const latencies = recorded(20, ...Array.from({ length: 20 }, (_, n) => n + 1))
    assert.strictEqual(latencies.percentile(1), 20)
    for (let n = 1; n <= 15; n++) latencies.record(100)
    assert.strictEqual(latencies.percentile(1), 20)
    latencies.record(100)
    assert.strictEqual(latencies.percentile(1), 100)
    for (let n = 1; n <= 15; n++) latencies.record(500)
    assert.strictEqual(latencies.percentile(1), 100)
    latencies.record(500)
    assert.strictEqual(latencies.percentile(1), 500)
  })
})
