import { assert, describe, it } from "@effect/vitest"
import { Option, Schema } from "effect"
import * as Field from "../../src/wire/Field.ts"

const instant = Schema.decodeUnknownOption(Schema.DateTimeUtcFromString)
const span = Schema.decodeUnknownOption(Schema.DurationFromIsoString)

const agrees = (value: unknown) => {
  assert.deepStrictEqual(Field.instantOf(value), Option.getOrUndefined(instant(value)))
  assert.deepStrictEqual(Field.spanOf(value), Option.getOrUndefined(span(value)))
}

const Digits = Schema.String.check(Schema.isPattern(/^\d{1,8}$/))
const Span = Schema.Struct({
  sign: Schema.Literals(["", "-", "+"]),
  parts: Schema.Array(Schema.Tuple([Digits, Schema.Literals(["W", "D", "H", "M", "S", ".5S", "T"])]))
})

describe("lenient fields", () => {
  it.prop("read instants as the schema does", [Schema.DateTimeUtcFromString], ([at]) =>
    agrees(Schema.encodeSync(Schema.DateTimeUtcFromString)(at))
  )

  it.prop(
    "read lengths of time as the schema does",
    [Schema.Finite.check(Schema.isBetween({ minimum: -1e9, maximum: 1e9 }))],
    ([seconds]) => agrees(`PT${Math.round(seconds)}S`)
  )

  it.prop("read what looks like a length of time as the schema does", [Span], ([{ parts, sign }]) =>
    agrees(`${sign}P${parts.map(([digits, unit]) => (unit === "T" ? "T" : digits + unit)).join("")}`)
  )

  it.prop("read anything as the schema does", [Schema.Json], agrees as never)

  it("read what schedulers write, and odd texts", () => {
    const texts = [
      "2026-10-13T21:30:00Z",
      "2026-10-13T21:30:00.5+02:00",
      "2026-10-13",
      "2026-02-30T00:00:00Z",
      "now",
      ""
    ]
    const spans = ["PT12M", "PT1H2M3S", "PT", "P", "PT0S", "PT007M", "PT1234567S", "P1DT1S", "PT1.5H", "pt1m", "PT1S "]
    for (const text of [...texts, ...spans]) agrees(text)
  })
})
