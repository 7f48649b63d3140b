/**
 * Failures on purpose, to see that what stands around a call deals with them: innermost in a policy, in the place of the
 * dependency. What is rolled comes from `Random`, so a seed repeats it; latencies take virtual time under `TestClock`.
 *
 * With `enabled: false` or a rate of 0 the effect is given back as it is. As part of a `ResiliencePolicy` it is data, see
 * `ChaosOptions`.
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
import { type ChaosOptions, FaultInjected } from "./ChaosOptions.ts"
import { stackless } from "./internal/stackless.ts"

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

/** What is to happen to a call in its own terms. What is left out is `FaultInjected` for a fault, and nothing for the rest. */
export interface Injections<A, E> {
  readonly fault?: (() => E) | undefined
  readonly outcome?: (() => A) | undefined
  readonly behavior?: Effect.Effect<void> | undefined
}

/**
 * Does to a call what options say. From outside: the latency, the behaviour, and then what stands in its place: a fault, a
 * defect or an outcome. Gives it back as it is when they say nothing.
 */
export const apply =
  (name: string, options: ChaosOptions) =>
  <A, E, R>(
    self: Effect.Effect<A, E, R>,
    injections: Injections<A, E> = {}
  ): Effect.Effect<A, E | FaultInjected, R> => {
    if (!options.enabled) return self
    const injected = (): E | FaultInjected =>
      injections.fault === undefined
        ? stackless(() => new FaultInjected({ name }, { disableChecks: true }))
        : injections.fault()
    let shaken: Effect.Effect<A, E | FaultInjected, R> = self
    if (options.outcome !== undefined && injections.outcome !== undefined) {
      shaken = outcome({ rate: options.outcome.rate, value: injections.outcome })(shaken)
    }
    if (options.defect !== undefined) {
      shaken = defect({ rate: options.defect.rate, defect: () => new Error(`Chaos at ${name}`) })(shaken)
    }
    if (options.fault !== undefined) shaken = fault({ rate: options.fault.rate, error: injected })(shaken)
    if (options.behavior !== undefined && injections.behavior !== undefined) {
      shaken = behavior({ rate: options.behavior.rate, effect: injections.behavior })(shaken)
    }
    return options.latency === undefined ? shaken : latency(options.latency)(shaken)
  }
