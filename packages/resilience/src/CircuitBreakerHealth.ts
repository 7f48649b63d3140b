/** What an application tells its load balancer or its operators of its circuit breakers, as one verdict. */
import { Schema } from "effect"
import type { CircuitBreakerSnapshot } from "./CircuitBreakerSnapshot.ts"
import { StateName } from "./CircuitBreakerState.ts"

/**
 * By resilience4j's names: `CIRCUIT_OPEN` when a breaker rejects, `CIRCUIT_HALF_OPEN` when none does but one is probing, else
 * `UP`. A breaker that is open protects the application and its dependency: it is a reason to say so, hardly one to take the
 * application out.
 */
export const CircuitBreakerHealth = Schema.Struct({
  status: Schema.Literals(["UP", "CIRCUIT_HALF_OPEN", "CIRCUIT_OPEN"]),
  /** Those that are why, in the order of their registration. */
  breakers: Schema.Array(
    Schema.Struct({
      name: Schema.String,
      key: Schema.optionalKey(Schema.String),
      state: StateName,
      /** Since when, in milliseconds since the epoch. */
      since: Schema.Finite,
      retryAfter: Schema.optionalKey(Schema.DurationFromMillis)
    })
  )
}).annotate({ identifier: "CircuitBreakerHealth" })
export type CircuitBreakerHealth = typeof CircuitBreakerHealth.Type

const rejects = ({ state }: CircuitBreakerSnapshot): boolean => state === "OPEN" || state === "FORCED_OPEN"
const probes = ({ state }: CircuitBreakerSnapshot): boolean => state === "HALF_OPEN"

/** The verdict over breakers as they are. */
export const of = (snapshots: ReadonlyArray<CircuitBreakerSnapshot>): CircuitBreakerHealth => ({
  status: snapshots.some(rejects) ? "CIRCUIT_OPEN" : snapshots.some(probes) ? "CIRCUIT_HALF_OPEN" : "UP",
  breakers: snapshots
    .filter((snapshot) => rejects(snapshot) || probes(snapshot))
    .map(({ key, name, retryAfter, since, state }) => ({
      name,
      ...(key === undefined ? {} : { key }),
      state,
      since,
      ...(retryAfter === undefined ? {} : { retryAfter })
    }))
})
