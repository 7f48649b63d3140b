import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import * as CommonStatus from "../../src/model/CommonStatus.ts"

const codec = Schema.toCodecJson(CommonStatus.CommonStatus)

describe("openEnum", () => {
  it.effect.prop("keeps any word there and back", [Schema.String], ([word]) =>
    Effect.gen(function* () {
      const decoded = yield* Schema.decodeUnknownEffect(codec)(word)
      assert.strictEqual(decoded, word)
      assert.strictEqual(yield* Schema.encodeEffect(codec)(decoded), word)
    })
  )

  it.effect("is still a text", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Schema.decodeUnknownEffect(codec)(7))
      assert.strictEqual(error._tag, "SchemaError")
    })
  )

  it("names the common status of internal words, and of unknown ones", () => {
    assert.strictEqual(CommonStatus.fromInternal("ABEND"), "ERROR")
    assert.strictEqual(CommonStatus.fromInternal("EXEC"), "RUNNING")
    for (const word of ["SOMETHING_NEW", "", "toString", "__proto__"]) {
      assert.strictEqual(CommonStatus.fromInternal(word), "UNDECIDED")
    }
  })
})
