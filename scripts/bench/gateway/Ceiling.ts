/**
 * The peer's work behind Effect's `HttpApi` in place of Fastify, and nothing else of Effect: the most that a service on `HttpApi`
 * can reach of the peer, however little its own code costs.
 */
import "./peer/Tracing.ts"

const { main } = await import("./peer/HttpApiServer.ts")
main()
