/**
 * How much it matters that a call succeeds: what `AdaptiveThrottle` and `AdaptiveLimiter` refuse first when not everything can
 * be done. The classes and their meaning are Google SRE's ("Handling Overload", Criticality).
 *
 * A call is of the class of what makes it, so one mark where work comes in holds for all that is called for it, in fibres that
 * are forked for it too.
 *
 * **Example**
 *
 * ```ts
 * import { Effect } from "effect"
 * import { withCriticality } from "@resync/resilience/Criticality"
 *
 * declare const refreshCaches: Effect.Effect<void>
 *
 * const inBackground = refreshCaches.pipe(withCriticality("SHEDDABLE"))
 * ```
 */
import { Context, Effect, Function, Order as Orders, Schema } from "effect"

/**
 * The most critical first.
 *
 * - `CRITICAL_PLUS`: its failure is felt by users, severely. Capacity has to be there for all of it.
 * - `CRITICAL`: its failure is felt by users. What is not marked is of this class.
 * - `SHEDDABLE_PLUS`: part of it may fail for a while, as work in batches that is tried again.
 * - `SHEDDABLE`: part of it fails often and all of it at times.
 */
export const Criticality = Schema.Literals(["CRITICAL_PLUS", "CRITICAL", "SHEDDABLE_PLUS", "SHEDDABLE"])
export type Criticality = typeof Criticality.Type

/** Every class, the most critical first. */
export const all: ReadonlyArray<Criticality> = Criticality.literals

const ranks: Readonly<Record<Criticality, number>> = { CRITICAL_PLUS: 0, CRITICAL: 1, SHEDDABLE_PLUS: 2, SHEDDABLE: 3 }

/** How many classes are more critical. */
export const rank = (criticality: Criticality): number => ranks[criticality]

/** The more critical is the greater. */
export const Order: Orders.Order<Criticality> = Orders.mapInput(Orders.Number, (criticality) => -rank(criticality))

/** The class of the calls that a fibre makes. */
export const CurrentCriticality = Context.Reference<Criticality>("@resync/resilience/Criticality/CurrentCriticality", {
  defaultValue: () => "CRITICAL"
})

/** Says how critical an effect is, and all the calls that it makes which nothing else is said of. */
export const withCriticality: {
  (criticality: Criticality): <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  <A, E, R>(self: Effect.Effect<A, E, R>, criticality: Criticality): Effect.Effect<A, E, R>
} = Function.dual(
  2,
  <A, E, R>(self: Effect.Effect<A, E, R>, criticality: Criticality): Effect.Effect<A, E, R> =>
    Effect.provideService(self, CurrentCriticality, criticality)
)
