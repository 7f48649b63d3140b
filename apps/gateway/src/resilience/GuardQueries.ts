import { BreakerNotFound } from "@resync/api/Resilience"
import { CircuitBreakerRegistry } from "@resync/resilience/CircuitBreakerRegistry"
import type { CircuitBreakerSnapshot } from "@resync/resilience/CircuitBreakerSnapshot"
import { StateName } from "@resync/resilience/CircuitBreakerState"
import { ResiliencePolicyRegistry, type ResiliencePolicySnapshot } from "@resync/resilience/ResiliencePolicyRegistry"
import { Effect, Schema, type Scope, type Stream } from "effect"
import { Queries } from "../dispatch/Queries.ts"
import * as Query from "../dispatch/Query.ts"
import { BreakerEvents } from "../events/BreakerEvents.ts"

interface Items<A> {
  readonly items: ReadonlyArray<A>
}

const access = "resilience:read"

export const Breakers = Query.make<Items<CircuitBreakerSnapshot>, never>()("resilience.breakers", {
  request: Schema.Struct({ state: Schema.optionalKey(Schema.Array(StateName)) }),
  access
})
export const OneBreaker = Query.make<CircuitBreakerSnapshot, BreakerNotFound>()("resilience.breaker", {
  request: Schema.Struct({ name: Schema.String }),
  access
})
export const Policies = Query.make<Items<ResiliencePolicySnapshot>, never>()("resilience.policies", {
  request: Schema.Struct({}),
  access
})
export const Events = Query.make<Stream.Stream<string>, never, Scope.Scope>()("resilience.events", {
  request: Schema.Struct({ lastEventId: Schema.optional(Schema.String), breaker: Schema.optional(Schema.String) }),
  access
})

/** Puts the queries about the guards in place. They are of whole systems, and of no object in one. */
export const register = Effect.gen(function* () {
  const breakers = yield* CircuitBreakerRegistry
  const policies = yield* ResiliencePolicyRegistry
  const events = yield* BreakerEvents
  const { handle } = yield* Queries
  const everything = true

  handle(Breakers, {
    everything,
    ask: (query) =>
      Effect.map(breakers.snapshot, (snapshots) => ({
        items: snapshots.filter(({ state }) => query.state === undefined || query.state.includes(state))
      }))
  })
  handle(OneBreaker, {
    everything,
    ask: ({ name }) =>
      breakers.get(name).pipe(
        Effect.flatMap((breaker) => breaker.snapshot),
        Effect.mapError(() => new BreakerNotFound({ breaker: name }))
      )
  })
  handle(Policies, { everything, ask: () => Effect.map(policies.snapshot, (items) => ({ items })) })
  handle(Events, { everything, ask: ({ breaker, lastEventId }) => events.frames(lastEventId, breaker) })
})
