import { assert, describe, it } from "@effect/vitest"
import { Cause, ConfigProvider, Effect, Layer, References, Schema, Tracer } from "effect"
import { TestClock, TestConsole } from "effect/testing"
import * as Correlation from "../src/Correlation.ts"
import * as Logging from "../src/Logging.ts"

const logging = (variables: Record<string, string>) =>
  Logging.layer.pipe(Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnvRecord(variables))))

const span = Tracer.externalSpan({ traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" })

const program = Effect.gen(function* () {
  yield* TestClock.setTime(Date.parse("2026-01-02T03:04:05.678Z"))
  yield* Effect.logDebug("not shown")
  yield* Effect.log("job", "started", { job: "PAYROLL", nested: { ok: true } }).pipe(
    Effect.annotateLogs({ user: "ann lee", [Correlation.attribute]: "order-66" }),
    Effect.withLogSpan("load"),
    Effect.provideService(Correlation.CorrelationId, "order-66"),
    Effect.withParentSpan(span)
  )
  return yield* TestConsole.logLines
})

const Line = Schema.fromJsonString(Schema.Record(Schema.String, Schema.Json))

describe("Logging", () => {
  it.effect("writes JSON lines with trace, span and correlation id", () =>
    Effect.gen(function* () {
      const lines = yield* program
      assert.strictEqual(lines.length, 1)
      const { fiber, ...line } = yield* Schema.decodeUnknownEffect(Line)(lines[0])
      assert.isNumber(fiber)
      assert.deepStrictEqual(line, {
        timestamp: "2026-01-02T03:04:05.678Z",
        level: "INFO",
        message: "job started",
        trace_id: "0af7651916cd43dd8448eb211c80319c",
        span_id: "b7ad6b7169203331",
        correlation_id: "order-66",
        attributes: { user: "ann lee", job: "PAYROLL", nested: { ok: true } },
        spans: { load: 0 }
      })
    }).pipe(Effect.provide(logging({ RESYNC_LOG_FORMAT: "json" })))
  )

  it.effect("writes logfmt", () =>
    Effect.gen(function* () {
      const [line] = yield* program
      assert.match(
        String(line),
        /^timestamp=2026-01-02T03:04:05.678Z level=INFO message="job started" trace_id=0af7651916cd43dd8448eb211c80319c span_id=b7ad6b7169203331 correlation_id=order-66 user="ann lee" job=PAYROLL nested="\{\\"ok\\":true\}" load=0ms fiber=\d+$/
      )
    }).pipe(Effect.provide(logging({ RESYNC_LOG_FORMAT: "logfmt" })))
  )

  for (const format of ["json", "logfmt"]) {
    it.effect(`keeps a record on one line, whatever is in it, as ${format}`, () =>
      Effect.gen(function* () {
        const forged = 'x\r\n{"level":"ERROR"}\u2028level=ERROR\u001b[31m'
        yield* Effect.log(forged, { [forged]: forged }).pipe(Effect.annotateLogs(forged, forged))
        const lines = yield* TestConsole.logLines
        assert.strictEqual(lines.length, 1)
        assert.notMatch(String(lines[0]), /\p{Cc}/u)
      }).pipe(Effect.provide(logging({ RESYNC_LOG_FORMAT: format })))
    )
  }

  it.effect("writes for people", () =>
    Effect.gen(function* () {
      const [line] = yield* program
      assert.match(String(line), /03:04:05\.678.*INFO.*job started.*user="ann lee".*trace_id=0af7651916cd43dd/)
    }).pipe(Effect.provide(logging({ RESYNC_LOG_FORMAT: "pretty" })))
  )

  it.effect("shows the error of a cause, or one that is logged", () =>
    Effect.gen(function* () {
      yield* Effect.logError("failed", Cause.fail(new Error("first")))
      yield* Effect.logError("failed", new TypeError("second"))
      const lines = yield* TestConsole.logLines
      const first = yield* Schema.decodeUnknownEffect(Line)(lines[0])
      const second = yield* Schema.decodeUnknownEffect(Line)(lines[1])
      assert.include(first["error"], { type: "Error", message: "first" })
      assert.include(second["error"], { type: "TypeError", message: "second" })
      assert.strictEqual(second["message"], "failed")
    }).pipe(Effect.provide(logging({ RESYNC_LOG_FORMAT: "json" })))
  )

  it.effect("takes a level in any case, and names what is wrong", () =>
    Effect.gen(function* () {
      const level = yield* Effect.provide(References.MinimumLogLevel, logging({ RESYNC_LOG_LEVEL: "warn" }))
      assert.strictEqual(level, "Warn")
      for (const name of ["RESYNC_LOG_LEVEL", "RESYNC_LOG_FORMAT"]) {
        const error = yield* Effect.flip(Effect.provide(Effect.void, logging({ [name]: "loud" })))
        assert.include(error.message, name)
      }
    })
  )
})
