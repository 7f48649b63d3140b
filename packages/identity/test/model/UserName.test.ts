import { assert, describe, it } from "@effect/vitest"
import { keyOf, UserName } from "@resync/identity/model/UserName"
import { Option, Schema } from "effect"

const decode = Schema.decodeUnknownOption(UserName)

describe("a user's name", () => {
  it("may have the letters of any script", () => {
    for (const name of [
      "ana",
      "Åse",
      "Łukasz",
      "Ολυμπία",
      "Мария",
      "山田太郎",
      "محمد",
      "अनिल",
      "O'Neil-Smith",
      "jo@x.org",
      "Ana María"
    ]) {
      assert.isTrue(Option.isSome(decode(name)), name)
    }
  })

  it("has no signs that do not show, and does not begin or end with a sign", () => {
    for (const name of [
      "",
      " ",
      "a\u0000",
      "a\u202Eb",
      "a\u200Bb",
      ".a",
      "a.",
      "-",
      "a/b",
      "a\nb",
      "x".repeat(65),
      "<a>"
    ]) {
      assert.isTrue(Option.isNone(decode(name)), JSON.stringify(name))
    }
  })

  it("is one with those that differ in case or form alone", () => {
    const same: ReadonlyArray<readonly [string, string]> = [
      ["Åse", "a\u030Ase"],
      ["STRASSE", "straße"],
      ["ΟΔΥΣΣΕΥΣ", "οδυσσευς"],
      ["ＡＮＡ", "ana"],
      ["Мария", "МАРИЯ"]
    ]
    for (const [a, b] of same) assert.strictEqual(keyOf(a), keyOf(b))
    assert.notStrictEqual(keyOf("ana"), keyOf("anna"))
  })

  it.prop("has a key that is its own key", [Schema.String], ([text]) => {
    assert.strictEqual(keyOf(keyOf(text)), keyOf(text))
  })
})
