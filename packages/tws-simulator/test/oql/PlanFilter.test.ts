import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { like } from "../../src/oql/Like.ts"
import { parsePlanFilter } from "../../src/oql/PlanFilter.ts"

describe("like", () => {
  it.prop(
    "@ matches everything, text matches itself, and a cut matches with @ in its place",
    [Schema.String, Schema.Int],
    ([text, cut]) => {
      const plain = text.replaceAll("@", "").replaceAll("?", "")
      const at = Math.abs(cut) % (plain.length + 1)
      assert.isTrue(like("@")(plain))
      assert.isTrue(like(plain)(plain))
      assert.isTrue(like(`${plain.slice(0, at)}@`)(plain))
      assert.isTrue(like(`@${plain.slice(at)}`)(plain))
      assert.isFalse(like(plain)(`${plain}x`))
    }
  )

  it("does not blow up on patterns of many wildcards", () => {
    assert.isFalse(like(`${"@a".repeat(40)}b`)("a".repeat(5000)))
  })
})

describe("plan filter", () => {
  it("selects jobs by workstation, folder, stream, name and state", () => {
    const filter = parsePlanFilter("/@/MIL@#/PROD/@/FIN@.LOAD@+state=abend,fail", "job")
    assert.isTrue(filter.workstation("/", "MIL_AGT01"))
    assert.isFalse(filter.workstation("/", "LON_AGT01"))
    assert.isTrue(filter.stream("/PROD/FIN", "FINLEDGER0004"))
    assert.isFalse(filter.stream("/TEST", "FINLEDGER0004"))
    assert.isTrue(filter.job("LOAD_LEDGER_010"))
    assert.isTrue(filter.states?.has("ABEND"))
  })

  it("takes a workstation alone as everything on it", () => {
    const filter = parsePlanFilter("/MDM#/", "job")
    assert.isTrue(filter.stream("/PROD/HR", "ANY"))
    assert.isTrue(filter.job("ANY"))
    assert.isFalse(filter.workstation("/", "MDM2"))
  })

  it("puts relative paths under the base folder", () => {
    const filter = parsePlanFilter("/@/@#FIN/A", "stream", "/PROD")
    assert.isTrue(filter.stream("/PROD/FIN", "A"))
    assert.isFalse(filter.stream("/FIN", "A"))
  })
})
