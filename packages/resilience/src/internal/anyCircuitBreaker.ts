import { Effect, Option, type Scope } from "effect"
import type { CircuitBreaker } from "../CircuitBreaker.ts"
import type { CircuitBreakerOptions } from "../CircuitBreakerOptions.ts"
import { SharedState } from "../SharedState.ts"
import type { BreakerHost } from "./BreakerHost.ts"
import * as localCircuitBreaker from "./localCircuitBreaker.ts"
import * as sharedCircuitBreaker from "./sharedCircuitBreaker.ts"

/** The breaker that its options ask for: this process's own, or one that others share if there is a way to. */
export const make = (
  host: BreakerHost,
  name: string,
  options: CircuitBreakerOptions,
  tags?: Readonly<Record<string, string>>
): Effect.Effect<CircuitBreaker, never, Scope.Scope> =>
  Effect.flatMap(Effect.serviceOption(SharedState), (shared) =>
    options.shared !== undefined && Option.isSome(shared)
      ? sharedCircuitBreaker.make(host, name, options, options.shared, tags, shared.value)
      : localCircuitBreaker.make(host, name, options, tags)
  )
