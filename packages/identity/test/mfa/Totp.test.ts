import { assert, describe, it } from "@effect/vitest"
import * as Totp from "@resync/identity/mfa/Totp"
import { Schema } from "effect"

const secret = new TextEncoder().encode("12345678901234567890")

describe("a time-based code", () => {
  it("is what RFC 6238 says, for six digits", () => {
    const vectors: ReadonlyArray<readonly [seconds: number, code: string]> = [
      [59, "287082"],
      [1_111_111_109, "081804"],
      [1_111_111_111, "050471"],
      [1_234_567_890, "005924"],
      [2_000_000_000, "279037"],
      [20_000_000_000, "353130"]
    ]
    for (const [seconds, code] of vectors) assert.strictEqual(Totp.code(secret, Totp.stepAt(seconds * 1_000)), code)
  })

  const Step = Schema.Int.check(Schema.isBetween({ minimum: 10, maximum: 100_000 }))
  const Offset = Schema.Int.check(Schema.isBetween({ minimum: -4, maximum: 4 }))

  it.prop("is taken in its period and the ones beside it", [Step, Offset], ([step, offset]) => {
    const given = Totp.code(secret, step + offset)
    const found = Totp.verify({ secret, given, millis: step * Totp.periodMillis, lastStep: 0 })
    // Two periods may have the same code, by chance.
    const near = [-1, 0, 1].some((drift) => Totp.code(secret, step + drift) === given)
    assert.strictEqual(found !== undefined, near)
    if (Math.abs(offset) <= 1) assert.isDefined(found)
  })

  it.prop("is taken once, and none before it after it", [Schema.Array(Offset), Step], ([offsets, step]) => {
    let lastStep = 0
    const used: Array<number> = []
    for (const offset of offsets) {
      const given = Totp.code(secret, step + offset)
      const found = Totp.verify({ secret, given, millis: step * Totp.periodMillis, lastStep })
      if (found === undefined) continue
      assert.isAbove(found, lastStep)
      lastStep = found
      used.push(found)
    }
    assert.deepStrictEqual(
      used,
      [...new Set(used)].sort((a, b) => a - b)
    )
    assert.isAtMost(used.length, 3)
  })

  it("may be typed with a space", () => {
    assert.strictEqual(Totp.verify({ secret, given: "287 082", millis: 59_000, lastStep: 0 }), 1)
  })

  it("comes from a secret that apps can read", () => {
    const uri = new URL(Totp.uri({ secret, issuer: "Resync Nacht", account: "åse:x" }))
    assert.strictEqual(uri.protocol, "otpauth:")
    assert.strictEqual(uri.searchParams.get("secret"), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
    assert.strictEqual(decodeURIComponent(uri.pathname), "/Resync Nacht:åse:x")
    assert.notInclude(uri.href, "+")
  })
})
