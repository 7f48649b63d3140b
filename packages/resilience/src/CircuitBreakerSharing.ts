import { Duration, Effect, Schema } from "effect"
import type * as CircuitBreakerOptions from "./CircuitBreakerOptions.ts"

/**
 * Makes a breaker one of several, in other processes, that open and close together. They share it through `SharedState`;
 * where there is no such layer the breaker is this process's own, as if it were not marked.
 *
 * - without `quorum` the outcomes of all processes count together, by failures in a row or by a window of calls;
 * - with `quorum` each process judges its own calls, by any trip policy, and reports what it finds. The breaker opens when so
 *   many processes report at a time that it should; a report stands for `waitDurationInOpenState`. One process with a bad
 *   network of its own closes off none of the others.
 * - `onStoreError`: what a call does while the store does not answer: `allow`, the default, lets it through and records
 *   nothing; `fail` rejects it with `CircuitOpen` whose `cause` is `SharedStateUnavailable`.
 *
 * While it is half-open a single call of all processes probes. Its right to do so is a lease: where the process dies, another
 * takes over. All waits go by the clock of the store.
 *
 * **Example**
 *
 * ```ts
 * import { type CircuitBreakerOptionsInput, consecutiveFailures } from "@resync/resilience/CircuitBreakerOptions"
 *
 * export const scheduler: CircuitBreakerOptionsInput = {
 *   trip: consecutiveFailures(3),
 *   permittedNumberOfCallsInHalfOpenState: 1,
 *   shared: { quorum: 2 }
 * }
 * ```
 */
export const CircuitBreakerSharing = Schema.Struct({
  quorum: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))),
  onStoreError: Schema.Literals(["allow", "fail"]).pipe(Schema.withDecodingDefaultKey(Effect.succeed("allow" as const)))
}).annotate({ identifier: "CircuitBreakerSharing" })
export type CircuitBreakerSharing = typeof CircuitBreakerSharing.Type

export interface CircuitBreakerSharingInput {
  readonly quorum?: number | undefined
  readonly onStoreError?: CircuitBreakerSharing["onStoreError"] | undefined
}

type Options = typeof CircuitBreakerOptions.CircuitBreakerFields.Type

/** What only a breaker of one process can do, and whether options ask for it. */
const localOnly: ReadonlyArray<readonly [rule: string, asks: (options: Options, quorum?: number) => boolean]> = [
  [
    "permittedNumberOfCallsInHalfOpenState 1: a single call of all processes probes",
    (options) => options.permittedNumberOfCallsInHalfOpenState !== 1
  ],
  [
    "no maxWaitDurationInHalfOpenState: the lease of the probe bounds it",
    (options) => Duration.toMillis(options.maxWaitDurationInHalfOpenState) > 0
  ],
  [
    "no automaticTransitionFromOpenToHalfOpenEnabled: a call is the probe",
    (options) => options.automaticTransitionFromOpenToHalfOpenEnabled
  ],
  [
    "no backoffResetDuration: the store forgets openings by its own rule",
    (options) => Duration.toMillis(options.backoffResetDuration) > 0
  ],
  ["no rampDuration", (options) => Duration.toMillis(options.rampDuration) > 0],
  ["initialState CLOSED: the state is the one that the others know", (options) => options.initialState !== "CLOSED"],
  [
    "a window of calls, or a quorum: no outcomes are counted together by time",
    ({ trip }, quorum) => quorum === undefined && trip._tag === "FailureRate" && trip.slidingWindowType === "TIME_BASED"
  ],
  [
    "no onlyFailuresTrip, or failures in a row, or a quorum: any outcome may open it",
    ({ onlyFailuresTrip, trip }, quorum) => quorum === undefined && trip._tag === "FailureRate" && onlyFailuresTrip
  ],
  [
    "no slowCallDurationThreshold, or a quorum: how long a call took is not counted together",
    ({ trip }, quorum) =>
      quorum === undefined && trip._tag === "FailureRate" && Duration.isFinite(trip.slowCallDurationThreshold)
  ]
]

/** Says which options cannot be had together with `shared`, if any. */
export const checkShareable = (options: Options): string | undefined => {
  if (options.shared === undefined) return undefined
  const { quorum } = options.shared
  const broken = localOnly.filter(([, asks]) => asks(options, quorum)).map(([rule]) => rule)
  return broken.length === 0 ? undefined : `options that can be shared: ${broken.join("; ")}`
}
