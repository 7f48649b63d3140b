import { assert, describe, it } from "@effect/vitest"
import { Secrets } from "./Secrets.ts"

describe("a secret", () => {
  it("is found in each shape, and a code only where it stands alone", () => {
    const secrets = new Secrets()
    secrets.keep("password", 'pass/word "1" é')
    secrets.keep("code", "123456")
    for (const shape of [
      'x pass/word "1" é x',
      JSON.stringify({ a: 'pass/word "1" é' }),
      encodeURIComponent('pass/word "1" é'),
      Buffer.from('wauser:pass/word "1" é').toString("base64"),
      Buffer.from('w:pass/word "1" é!').toString("base64url"),
      Buffer.from('pass/word "1" é').toString("hex")
    ]) {
      assert.deepStrictEqual(secrets.in(shape), ["password"], shape)
    }
    for (const shape of ["code: 123456,", "It was 123456."]) assert.deepStrictEqual(secrets.in(shape), ["code"])
    assert.deepStrictEqual(secrets.in("at 1234567.123456 and 0.123456"), [])
  })
})
