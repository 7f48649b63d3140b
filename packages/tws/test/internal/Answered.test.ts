import { assert, describe, it } from "@effect/vitest"
import { Answered } from "../../src/internal/Answered.ts"

describe("Answered", () => {
  it("gives the first who asks what was read at arrival, and reads the text again for the others", () => {
    let reads = 0
    const read = (text: string): { readonly n: number } => {
      reads++
      return JSON.parse(text)
    }
    const arrived = { n: 1 }
    const answered = new Answered('{"n":1}', arrived, read)
    assert.strictEqual(answered.take(), arrived)
    assert.strictEqual(reads, 0)
    const again = answered.take()
    assert.deepStrictEqual(again, arrived)
    assert.notStrictEqual(again, arrived)
    assert.strictEqual(reads, 1)
  })
})
