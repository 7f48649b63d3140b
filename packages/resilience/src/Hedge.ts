/**
 * Sends a second request when the first takes unusually long, and takes what comes first: for calls that are safe to make twice
 * and whose slowest hurt. It buys the tail with extra load, which the delay and a budget keep small.
 *
 * **Example**
 *
 * ```ts
 * import { Effect } from "effect"
 * import * as Hedge from "@resync/resilience/Hedge"
 *
 * declare const lookup: Effect.Effect<string, "busy">
 *
 * const program = Effect.gen(function* () {
 *   const hedge = yield* Hedge.make("lookup", { delay: Hedge.percentile({ share: 0.95, initial: "200 millis" }) })
 *   return yield* hedge.execute(Hedge.safe(lookup))
 * })
 * ```
 */
import { Context, Effect, type Exit, Metric, type Scope } from "effect"
import { average, fixed, HedgeOptions, type HedgeOptionsInput, percentile } from "./HedgeOptions.ts"
import { decode, type InvalidOptions } from "./InvalidOptions.ts"
import * as Alarms from "./internal/Alarms.ts"
import * as hedging from "./internal/hedging.ts"
import * as LearntDelay from "./internal/LearntDelay.ts"
import * as Series from "./internal/Series.ts"
import type { RetryBudget } from "./RetryBudget.ts"

export { average, fixed, percentile }

declare const SafeTypeId: unique symbol

/** An effect of which its author says that running it twice at the same time does no harm. */
export interface Safe<out A, out E, out R> extends Effect.Effect<A, E, R> {
  readonly [SafeTypeId]: true
}

/** Says that running an effect twice at the same time does no harm. Only such an effect can be hedged. */
export const safe = <A, E, R>(self: Effect.Effect<A, E, R>): Safe<A, E, R> =>
  // The mark exists in the type only.
  self as Safe<A, E, R>

/** Which of the concurrent attempts an effect is: 0 for the first, from 1 for the hedges. */
export const CurrentHedge = Context.Reference<number>("@resync/resilience/Hedge/CurrentHedge", {
  defaultValue: () => 0
})

/** What a hedge has to know of a call where an error alone does not tell. */
export interface HedgeCall<A, E> {
  /** Whether an attempt ended in a way that starts the next. It is not asked about interruptions and rejections of ours. */
  readonly isHandled: (exit: Exit.Exit<A, E>) => boolean
  /** Runs, in the background, with what an attempt ended with that is not the outcome: to release what it holds. */
  readonly discard?: ((exit: Exit.Exit<A, E>) => Effect.Effect<void> | undefined) | undefined
}

export interface Hedge {
  readonly name: string
  /**
   * Runs an effect and, as long as there is no answer, more of it. The first success wins; the others are interrupted, their
   * finalizers included, before it comes out. A failure that `when` accepts, by default any typed error, starts the next
   * attempt at once; another one comes out at once; when none is left the last failure does.
   */
  readonly execute: <A, E, R>(self: Safe<A, E, R>, when?: (error: E) => boolean) => Effect.Effect<A, E, R>
  /** The same with a judgement of results too. */
  readonly executeWith: <A, E, R>(self: Safe<A, E, R>, call: HedgeCall<A, E>) => Effect.Effect<A, E, R>
}

/** Makes a hedge. A budget bounds the extra load; when it is used up there is only the first attempt. */
export const make: (
  name: string,
  options?: HedgeOptionsInput,
  budget?: RetryBudget
) => Effect.Effect<Hedge, InvalidOptions, Scope.Scope> = Effect.fnUntraced(function* (name, input = {}, budget) {
  const options = yield* decode(HedgeOptions, "Hedge", name)(input)
  return yield* makeWith(name, () => options, budget)
})

/** Makes a hedge that reads its options at each call. */
export const makeWith: (
  name: string,
  options: () => HedgeOptions,
  budget: RetryBudget | undefined
) => Effect.Effect<Hedge, never, Scope.Scope> = Effect.fnUntraced(function* (name, readOptions, budget) {
  const calls = { primary: 0, hedged: 0, failed: 0 }
  yield* Series.register(
    [],
    (["primary", "hedged", "failed"] as const).map((kind) => [
      Metric.counter("resilience.hedge.calls", {
        description: "Calls by which attempt gave the answer",
        attributes: { name, kind },
        incremental: true
      }),
      () => calls[kind]
    ])
  )
  const hedge: hedging.Hedge = {
    name,
    alarms: yield* Alarms.make,
    delay: LearntDelay.make(() => readOptions().delay),
    maxHedgedAttempts: () => readOptions().maxHedgedAttempts,
    budget,
    calls
  }
  return {
    name,
    execute: (self, when = () => true) => hedging.run(hedge, self, { isHandled: hedging.isHandled(when) }),
    executeWith: (self, call) => hedging.run(hedge, self, call)
  }
})
