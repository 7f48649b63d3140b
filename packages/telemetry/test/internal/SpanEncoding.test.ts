import { Buffer } from "node:buffer"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Context, Effect, Exit, Option, Schema, Tracer } from "effect"
import { ProtobufWriter } from "../../src/internal/ProtobufWriter.ts"
import { maxAttributes, RecordingSpan } from "../../src/internal/RecordingSpan.ts"
import * as Resource from "../../src/internal/Resource.ts"
import * as SpanEncoding from "../../src/internal/SpanEncoding.ts"
import { decode, spansOf } from "../../src/testing/OtlpDecoding.ts"

const resource = Resource.make({ "service.name": "test" })
const writer = new ProtobufWriter(16)

const both = (span: RecordingSpan) => {
  const protobuf = Resource.frame(writer, resource, () => SpanEncoding.write(writer, 2, span))
  const json = JSON.stringify({
    resourceSpans: [
      { resource: resource.json, scopeSpans: [{ scope: Resource.scopeJson, spans: [SpanEncoding.toJson(span)] }] }
    ]
  })
  const [fromProtobuf] = spansOf(decode("traces", "application/x-protobuf", Buffer.from(protobuf)))
  const [fromJson] = spansOf(decode("traces", "application/json", Buffer.from(json)))
  assert.deepStrictEqual(fromProtobuf, fromJson)
  assert.isDefined(fromProtobuf)
  return fromProtobuf
}

const start = (parent?: Tracer.AnySpan, name = "work") =>
  new RecordingSpan(
    {
      name,
      parent: Option.fromNullishOr(parent),
      annotations: Context.empty(),
      links: [],
      startTime: 1_767_323_045_678_901_234n,
      kind: "internal",
      root: parent === undefined,
      sampled: true
    },
    true,
    () => undefined
  )

const Value = Schema.Union([Schema.String, Schema.Int, Schema.Finite, Schema.Boolean, Schema.Array(Schema.String)])

describe("SpanEncoding", () => {
  it.effect.prop(
    "says the same in protobuf and in JSON",
    [Schema.Record(Schema.String, Value), Schema.String],
    ([attributes, name]) =>
      Effect.sync(() => {
        const span = start(undefined, name)
        for (const key of Object.keys(attributes)) span.attribute(key, attributes[key])
        span.event("happened", 5n, attributes)
        span.end(span.startTime + 1n, Exit.void)
        both(span)
      })
  )

  it("keeps every kind of value", () => {
    const span = start()
    const long = "é".repeat(5_000)
    const values: Record<string, unknown> = {
      text: "plain",
      long,
      emoji: "🚦 ok",
      empty: "",
      zero: 0,
      negative: -42,
      big: Number.MAX_SAFE_INTEGER,
      half: 0.5,
      tiny: 1e-300,
      yes: true,
      no: false,
      list: ["a", 1, true],
      nothing: []
    }
    for (const [key, value] of Object.entries(values)) span.attribute(key, value)
    span.attribute("record", { a: 1 })
    span.attribute("huge", 2n ** 70n)
    span.attribute("text", "replaced")
    span.end(span.startTime + 1_000n, Exit.succeed("a value that is let go"))
    const seen = both(span)
    assert.deepStrictEqual(seen.attributes, {
      ...values,
      text: "replaced",
      record: '{"a":1}',
      huge: String(2n ** 70n)
    })
    assert.strictEqual(seen.startTime, 1_767_323_045_678_901_234n)
    assert.strictEqual(seen.endTime - seen.startTime, 1_000n)
    assert.deepStrictEqual(seen.status, { code: "unset", message: "" })
  })

  it("tells failures, interruptions and what error.type says", () => {
    const failed = start()
    failed.end(2n, Exit.die(new TypeError("no")))
    const seen = both(failed)
    assert.deepStrictEqual(seen.status, { code: "error", message: "no" })
    assert.strictEqual(seen.events[0]?.attributes["exception.type"], "TypeError")
    const interrupted = start()
    interrupted.end(2n, Exit.failCause(Cause.interrupt(1)))
    assert.strictEqual(both(interrupted).status.code, "unset")
    assert.isTrue(both(interrupted).attributes["effect.fiber.interrupted"])
    const told = start()
    told.attribute("error.type", "503")
    told.end(2n, Exit.void)
    assert.deepStrictEqual(both(told).status, { code: "error", message: "" })
  })

  it("joins parents and links, short ids of others included", () => {
    const remote = Tracer.externalSpan({ traceId: "463ac35c9f6413ad", spanId: "a2fb4a1d1a96d312" })
    const span = start(remote)
    span.addLinks([{ span: remote, attributes: { why: "batch" } }])
    span.end(2n, Exit.void)
    const seen = both(span)
    assert.strictEqual(seen.traceId, "0000000000000000463ac35c9f6413ad")
    assert.strictEqual(seen.parentSpanId, "a2fb4a1d1a96d312")
    assert.deepStrictEqual(seen.links, [
      { traceId: seen.traceId, spanId: "a2fb4a1d1a96d312", attributes: { why: "batch" } }
    ])
    assert.strictEqual(seen.flags, 0x301)
    const child = start(span)
    child.end(3n, Exit.void)
    assert.strictEqual(both(child).flags, 0x101)
    assert.strictEqual(both(child).parentSpanId, seen.spanId)
  })

  it("is bounded, ends once, and takes nothing after its end", () => {
    let ended = 0
    const span = new RecordingSpan({ ...start(), root: true }, true, () => ended++)
    for (let n = 0; n < maxAttributes + 5; n++) span.attribute(`k${n}`, n)
    span.end(2n, Exit.void)
    span.end(3n, Exit.void)
    span.attribute("late", 1)
    assert.strictEqual(ended, 1)
    assert.strictEqual(span.endTime, 2n)
    assert.strictEqual(Object.keys(both(span).attributes).length, maxAttributes)
    const unsampled = new RecordingSpan({ ...start(), root: true }, false, () => ended++)
    unsampled.attribute("k", 1)
    unsampled.end(2n, Exit.void)
    assert.strictEqual(ended, 1)
    assert.strictEqual(unsampled.attributes.size, 0)
  })
})
