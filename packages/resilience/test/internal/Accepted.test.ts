import { assert, describe, it } from "@effect/vitest"
import { Duration } from "effect"
import * as Accepted from "../../src/internal/Accepted.ts"

/** A window of twelve seconds, so that a slice of it is a second. */
const make = () => {
  const counts = Accepted.make(Duration.seconds(12))
  return { ...counts, at: (time: number) => ({ ...counts.totals(time) }) }
}

describe("Accepted", () => {
  it("counts what is younger than the window and forgets the rest slice by slice", () => {
    const { at, request } = make()
    request(0).accept(0)
    request(5_500)
    assert.deepStrictEqual(at(11_999), { requests: 2, accepts: 1 })
    assert.deepStrictEqual(at(12_000), { requests: 1, accepts: 0 })
    assert.deepStrictEqual(at(16_999), { requests: 1, accepts: 0 })
    assert.deepStrictEqual(at(17_000), { requests: 0, accepts: 0 })
  })

  it("counts an acceptance when it comes", () => {
    const { at, request } = make()
    request(0).accept(6_000)
    assert.deepStrictEqual(at(12_000), { requests: 0, accepts: 1 })
    assert.deepStrictEqual(at(18_000), { requests: 0, accepts: 0 })
  })

  it("forgets all in a long silence and counts anew", () => {
    const { at, request } = make()
    for (const time of [0, 1_000, 2_000, 3_000]) request(time).accept(time)
    assert.deepStrictEqual(at(1_000_000), { requests: 0, accepts: 0 })
    request(1_000_500)
    assert.deepStrictEqual(at(1_000_500), { requests: 1, accepts: 0 })
  })

  it("keeps its slice when the clock steps back", () => {
    const { at, request } = make()
    request(5_000)
    request(1_000)
    assert.deepStrictEqual(at(16_999), { requests: 2, accepts: 0 })
    assert.deepStrictEqual(at(17_000), { requests: 0, accepts: 0 })
  })

  it("takes back what still counts, and only that", () => {
    const { at, request } = make()
    const taken = request(0)
    taken.takeBack(11_999)
    assert.deepStrictEqual(at(11_999), { requests: 0, accepts: 0 })
    const { at: later, request: start } = make()
    const forgotten = start(0)
    assert.deepStrictEqual(later(12_000), { requests: 0, accepts: 0 })
    forgotten.takeBack(12_000)
    assert.deepStrictEqual(later(12_000), { requests: 0, accepts: 0 })
  })
})
