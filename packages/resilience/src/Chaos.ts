/**
 * Failures on purpose, to see that what stands around a call deals with them: innermost in a policy, in the place of the
 * dependency. What is rolled comes from `Random`, so a seed repeats it; latencies take virtual time under `TestClock`.
 *
 * With `enabled: false` or a rate of 0 the effect is given back as it is.
 *
 * **Example**
 *
 * ```ts
 * import { Effect } from "effect"
 * import * as Chaos from "@resync/resilience/Chaos"
 *
 * declare const lookup: Effect.Effect<string, "busy">
 *
 * const shaken = lookup.pipe(
 *   Chaos.latency({ rate: 0.1, latency: "2 seconds" }),
 *   Chaos.fault({ rate: 0.05, error: () => "busy" as const })
 * )
 * ```
 */
import { type Duration, Effect, Random } from "effect"

/** How often, and whether at all. */
export interface Injection {
  /** The share of calls that are hit: 0 for none, 1 for all. */
  readonly rate: number
  /** True by default. */
  readonly enabled?: boolean | undefined
}

const inject =
  <A2, E2, R2>(injection: Injection, hit: () => Effect.Effect<A2, E2, R2>) =>
  <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A | A2, E | E2, R | R2> =>
    injection.enabled === false || injection.rate <= 0
      ? self
      : Effect.flatMap(
          Random.next,
          (roll): Effect.Effect<A | A2, E | E2, R | R2> => (roll < injection.rate ? hit() : self)
        )

/** Fails in place of the call, which does not run. */
export const fault = <E2>(options: Injection & { readonly error: () => E2 }) =>
  inject(options, () => Effect.fail(options.error()))

/** Dies in place of the call, which does not run: a bug rather than an error. */
export const defect = (options: Injection & { readonly defect: () => unknown }) =>
  inject(options, () => Effect.die(options.defect()))

/** Answers in place of the call, which does not run. */
export const outcome = <A2>(options: Injection & { readonly value: () => A2 }) =>
  inject(options, () => Effect.sync(options.value))

/** Does something before the call, which then runs: break a connection, fill a disk, send a signal. */
export const behavior =
  <E2, R2>(options: Injection & { readonly effect: Effect.Effect<void, E2, R2> }) =>
  <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E | E2, R | R2> =>
    inject(options, () => Effect.andThen(options.effect, self))(self)

/** Waits before the call, which then runs. */
export const latency =
  (options: Injection & { readonly latency: Duration.Input }) =>
  <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    inject(options, () => Effect.delay(self, options.latency))(self)
