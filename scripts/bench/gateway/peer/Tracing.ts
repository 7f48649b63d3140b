/**
 * OpenTelemetry's own instrumentation, when `OTEL_EXPORTER_OTLP_ENDPOINT` is set. It patches what is loaded after it, so a program
 * imports this first and everything else by `import()`. `PEER_FASTIFY_SPANS=1` adds Fastify's own plugin, with a span per route
 * and handler.
 */
import type { FastifyOtelInstrumentation } from "@fastify/otel"

const start = async (): Promise<FastifyOtelInstrumentation | undefined> => {
  const { NodeSDK } = await import("@opentelemetry/sdk-node")
  const { OTLPTraceExporter } = await import("@opentelemetry/exporter-trace-otlp-proto")
  const { HttpInstrumentation } = await import("@opentelemetry/instrumentation-http")
  const { UndiciInstrumentation } = await import("@opentelemetry/instrumentation-undici")
  const plugin =
    process.env["PEER_FASTIFY_SPANS"] === "1"
      ? new (await import("@fastify/otel")).FastifyOtelInstrumentation()
      : undefined
  const sdk = new NodeSDK({
    serviceName: "peer",
    traceExporter: new OTLPTraceExporter(),
    instrumentations: [
      new HttpInstrumentation({ ignoreOutgoingRequestHook: () => true }),
      new UndiciInstrumentation(),
      ...(plugin === undefined ? [] : [plugin])
    ]
  })
  sdk.start()
  process.once("SIGTERM", () => void sdk.shutdown().finally(() => process.exit(0)))
  return plugin
}

/** Fastify's plugin, where it is asked for. */
export const fastifyPlugin = process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] === undefined ? undefined : await start()
