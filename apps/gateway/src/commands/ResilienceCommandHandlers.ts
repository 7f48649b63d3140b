import * as CommandProblems from "@resync/api/CommandProblems"
import { PolicyNotFound, PolicyPatch } from "@resync/api/Policies"
import { InvalidRequest } from "@resync/api/RequestProblems"
import { BreakerNotFound } from "@resync/api/Resilience"
import { CircuitBreakerRegistry } from "@resync/resilience/CircuitBreakerRegistry"
import { CircuitBreakerSnapshot } from "@resync/resilience/CircuitBreakerSnapshot"
import type { ResiliencePolicyOptionsInput } from "@resync/resilience/ResiliencePolicyOptions"
import { ResiliencePolicyRegistry, ResiliencePolicySnapshot } from "@resync/resilience/ResiliencePolicyRegistry"
import { Justification } from "@resync/tws/model/Justification"
import { Effect, Schema } from "effect"
import * as Command from "../dispatch/Command.ts"
import { Commands } from "./pipeline/Commands.ts"

const steering = (name: string) =>
  Command.make(name, {
    access: "resilience:steer",
    request: Schema.toCodecJson(
      Schema.Struct({ name: Schema.String, justification: Schema.optionalKey(Justification) })
    ),
    answer: Schema.toCodecJson(CircuitBreakerSnapshot),
    problems: Schema.toCodecJson(Schema.Union([BreakerNotFound, CommandProblems.CommandFateUnknown])),
    target: ({ name }) => ({ kind: "breaker", id: name })
  })

export const ForceOpen = steering("resilience.breaker.force-open")
export const ForceClose = steering("resilience.breaker.force-close")
export const Disable = steering("resilience.breaker.disable")
export const Reset = steering("resilience.breaker.reset")

export const Reconfigure = Command.make("resilience.policy.reconfigure", {
  access: "resilience:configure",
  request: Schema.toCodecJson(Schema.Struct({ name: Schema.String, patch: PolicyPatch })),
  answer: Schema.toCodecJson(ResiliencePolicySnapshot),
  problems: Schema.toCodecJson(Schema.Union([PolicyNotFound, InvalidRequest, CommandProblems.CommandFateUnknown])),
  target: ({ name }) => ({ kind: "resiliencePolicy", id: name })
})

const encodeSnapshot = Schema.encodeSync(Schema.toCodecJson(ResiliencePolicySnapshot))

/** Puts the handlers of what an operator does to the guards in place. */
export const register = Effect.gen(function* () {
  const breakers = yield* CircuitBreakerRegistry
  const policies = yield* ResiliencePolicyRegistry
  const { handle } = yield* Commands

  const steer = (command: typeof ForceOpen, action: "forceOpen" | "forceClose" | "disable" | "reset") => {
    const notFound = (name: string) => () => Command.refused(new BreakerNotFound({ breaker: name }))
    const snapshot = (name: string) =>
      Effect.mapError(
        Effect.flatMap(breakers.get(name), (breaker) => breaker.snapshot),
        notFound(name)
      )
    handle(command, {
      look: ({ name }) =>
        Effect.map(snapshot(name), ({ state }) => ({ target: { kind: "breaker", id: name }, before: { state } })),
      act: ({ name }) =>
        Effect.mapError(breakers[action](name), notFound(name)).pipe(
          Effect.andThen(Effect.logWarning("circuit breaker steered")),
          Effect.andThen(snapshot(name))
        ),
      after: ({ state }) => ({ state })
    })
  }
  steer(ForceOpen, "forceOpen")
  steer(ForceClose, "forceClose")
  steer(Disable, "disable")
  steer(Reset, "reset")

  handle(Reconfigure, {
    look: ({ name }) =>
      Effect.map(policies.snapshot, (known) => {
        const before = known.find((policy) => policy.name === name)
        return before === undefined
          ? undefined
          : { target: { kind: "resiliencePolicy", id: name }, before: encodeSnapshot(before) }
      }),
    act: ({ name, patch }) =>
      // The registry itself decodes the lengths of time, which are plain text up to here.
      policies.reconfigure(name, patch as ResiliencePolicyOptionsInput).pipe(
        Effect.tap(() => Effect.logWarning("resilience policy changed")),
        Effect.catchTags({
          ResiliencePolicyNotFound: () => Effect.fail(Command.refused(new PolicyNotFound({ policy: name }))),
          InvalidOptions: (error) =>
            Effect.fail(
              Command.refused(new InvalidRequest({ errors: [{ path: ["payload"], message: error.message }] }))
            )
        })
      )
  })
})
