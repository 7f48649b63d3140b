import { Context } from "effect"

/** Services that handlers have found when the routes were built. No request asks for one; what it asks for are references. */
const found = /^(?:@resync\/(?!telemetry\/)|effect\/(?:HttpClient$|sql\/|Layer\/|http\/HttpServer$))/

/** As many values as a request adds on its way before they are copied into one map. */
const maxDepth = 24

/**
 * What each request is given: of all that is in view where the server starts, what Effect and the telemetry look up by themselves.
 * A context is copied whole some times in a request, and with all services of the gateway in it those copies were a fifth of
 * what a request allocates.
 */
export const of = <References>(context: Context.Context<References>): Context.Context<References> =>
  Context.makeUnsafe(new Map([...context.mapUnsafe].filter(([key]) => !found.test(key))), { maxDepth })
