import { Effect, Option, type Scope } from "effect"
import { type CircuitBreaker, type Classifier } from "../CircuitBreaker.ts"
import { type CircuitBreakerEvent } from "../CircuitBreakerEvent.ts"
import { type CircuitBreakerOptions } from "../CircuitBreakerOptions.ts"
import { SharedState } from "../SharedState.ts"
import * as circuitBreaker from "./circuitBreaker.ts"
import type * as EventBus from "./EventBus.ts"
import * as sharedCircuitBreaker from "./sharedCircuitBreaker.ts"

/** The breaker that its options ask for: this process's own, or one that others share if there is a way to. */
export const make = (
  name: string,
  options: CircuitBreakerOptions,
  bus: EventBus.EventBus<CircuitBreakerEvent>,
  classifyExit: Classifier<unknown, unknown>
): Effect.Effect<CircuitBreaker, never, Scope.Scope> =>
  Effect.flatMap(Effect.serviceOption(SharedState), (shared) =>
    options.shared !== undefined && Option.isSome(shared)
      ? sharedCircuitBreaker.make(name, options, bus, classifyExit, shared.value)
      : circuitBreaker.make(name, options, bus, classifyExit)
  )
