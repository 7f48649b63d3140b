import { assert, describe, it } from "@effect/vitest"
import { Api } from "@resync/api/Api"
import { Item, Listing } from "@resync/api/Reading"
import { Job } from "@resync/tws/model/Job"
import { JobStream } from "@resync/tws/model/JobStream"
import { DateTime, Duration, Effect, Option, Schema } from "effect"
import * as JsonText from "../src/JsonText.ts"

/** The text by the general way, and none where the value does not fit. */
const bySchema = (schema: Schema.Top) => {
  const encode = Schema.encodeUnknownOption(Schema.make<Schema.Codec<unknown>>(Schema.toCodecJson(schema).ast))
  return (value: unknown) =>
    Option.getOrUndefined(Option.map(encode(value), (encoded) => JSON.stringify(encoded) as string | undefined))
}

const agrees = (schema: Schema.Top, values: ReadonlyArray<unknown>) => {
  const write = JsonText.make(schema)
  const expected = bySchema(schema)
  for (const value of values) assert.strictEqual(write(value), expected(value))
}

/** A schema of everything that is compiled, and of some that is not. */
const Everything = Schema.Struct({
  first: Schema.optionalKey(Schema.String),
  second: Schema.optional(Schema.Boolean),
  text: Schema.String,
  'odd "key"': Schema.NullOr(Schema.Int),
  number: Schema.Number,
  finite: Schema.Finite.check(Schema.isBetween({ minimum: -5, maximum: 1e21 })),
  word: Schema.Literals(["A", "B"]),
  open: Schema.Union([Schema.Literals(["A", "B"]), Schema.String.pipe(Schema.brand("word"))]),
  one: Schema.Literal(1),
  mixed: Schema.Union([Schema.String, Schema.Number]),
  at: Schema.DateTimeUtcFromString,
  long: Schema.DurationFromIsoString,
  list: Schema.Array(Schema.Array(Schema.NullOr(Schema.String))),
  pair: Schema.Tuple([Schema.String, Schema.Int]),
  record: Schema.Record(Schema.String, Schema.Int),
  tagged: Schema.Array(
    Schema.Union([
      Schema.Struct({ kind: Schema.String, _tag: Schema.Literal("A"), at: Schema.DateTimeUtcFromString }),
      Schema.Struct({ kind: Schema.String, _tag: Schema.Literal("B"), more: Schema.optionalKey(Schema.Int) })
    ])
  ),
  empty: Schema.Struct({}),
  maybe: Schema.Struct({ a: Schema.optionalKey(Schema.Int), b: Schema.optionalKey(Schema.Int) })
})

const { dependencies, id, jobStreamId, runs, workstationId, ...plain } = Job.fields
/** A job without what is rarely found by chance. */
const Plain = Schema.Struct(plain)
const uuid = "5a1f3c52-6a2e-4a53-9a0e-0123456789ab"
const run = { id: uuid, commonStatus: "ERROR", returnCode: 8, last: true, confirmed: false }

describe("JsonText", () => {
  it.prop("writes what the schema encodes", [Schema.toType(Everything)], ([value]) => agrees(Everything, [value]))

  it.prop("writes jobs", [Schema.toType(Plain)], ([plain]) => {
    const job = { ...plain, id: uuid, jobStreamId: uuid, runs: [{ ...run, status: plain.status, time: plain.time }] }
    agrees(Item(Job), [
      { item: job, asOf: DateTime.makeUnsafe(0), stale: false },
      { item: { ...job, id: "J1" }, asOf: DateTime.makeUnsafe(0), stale: false }
    ])
  })

  it.prop("writes lists", [Schema.toType(Listing(JobStream))], ([value]) => agrees(Listing(JobStream), [value]))

  it.prop("writes any string", [Schema.String], ([text]) => agrees(Schema.Struct({ text: Schema.String }), [{ text }]))

  it("writes strings of every kind of character, short and long", () => {
    const odd = ["", '"', "\\", "\n", "\u0000", "\u007f", "é", "😀", "\ud800", "\udc00x", "\u2028", "</script>"]
    agrees(
      Schema.String,
      odd.flatMap((text) => [text, text.repeat(200)])
    )
  })

  it("writes instants and lengths of time of every size", () => {
    const instants = [0, -1, -86_400_000, 1, 999, 951_827_696_789, -62_198_755_200_001, 8.64e15, -8.64e15]
    agrees(
      Schema.DateTimeUtcFromString,
      instants.map((millis) => DateTime.makeUnsafe(millis))
    )
    agrees(Schema.DurationFromIsoString, [
      Duration.zero,
      Duration.nanos(1n),
      Duration.millis(1500),
      Duration.seconds(-90),
      Duration.days(1),
      Duration.sum(Duration.days(400), Duration.seconds(59)),
      Duration.hours(25),
      Duration.minutes(61),
      Duration.infinity
    ])
  })

  it("gives up what does not fit", () => {
    const write = JsonText.make(Schema.toType(Everything))
    assert.isUndefined(write(Object.assign({}, null)))
    agrees(Schema.Struct({ a: Schema.optionalKey(Schema.Int) }), [
      { a: 1 },
      {},
      { a: undefined },
      { a: 1.5 },
      { a: "1" },
      null,
      undefined,
      1
    ])
    agrees(Schema.Literals(["A", "B"]), ["A", "C", 1])
    agrees(Schema.Array(Schema.Boolean), [[true, false], [1], "x", null])
    agrees(Schema.DateTimeUtcFromString, [DateTime.makeZonedUnsafe(0, { timeZone: "Europe/Rome" }), 0, null])
    agrees(Schema.String.check(Schema.isMaxLength(2)), ["ab", "abc"])
  })

  it.effect("writes the answer of every endpoint that it takes", () =>
    Effect.sync(() => {
      for (const { endpoints } of Object.values(Api.groups)) {
        for (const { success } of Object.values(endpoints)) {
          for (const schema of success) assert.isFunction(JsonText.make(schema))
        }
      }
    })
  )
})
