import { assert, describe, it } from "@effect/vitest"
import * as Pattern from "@resync/identity/model/Pattern"
import { Schema } from "effect"

/** The same by a regular expression, which is right and may take for ever. */
const slowly = (pattern: string, name: string) =>
  new RegExp(
    `^${[...pattern]
      .map((c) => (c === "*" ? "[^]*" : c === "?" ? "[^]" : c.replace(/[\\^$.|+()[\]{}/]/g, "\\$&")))
      .join("")}$`,
    "iu"
  ).test(name)

const Short = (alphabet: string) =>
  Schema.Array(Schema.Literals([...alphabet])).check(Schema.isMinLength(1), Schema.isMaxLength(8))

describe("a pattern", () => {
  it.prop(
    "fits what a regular expression fits",
    [Short("aB*?/"), Short("AbB/")],
    ([pattern, name]) => {
      const [p, n] = [pattern.join(""), name.join("")]
      assert.strictEqual(Pattern.matches(p, n), slowly(p, n), `${p} ${n}`)
    },
    { arbitrary: { runs: 500 } }
  )

  it("takes stars that would keep a regular expression busy for years", () => {
    assert.isFalse(Pattern.matches("*a".repeat(100), "a".repeat(99)))
    assert.isTrue(Pattern.matches("*a".repeat(100), "a".repeat(100)))
  })

  it("counts a character outside of the basic plane as one", () => {
    assert.isTrue(Pattern.matches("?", "𝒜"))
  })
})
