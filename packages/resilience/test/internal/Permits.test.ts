import { assert, describe, it } from "@effect/vitest"
import * as Permits from "../../src/internal/Permits.ts"

describe("permits that come at the start of a period", () => {
  const rate = { limit: 4, period: 1000, smooth: false }
  const full = Permits.make(rate, 0)

  it("are there until they are taken, and all again with the next period", () => {
    assert.deepStrictEqual(full, { since: 0, left: 4 })
    const taken = Permits.take(rate, full, 3, 10)
    assert.deepStrictEqual(taken, { since: 0, left: 1 })
    assert.strictEqual(Permits.whenAvailable(rate, taken, 1, 10), 10)
    assert.strictEqual(Permits.whenAvailable(rate, taken, 2, 10), 1000)
    assert.strictEqual(Permits.whenAvailable(rate, taken, 5, 10), 1000)
    assert.strictEqual(Permits.whenAvailable(rate, taken, 6, 10), 2000)
    assert.deepStrictEqual(Permits.at(rate, taken, 999), taken)
    assert.deepStrictEqual(Permits.at(rate, taken, 2500), { since: 2000, left: 4 })
  })

  it("that were thrown away come again with the next period", () => {
    assert.deepStrictEqual(Permits.drain(rate, full, 1500), { since: 1000, left: 0 })
  })

  it("come back unused in the period that they are of, and are lost with it", () => {
    const taken = Permits.take(rate, full, 3, 10)
    assert.deepStrictEqual(Permits.refund(rate, taken, 2, taken, 20), { since: 0, left: 3 })
    assert.deepStrictEqual(Permits.refund(rate, taken, 2, taken, 1000), { since: 1000, left: 4 })
    const later = Permits.take(rate, taken, 4, 1000)
    assert.deepStrictEqual(Permits.refund(rate, later, 2, taken, 1001), later)
  })
})

describe("permits that are spread evenly", () => {
  const rate = { limit: 4, period: 1000, smooth: true }
  const first = Permits.make(rate, 100)

  it("come one by one, without a burst after a pause", () => {
    assert.strictEqual(Permits.whenAvailable(rate, first, 1, 100), 100)
    assert.strictEqual(Permits.whenAvailable(rate, first, 3, 200), 700)
    const taken = Permits.take(rate, first, 2, 5000)
    assert.strictEqual(taken.since, 5500)
    assert.strictEqual(Permits.whenAvailable(rate, taken, 1, 5001), 5500)
    assert.strictEqual(Permits.at(rate, taken, 9000), taken)
  })

  it("that were thrown away leave a period without any", () => {
    assert.strictEqual(Permits.drain(rate, first, 500).since, 1500)
    const ahead = Permits.take(rate, first, 8, 100)
    assert.strictEqual(Permits.drain(rate, ahead, 200).since, 2100)
  })

  it("come back unused at any time", () => {
    const taken = Permits.take(rate, first, 3, 100)
    assert.strictEqual(Permits.refund(rate, taken, 2, taken, 5000).since, 350)
  })
})
