/**
 * The peer: the service as an experienced team would build it without Effect, on Fastify, undici, cockatiel, lru-cache, Ajv,
 * prom-client and OpenTelemetry's own instrumentation. `PEER_LEAN=1` and `PEER_FASTIFY_SPANS=1` make it do less and more.
 */
import "./peer/Tracing.ts"

await import("./peer/FastifyServer.ts")
