import { assert, describe, it } from "@effect/vitest"
import * as Inflight from "../../src/internal/Inflight.ts"

describe("Inflight", () => {
  it("a partition gets in up to its share, and beyond it while the whole has room", () => {
    const shares = { gold: 0.5, silver: 0.25 }
    const inflight = Inflight.make()
    const admits = (partition: string | undefined) => inflight.admits(partition, 4, shares)
    for (let n = 0; n < 4; n++) {
      assert.isTrue(admits(undefined))
      inflight.enter(undefined)
    }
    assert.deepStrictEqual(
      [admits(undefined), admits("other"), admits("gold"), admits("silver")],
      [false, false, true, true]
    )
    inflight.enter("silver")
    assert.isFalse(admits("silver"))
    inflight.enter("gold")
    assert.isTrue(admits("gold"))
    inflight.enter("gold")
    assert.isFalse(admits("gold"))
    assert.strictEqual(inflight.total(), 7)
    inflight.leave("gold")
    assert.isTrue(admits("gold"))
    inflight.leave("silver")
    assert.isTrue(admits("silver"))
    inflight.enter("silver")
    assert.isFalse(admits("silver"))
  })

  it("a share is at least one call, and not one more for a fraction that is no whole call", () => {
    const guaranteed = (share: number, limit: number) => {
      const of = Inflight.make()
      for (let n = 0; n < limit; n++) of.enter(undefined)
      let calls = 0
      for (; of.admits("p", limit, { p: share }); calls++) of.enter("p")
      return calls
    }
    assert.deepStrictEqual(
      [
        [0.01, 10],
        [0.5, 10],
        [0.51, 10],
        // 7.000000000000001 as a product.
        [0.07, 100],
        [1, 3]
      ].map(([share = 0, limit = 0]) => guaranteed(share, limit)),
      [1, 5, 6, 7, 3]
    )
  })

  it("a class gets in up to its share of the whole, or of what is guaranteed to its partition, each one call at least", () => {
    const most = (fill: number, limit: number, others: number, partition?: string) => {
      const of = Inflight.make()
      for (let n = 0; n < others; n++) of.enter(undefined)
      let calls = 0
      for (; calls < 50 && of.admits(partition, limit, { gold: 0.6 }, fill); calls++) of.enter(partition, "SHEDDABLE")
      assert.strictEqual(of.ofClass("SHEDDABLE"), calls)
      assert.strictEqual(of.ofClass("CRITICAL"), others)
      for (let n = 0; n < calls; n++) of.leave(partition, "SHEDDABLE")
      assert.strictEqual(of.ofClass("SHEDDABLE"), 0)
      return calls
    }
    assert.strictEqual(most(0.5, 10, 0), 5)
    assert.strictEqual(most(0.5, 9, 0), 5)
    assert.strictEqual(most(0.5, 10, 3), 2)
    assert.strictEqual(most(0.5, 10, 5), 0)
    assert.strictEqual(most(0.01, 10, 0), 1)
    assert.strictEqual(most(0.01, 10, 1), 0)
    // Half of the six that are its own, though all is in use; of the whole while less of it is.
    assert.strictEqual(most(0.5, 10, 10, "gold"), 3)
    assert.strictEqual(most(0.01, 10, 10, "gold"), 1)
    assert.strictEqual(most(0.5, 10, 0, "gold"), 5)
    assert.strictEqual(most(0.5, 10, 10, "silver"), 0)
  })

  it("calls without a partition count for the whole and for no partition", () => {
    const inflight = Inflight.make()
    inflight.enter(undefined)
    assert.isTrue(inflight.admits("undefined", 1, { undefined: 0.5 }))
    assert.isFalse(inflight.admits(undefined, 1, { undefined: 1 }))
  })
})
