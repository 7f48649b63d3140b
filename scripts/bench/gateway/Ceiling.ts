/**
 * The peer's work behind a raw handler of Effect's `HttpApi` in place of Fastify, and nothing else of Effect: what a service on
 * `HttpApi` reaches whose own code costs what the peer's does.
 */
import "./peer/Tracing.ts"

const { main } = await import("./peer/HttpApiServer.ts")
main()
