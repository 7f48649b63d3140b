import { assert, describe, it } from "@effect/vitest"
import { DateTime, Schema } from "effect"
import * as JsonText from "../src/JsonText.ts"

describe("the text of a value", () => {
  it("is none where the value does not fit", () => {
    assert.strictEqual(JsonText.make(Schema.Null)(null), "null")
    assert.isUndefined(JsonText.make(Schema.DurationFromIsoString)("no duration" as never))
    assert.isUndefined(JsonText.make(Schema.DateTimeUtcFromString)("no instant" as never))
    assert.isUndefined(JsonText.make(Schema.Union([Schema.String, Schema.Number]))({} as never))
    assert.isUndefined(JsonText.make(Schema.Literal(1))(2 as never))
    assert.isUndefined(JsonText.make(Schema.Tuple([]))(["something"] as never))
  })

  it("is found for members of a union of which the first is no record", () => {
    const write = JsonText.make(
      Schema.Union([Schema.Array(Schema.Int), Schema.Struct({ kind: Schema.Literal("one") })])
    )
    assert.strictEqual(write([1, 2]), "[1,2]")
    assert.strictEqual(write({ kind: "one" }), '{"kind":"one"}')
  })

  it("holds instants between two milliseconds as their own text has them", () => {
    const at = DateTime.addDuration(DateTime.makeUnsafe(1), "1500 micros")
    assert.strictEqual(JsonText.make(Schema.DateTimeUtcFromString)(at), JSON.stringify(DateTime.formatIso(at)))
  })

  it("hands on what a value throws while it is read", () => {
    const broken = {
      get name(): string {
        throw new Error("broken")
      }
    }
    assert.throws(() => JsonText.make(Schema.Struct({ name: Schema.String }))(broken), "broken")
  })

  it("is left to the general way where code may not be made", () => {
    const { Function } = globalThis
    try {
      globalThis.Function = (() => {
        throw new EvalError("forbidden")
      }) as never
      assert.isUndefined(JsonText.make(Schema.String)("text"))
    } finally {
      globalThis.Function = Function
    }
  })
})
