import { Context, Effect } from "effect"
import { HttpRouter, HttpServerRequest } from "effect/http"
import * as ProblemResponse from "../http/ProblemResponse.ts"
import * as ClientAddress from "./ClientAddress.ts"
import { RateLimits } from "./RateLimits.ts"
import { SecurityConfig } from "./SecurityConfig.ts"

/** Finds out which client a request is from, and counts it by its address before anything else is done with it. */
export const layer = HttpRouter.middleware(
  Effect.gen(function* () {
    const limits = yield* RateLimits
    const { trustedProxies } = yield* SecurityConfig
    const trusted = trustedProxies.length === 0 ? undefined : ClientAddress.networks(trustedProxies)
    return (app) =>
      Effect.withFiber((fiber) => {
        const request = Context.getUnsafe(fiber.context, HttpServerRequest.HttpServerRequest)
        const own = trusted === undefined ? request : ClientAddress.unproxied(trusted, request)
        const counted = Effect.matchEffect(limits.consume("address", ClientAddress.bucketOfClient(own)), {
          onFailure: ProblemResponse.respond,
          onSuccess: () => app
        })
        return own === request ? counted : Effect.provideService(counted, HttpServerRequest.HttpServerRequest, own)
      })
  }),
  { global: true }
)
