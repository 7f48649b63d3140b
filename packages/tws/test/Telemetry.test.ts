import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Tracer } from "effect"
import { JobId } from "../src/model/Ids.ts"
import { Tws } from "../src/Tws.ts"
import * as Stub from "./StubScheduler.ts"

/** Remembers every span that is begun. */
const recording = () => {
  const spans: Array<Tracer.Span> = []
  const tracer = Tracer.make({
    span(options) {
      const span = new Tracer.NativeSpan(options)
      spans.push(span)
      return span
    }
  })
  return { spans, tracer }
}

const parentOf = (span: Tracer.Span | undefined) =>
  Option.getOrUndefined(Option.map(span?.parent ?? Option.none(), ({ spanId }) => spanId))

describe("spans", () => {
  it.effect("one for the method, one for the call, one for each attempt", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.make(() => Stub.json({ count: 0, results: [] }))
      const { spans, tracer } = recording()
      yield* Effect.gen(function* () {
        const tws = yield* Tws
        yield* Effect.withTracer(Effect.andThen(tws.jobs(), tws.jobs()), tracer)
      }).pipe(Effect.provide(Stub.twsOver(stub)))
      assert.deepStrictEqual(
        spans.map(({ name }) => name),
        ["Tws.jobs", "tws_jobs_status", "GET", "Tws.jobs"]
      )
      const [method, call, attempt, again] = spans
      assert.strictEqual(parentOf(call), method?.spanId)
      assert.strictEqual(parentOf(attempt), call?.spanId)
      assert.strictEqual(call?.kind, "client")
      assert.strictEqual(method?.attributes.get("tws.cache.result"), "miss")
      assert.strictEqual(again?.attributes.get("tws.cache.result"), "hit")
    })
  )

  it.effect("carry no credentials and no reasons", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.make(() => Stub.json({ id: Stub.uuid(1) }))
      const { spans, tracer } = recording()
      yield* Effect.gen(function* () {
        const tws = yield* Tws
        const act = tws.actOnJob(
          JobId.make(Stub.uuid(1)),
          { _tag: "Hold" },
          { justification: { reason: "confidential" } }
        )
        yield* Effect.withTracer(act, tracer)
      }).pipe(Effect.provide(Stub.twsOver(stub, { credentials: { _tag: "Bearer", token: Stub.secret } })))
      const attributes = spans.flatMap((span) => [...span.attributes.values()].map(String)).join("\n")
      assert.notInclude(attributes, "hush")
      assert.notInclude(attributes, "confidential")
      assert.include(attributes, "Hold")
    })
  )
})
