import { Effect, type Scope } from "effect"
import type { CircuitBreakerOptions } from "../CircuitBreakerOptions.ts"
import { Breaker } from "./Breaker.ts"
import type { BreakerHost } from "./BreakerHost.ts"

/** A breaker of this process whose series go with the scope. */
export const make = (
  host: BreakerHost,
  name: string,
  options: CircuitBreakerOptions,
  tags?: Readonly<Record<string, string>>
): Effect.Effect<Breaker, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const breaker = new Breaker(host, name, options, tags)
      breaker.show()
      return breaker
    }),
    (breaker) => Effect.sync(() => breaker.end())
  )
