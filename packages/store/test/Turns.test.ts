import { assert, describe, it } from "@effect/vitest"
import * as Turns from "../src/internal/Turns.ts"

describe("Turns", () => {
  const record = () => {
    const done: Array<string> = []
    return { done, does: (what: string) => () => void done.push(what) }
  }

  it("are taken one after the other, in the order of the first work", () => {
    const { does, done } = record()
    const turns = Turns.make()
    const [idle, a, b, c] = [turns.join(), turns.join(), turns.join(), turns.join()]
    a.run(does("a1"))
    c.run(does("c1"))
    b.run(does("b1"))
    c.run(does("c2"))
    a.run(does("a2"))
    assert.deepStrictEqual(done, ["a1", "a2"])
    a.leave(does("a left"))
    assert.deepStrictEqual(done.splice(0), ["a1", "a2", "a left", "c1", "c2"])
    c.run(does("c3"))
    c.leave(does("c left"))
    idle.leave(does("never"))
    assert.deepStrictEqual(done, ["c3", "c left", "b1"])
  })

  it("of who leaves while waiting are given up, and those of who has left", () => {
    const { does, done } = record()
    const turns = Turns.make()
    const [a, b, c] = [turns.join(), turns.join(), turns.join()]
    a.run(does("a1"))
    b.run(does("b1"))
    c.run(does("c1"))
    b.leave(does("b left"))
    b.run(does("b2"))
    a.leave(does("a left"))
    a.run(does("a2"))
    assert.deepStrictEqual(done, ["a1", "a left", "c1"])
  })
})
