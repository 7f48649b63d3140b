import { assert, describe, it } from "@effect/vitest"
import { Duration } from "effect"
import { stated } from "../../src/internal/stated.ts"

describe("stated", () => {
  it("drops what is undefined at every depth and nothing else", () => {
    const wait = Duration.seconds(1)
    assert.deepStrictEqual(stated({ a: undefined, b: { c: undefined, d: 0, e: null }, f: [undefined], wait }), {
      b: { d: 0, e: null },
      f: [undefined],
      wait
    } as object)
    assert.strictEqual(stated(wait), wait)
    assert.isUndefined(stated(undefined))
  })
})
