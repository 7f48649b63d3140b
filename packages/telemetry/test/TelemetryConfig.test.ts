import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Duration, Effect, Redacted } from "effect"
import * as TelemetryConfig from "../src/TelemetryConfig.ts"

const read = (variables: Record<string, string>) =>
  Effect.provideService(
    TelemetryConfig.fromEnvironment,
    ConfigProvider.ConfigProvider,
    ConfigProvider.fromEnvRecord(variables)
  )

describe("TelemetryConfig", () => {
  it.effect("has the defaults of the specification", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* read({}), {
        resource: { "service.name": "resync" },
        traces: undefined,
        metrics: undefined,
        logs: undefined,
        sampler: "parentbased_always_on",
        samplerRatio: 1,
        propagators: { traceContext: true, baggage: true },
        spanBatch: { delay: Duration.seconds(5), queueSize: 2048, batchSize: 512 },
        logBatch: { delay: Duration.seconds(1), queueSize: 2048, batchSize: 512 },
        metricInterval: Duration.minutes(1)
      })
    })
  )

  it.effect("prefers what is said of one signal, and takes its endpoint as it is", () =>
    Effect.gen(function* () {
      const config = yield* read({
        OTEL_EXPORTER_OTLP_ENDPOINT: "https://collector:4318/base/",
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://traces:9/in",
        OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
        OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "http/protobuf",
        OTEL_EXPORTER_OTLP_HEADERS: "Authorization=Bearer%20a%3Db",
        OTEL_EXPORTER_OTLP_TIMEOUT: "250",
        OTEL_LOGS_EXPORTER: "none",
        OTEL_SERVICE_NAME: "gateway",
        OTEL_RESOURCE_ATTRIBUTES: "service.name=other,team=a%2Cb"
      })
      assert.deepStrictEqual(config.resource, { "service.name": "gateway", team: "a,b" })
      assert.strictEqual(config.traces?.url, "http://traces:9/in")
      assert.strictEqual(config.traces?.protocol, "http/protobuf")
      assert.strictEqual(config.metrics?.url, "https://collector:4318/base/v1/metrics")
      assert.strictEqual(config.metrics?.protocol, "http/json")
      assert.deepStrictEqual(config.metrics?.timeout, Duration.millis(250))
      assert.isUndefined(config.logs)
      const authorization = config.traces?.headers["authorization"]
      assert.strictEqual(authorization === undefined ? "" : Redacted.value(authorization), "Bearer a=b")
    })
  )

  it.effect("takes empty for unset, and nothing at all when disabled", () =>
    Effect.gen(function* () {
      const empty = yield* read({
        OTEL_EXPORTER_OTLP_ENDPOINT: " ",
        OTEL_TRACES_SAMPLER: "",
        OTEL_BSP_MAX_QUEUE_SIZE: ""
      })
      assert.isUndefined(empty.traces)
      assert.strictEqual(empty.sampler, "parentbased_always_on")
      const disabled = yield* read({ OTEL_SDK_DISABLED: "TRUE", OTEL_EXPORTER_OTLP_ENDPOINT: "http://x" })
      assert.isUndefined(disabled.traces)
    })
  )

  const on = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://x" }
  const wrong: ReadonlyArray<Record<string, string>> = [
    { OTEL_EXPORTER_OTLP_ENDPOINT: "localhost:4318" },
    { ...on, OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" },
    { ...on, OTEL_EXPORTER_OTLP_TIMEOUT: "soon" },
    { ...on, OTEL_EXPORTER_OTLP_HEADERS: "no-equals-s3cr3t" },
    { ...on, OTEL_TRACES_EXPORTER: "zipkin" },
    { OTEL_PROPAGATORS: "tracecontext,b3" },
    { OTEL_TRACES_SAMPLER: "sometimes" },
    { OTEL_TRACES_SAMPLER_ARG: "1.5" },
    { OTEL_BSP_MAX_QUEUE_SIZE: "0" },
    { OTEL_SDK_DISABLED: "perhaps" },
    { OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: "delta" }
  ]
  for (const variables of wrong) {
    const name = Object.keys(variables).at(-1) ?? ""
    it.effect(`names ${name} when it is wrong`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(read(variables))
        assert.include(error.message, name)
        assert.notInclude(error.message, "\n")
        assert.notInclude(error.message, "s3cr3t")
      })
    )
  }
})
