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

  it.prop(
    "that covers another fits all that the other fits",
    [Short("aB*?/"), Short("aB*?/"), Short("AbB/")],
    ([outer, inner, name]) => {
      const [o, i, n] = [outer.join(""), inner.join(""), name.join("")]
      if (Pattern.covers(o, i) && Pattern.matches(i, n)) assert.isTrue(Pattern.matches(o, n), `${o} ${i} ${n}`)
    },
    { arbitrary: { runs: 2000 } }
  )

  it("is a text that a store can keep", () => {
    const is = Schema.is(Pattern.Pattern)
    // Half of a surrogate pair made every statement fail that had a scope with it in JSON.
    for (const odd of ["69\ud800*", "\udc00", "\u0000*", "a\u001b*"]) assert.isFalse(is(odd), JSON.stringify(odd))
    for (const even of ["FIN_*", "/продакшн/*", "\u{1F4C1}?"]) assert.isTrue(is(even), even)
  })

  it("covers narrower ones", () => {
    for (const [outer, inner] of [
      ["CPU*", "cpu1?"],
      ["*", "*"],
      ["C?U", "CPU"],
      ["/A/*", "/a/b/*"]
    ] as const) {
      assert.isTrue(Pattern.covers(outer, inner), `${outer} ${inner}`)
    }
    for (const [outer, inner] of [
      ["C?U", "C*U"],
      ["CPU1", "CPU*"],
      ["/A/*", "/B/*"]
    ] as const) {
      assert.isFalse(Pattern.covers(outer, inner), `${outer} ${inner}`)
    }
  })

  it("has no characters that no store could hold", () => {
    for (const text of ["a\0", "\n", ""]) assert.isFalse(Schema.is(Pattern.Pattern)(text), JSON.stringify(text))
    assert.isTrue(Schema.is(Pattern.Pattern)("/PRÖD/工作*"))
  })

  it("takes stars that would keep a regular expression busy for years", () => {
    assert.isFalse(Pattern.matches("*a".repeat(100), "a".repeat(99)))
    assert.isTrue(Pattern.matches("*a".repeat(100), "a".repeat(100)))
  })

  it("counts a character outside of the basic plane as one", () => {
    assert.isTrue(Pattern.matches("?", "𝒜"))
  })
})
