import { Context } from "effect"

/** The packages whose services the handlers have found when the routes were built; none is asked for by a request. */
const found = /^@resync\/(?:api|gateway|identity|rag|rag-engine|store|tws)\//

/** As many values as a request adds on its way before they are copied into one map. */
const maxDepth = 24

/**
 * What each request is given: of all that is in view where the server starts, what Effect and the telemetry look up by themselves.
 * A context is copied whole some times in a request, and with all services of the gateway in it those copies were a fifth of
 * what a request allocates.
 */
export const of = <Services>(context: Context.Context<Services>): Context.Context<Services> =>
  Context.makeUnsafe(new Map([...context.mapUnsafe].filter(([key]) => !found.test(key))), { maxDepth })
