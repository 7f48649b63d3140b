import { assert, describe, it } from "@effect/vitest"
import * as interned from "../../src/internal/interned.ts"

type Kind = { readonly id: number }

describe("interned", () => {
  it("gives the first of those that are equal", () => {
    let compared = 0
    const same = interned.make<Kind>((one, other) => {
      compared++
      return one.id === other.id
    })
    const first = { id: 1 }
    assert.strictEqual(same(first), first)
    assert.strictEqual(compared, 0)
    assert.strictEqual(same(first), first)
    // What is the same object is not compared.
    assert.strictEqual(compared, 0)
    assert.strictEqual(same({ id: 1 }), first)
    const second = { id: 2 }
    assert.strictEqual(same(second), second)
  })

  it("remembers so many, and forgets the oldest", () => {
    const same = interned.make<Kind>((one, other) => one.id === other.id, 2)
    const [a, b, c] = [{ id: 1 }, { id: 2 }, { id: 3 }]
    for (const kind of [a, b]) same(kind)
    assert.strictEqual(same({ id: 1 }), a)
    same(c)
    assert.strictEqual(same({ id: 2 }), b)
    assert.strictEqual(same({ id: 3 }), c)
    const again = { id: 1 }
    assert.strictEqual(same(again), again)
  })
})
