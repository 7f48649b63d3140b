import { Api } from "@resync/api/Api"
import { PolicyNotFound } from "@resync/api/Policies"
import { InvalidRequest } from "@resync/api/RequestProblems"
import { BreakerNotFound } from "@resync/api/Resilience"
import { CircuitBreakerRegistry } from "@resync/resilience/CircuitBreakerRegistry"
import { type ResiliencePolicyOptionsInput } from "@resync/resilience/ResiliencePolicyOptions"
import { ResiliencePolicyRegistry } from "@resync/resilience/ResiliencePolicyRegistry"
import { type Justification } from "@resync/tws/model/Justification"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import * as Group from "../http/Group.ts"

interface Command {
  readonly params: { readonly name: string }
  readonly payload: { readonly justification?: Justification } | null
}

/** What an operator does to the guards. */
export const layer = Group.layer(
  Effect.gen(function* () {
    const breakers = yield* CircuitBreakerRegistry
    const policies = yield* ResiliencePolicyRegistry

    const steer =
      (action: "forceOpen" | "forceClose" | "disable" | "reset") =>
      ({ params, payload }: Command) =>
        breakers[action](params.name).pipe(
          Effect.andThen(Effect.logWarning("circuit breaker steered")),
          Effect.annotateLogs({ breaker: params.name, action, ...payload?.justification }),
          Effect.andThen(breakers.get(params.name)),
          Effect.flatMap((breaker) => breaker.snapshot),
          Effect.mapError(() => new BreakerNotFound({ breaker: params.name }))
        )

    return HttpApiBuilder.group(Api, "resilienceCommands", (handlers) =>
      handlers.handleAll({
        forceOpen: steer("forceOpen"),
        forceClose: steer("forceClose"),
        disable: steer("disable"),
        reset: steer("reset"),
        reconfigure: ({ params, payload }) =>
          // The registry itself decodes the lengths of time, which are plain text up to here.
          policies.reconfigure(params.name, payload as ResiliencePolicyOptionsInput).pipe(
            Effect.tap(() => Effect.logWarning("resilience policy changed")),
            Effect.annotateLogs({ policy: params.name }),
            Effect.catchTags({
              ResiliencePolicyNotFound: () => new PolicyNotFound({ policy: params.name }),
              InvalidOptions: (error) => new InvalidRequest({ errors: [{ path: ["payload"], message: error.message }] })
            })
          )
      })
    )
  })
)
