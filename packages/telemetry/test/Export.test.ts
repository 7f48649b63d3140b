import { assert, describe, it } from "@effect/vitest"
import { Clock, ConfigProvider, Console, Effect, Exit, Layer, Metric, Scope, Tracer } from "effect"
import * as Telemetry from "../src/Telemetry.ts"
import { OtlpReceiver } from "../src/testing/OtlpReceiver.ts"
import { environment, telemetry } from "./System.ts"

/** Waits that never end by themselves in a test. */
const late = {
  OTEL_BSP_SCHEDULE_DELAY: "600000",
  OTEL_BLRP_SCHEDULE_DELAY: "600000",
  OTEL_METRIC_EXPORT_INTERVAL: "600000"
}

const spans = (count: number) =>
  Effect.forEach(Array.from({ length: count }), (_, n) => Effect.void.pipe(Effect.withSpan(`span ${n}`)), {
    discard: true
  })

const counted = (name: string, errorType?: string) =>
  Effect.map(Metric.snapshot, (snapshots) =>
    snapshots
      .filter((one) => one.id === name && one.attributes?.["error.type"] === errorType)
      .reduce((sum, one) => sum + (one.type === "Counter" ? Number(one.state.count) : 0), 0)
  )

/** Runs a program under telemetry of its own scope, then closes the scope and answers how long that took. */
const closing = <A, E>(program: Effect.Effect<A, E>, extra: Record<string, string>) =>
  Effect.gen(function* () {
    const receiver = yield* OtlpReceiver
    const scope = yield* Scope.make()
    const context = yield* Layer.buildWithScope(
      Telemetry.layer.pipe(Layer.provide(environment(receiver.url, { ...late, ...extra }))),
      scope
    )
    yield* Effect.provideContext(program, context)
    const start = yield* Clock.currentTimeMillis
    yield* Scope.close(scope, Exit.void)
    return (yield* Clock.currentTimeMillis) - start
  }).pipe(
    Effect.provideService(Metric.MetricRegistry, new Map()),
    Effect.updateService(Console.Console, (console) => ({ ...console, log: () => undefined }))
  )

describe("Export", () => {
  it.live("sends what is held when the scope closes", () =>
    Effect.gen(function* () {
      const receiver = yield* OtlpReceiver
      yield* closing(
        Effect.gen(function* () {
          yield* spans(3)
          yield* Effect.log("last words")
          yield* Metric.update(Metric.counter("orders", { incremental: true }), 7)
          assert.deepStrictEqual(yield* receiver.requests, [])
        }),
        { RESYNC_LOG_LEVEL: "INFO" }
      )
      assert.strictEqual((yield* receiver.spans).length, 3)
      assert.deepStrictEqual(
        (yield* receiver.logs).map((log) => log.body),
        ["last words"]
      )
      const orders = (yield* receiver.points).find((point) => point.name === "orders")
      assert.strictEqual(orders?.value, 7)
      assert.isTrue(orders?.monotonic)
      assert.isTrue((yield* receiver.points).some((point) => point.name === "process.uptime"))
    }).pipe(Effect.provide(OtlpReceiver.layer), Effect.timeout("50 seconds"))
  )

  it.live("loses nothing within its bounds, in full batches", () =>
    Effect.gen(function* () {
      const receiver = yield* OtlpReceiver
      yield* closing(spans(5_000), { OTEL_BSP_MAX_QUEUE_SIZE: "5000", OTEL_BSP_MAX_EXPORT_BATCH_SIZE: "500" })
      const names = new Set((yield* receiver.spans).map((span) => span.name))
      assert.strictEqual(names.size, 5_000)
      assert.strictEqual((yield* receiver.requests).filter((request) => request.signal === "traces").length, 10)
      assert.deepStrictEqual(yield* receiver.malformed, [])
    }).pipe(Effect.provide(OtlpReceiver.layer), Effect.timeout("50 seconds"))
  )

  it.live("drops and counts what a hanging collector leaves behind, and closes in time", () =>
    Effect.gen(function* () {
      const receiver = yield* OtlpReceiver
      yield* receiver.behave("hang")
      const dropped = Effect.gen(function* () {
        yield* spans(300)
        // 100 are held, and at most 100 more are on their way in a batch.
        yield* Effect.log("held as well")
        const count = yield* counted("otel.sdk.processor.span.processed", "queue_full")
        assert.isTrue(count === 100 || count === 200, `dropped ${count}`)
      })
      const millis = yield* closing(dropped, { OTEL_BSP_MAX_QUEUE_SIZE: "100" })
      assert.isAtLeast(millis, 2_900)
      assert.isBelow(millis, 4_500)
    }).pipe(Effect.provide(OtlpReceiver.layer), Effect.timeout("50 seconds"))
  )

  it.live("gives up a refused batch and counts it, and goes on", () =>
    Effect.gen(function* () {
      const receiver = yield* OtlpReceiver
      yield* receiver.behave({ status: 400 })
      yield* spans(2)
      yield* Effect.repeat(Effect.sleep("5 millis"), {
        until: () => Effect.map(counted("otel.sdk.exporter.span.exported", "400"), (count) => count === 2)
      })
      yield* receiver.behave("accept")
      yield* Effect.void.pipe(Effect.withSpan("after"))
      yield* receiver.awaitSpan((span) => span.name === "after")
      assert.strictEqual((yield* receiver.spans).length, 1)
    }).pipe(Effect.provide(telemetry()), Effect.timeout("50 seconds"))
  )

  it.live("tries again after 503", () =>
    Effect.gen(function* () {
      const receiver = yield* OtlpReceiver
      yield* receiver.behave({ status: 503 })
      yield* Effect.void.pipe(Effect.withSpan("patient"))
      yield* Effect.sleep("100 millis")
      yield* receiver.behave("accept")
      yield* receiver.awaitSpan((span) => span.name === "patient")
    }).pipe(Effect.provide(telemetry()), Effect.timeout("50 seconds"))
  )

  it.live("compresses when asked to", () =>
    Effect.gen(function* () {
      const receiver = yield* OtlpReceiver
      yield* spans(100)
      yield* receiver.awaitSpan((span) => span.name === "span 99")
      const traces = (yield* receiver.requests).filter((request) => request.signal === "traces")
      assert.isTrue(traces.some((request) => request.headers["content-encoding"] === "gzip"))
    }).pipe(Effect.provide(telemetry({ OTEL_EXPORTER_OTLP_COMPRESSION: "gzip" })), Effect.timeout("50 seconds"))
  )

  it.effect("is off without an endpoint, or when disabled", () =>
    Effect.gen(function* () {
      for (const variables of [{}, { OTEL_SDK_DISABLED: "true", OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1" }]) {
        const tracer = yield* Tracer.Tracer.pipe(
          Effect.provide(
            Telemetry.layer.pipe(Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnvRecord(variables))))
          )
        )
        assert.strictEqual(tracer, Tracer.nativeTracer)
      }
    })
  )
})
