import { assert, describe, it } from "@effect/vitest"
import type { Breaker } from "../../src/internal/Breaker.ts"
import * as idle from "../../src/internal/idle.ts"

type Fake = Pick<Breaker, "usedAt" | "isIdle">

/** Breakers of which so many are idle, and how often one looked at them. */
const crowd = (size: number, idleOnes: number) => {
  let looks = 0
  const all = Array.from(
    { length: size },
    (_, usedAt): Fake => ({
      usedAt,
      isIdle: () => {
        if (usedAt === 0) looks++
        return usedAt < idleOnes
      }
    })
  )
  return { all: all as ReadonlyArray<Fake> as ReadonlyArray<Breaker>, looks: () => looks }
}

const bounds = { timeToLive: 60_000, most: 10 }

/** How many go to make room, of so many of which some are idle; nothing if nobody looked. */
const going = (choice: ReturnType<typeof idle.make>, size: number, idleOnes: number, most = 10) => {
  const { all, looks } = crowd(size, idleOnes)
  const gone = choice.toAdd(all, size, { ...bounds, most }, 0).length
  return looks() === 0 ? undefined : gone
}

describe("which breakers are forgotten", () => {
  it("where no room can be made it looks again only when there are a tenth more", () => {
    const choice = idle.make()
    // The first look is for those that are too old.
    assert.strictEqual(going(choice, 9, 0), 0)
    const seen = Array.from({ length: 8 }, (_, n) => going(choice, 10 + n, 0))
    assert.deepStrictEqual(seen, [0, 0, undefined, 0, undefined, 0, undefined, 0])
  })

  it("where room was made it looks whenever there are too many", () => {
    const choice = idle.make()
    assert.strictEqual(going(choice, 13, 13), 4)
    assert.strictEqual(going(choice, 12, 0), 0)
    const lowered = idle.make()
    going(lowered, 13, 13)
    assert.strictEqual(going(lowered, 9, 9, 5), 5)
  })

  it("room for none but the next is not room enough", () => {
    const choice = idle.make()
    going(choice, 9, 0)
    assert.strictEqual(going(choice, 13, 3), 3)
    assert.isUndefined(going(choice, 12, 12))
    assert.strictEqual(going(choice, 15, 15), 6)
  })

  it("it looks for those that are too old twice in the time that they may live", () => {
    const choice = idle.make()
    const used: Array<Fake> = []
    const add = (time: number) => {
      const gone = choice.toAdd(used as ReadonlyArray<Fake> as ReadonlyArray<Breaker>, used.length, bounds, time)
      for (const breaker of gone) used.splice(used.indexOf(breaker), 1)
      used.push({ usedAt: time, isIdle: () => true })
      return used.map(({ usedAt }) => usedAt)
    }
    add(0)
    assert.deepStrictEqual(add(40_000), [0, 40_000])
    assert.deepStrictEqual(add(69_999), [0, 40_000, 69_999])
    assert.deepStrictEqual(add(70_000), [40_000, 69_999, 70_000])
    assert.deepStrictEqual(
      choice
        .expired(used as ReadonlyArray<Fake> as ReadonlyArray<Breaker>, bounds, 130_000)
        .map(({ usedAt }) => usedAt),
      [40_000, 69_999, 70_000]
    )
  })
})
