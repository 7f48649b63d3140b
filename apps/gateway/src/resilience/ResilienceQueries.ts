import { Api } from "@resync/api/Api"
import { BreakerNotFound } from "@resync/api/Resilience"
import { CircuitBreakerRegistry } from "@resync/resilience/CircuitBreakerRegistry"
import { ResiliencePolicyRegistry } from "@resync/resilience/ResiliencePolicyRegistry"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { BreakerEvents } from "../events/BreakerEvents.ts"
import * as Group from "../http/Group.ts"

/** What the guards are set to and how they fare. */
export const layer = Group.layer(
  Effect.gen(function* () {
    const breakers = yield* CircuitBreakerRegistry
    const policies = yield* ResiliencePolicyRegistry
    const events = yield* BreakerEvents
    return HttpApiBuilder.group(Api, "resilience", (handlers) =>
      handlers.handleAll({
        breakers: ({ query }) =>
          Effect.map(breakers.snapshot, (snapshots) => ({
            items: snapshots.filter(({ state }) => query.state === undefined || query.state.includes(state))
          })),
        breaker: ({ params }) =>
          breakers.get(params.name).pipe(
            Effect.flatMap((breaker) => breaker.snapshot),
            Effect.mapError(() => new BreakerNotFound({ breaker: params.name }))
          ),
        policies: () => Effect.map(policies.snapshot, (items) => ({ items })),
        breakerEvents: ({ headers, query }) => events.respond(headers["last-event-id"], query.breaker)
      })
    )
  })
)
