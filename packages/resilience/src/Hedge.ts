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
import { Cause, Context, Duration, Effect, type Exit, Fiber, Metric, Schema, type Scope } from "effect"
import { decode, type InvalidOptions } from "./InvalidOptions.ts"
import * as Alarms from "./internal/Alarms.ts"
import { NonNegativeDuration } from "./internal/DurationInput.ts"
import * as Latencies from "./internal/Latencies.ts"
import { now } from "./internal/monotonic.ts"
import * as Rejection from "./internal/Rejection.ts"
import * as Series from "./internal/Series.ts"
import * as SpanEvent from "./internal/SpanEvent.ts"
import { type RetryBudget } from "./RetryBudget.ts"

const Share = Schema.Finite.check(Schema.isGreaterThan(0), Schema.isLessThan(1))
const Samples = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 100_000 }))

/** Always the same delay. Zero starts all attempts at once, an infinite one only after a failure. */
export const FixedDelay = Schema.TaggedStruct("FixedDelay", { delay: NonNegativeDuration })

/** The average of the last successes times a factor, within bounds; `initial` until so many are known. */
export const AverageDelay = Schema.TaggedStruct("AverageDelay", {
  factor: Schema.Finite.check(Schema.isGreaterThan(0)),
  samples: Samples,
  initial: NonNegativeDuration,
  minimum: NonNegativeDuration,
  maximum: NonNegativeDuration
})

/** What a share of the last successes did not exceed, within bounds; `initial` until so many are known. */
export const PercentileDelay = Schema.TaggedStruct("PercentileDelay", {
  share: Share,
  samples: Samples,
  initial: NonNegativeDuration,
  minimum: NonNegativeDuration,
  maximum: NonNegativeDuration
})

export const HedgeDelay = Schema.Union([FixedDelay, AverageDelay, PercentileDelay])

interface Learnt {
  readonly initial: Duration.Input
  readonly samples?: number
  readonly minimum?: Duration.Input
  readonly maximum?: Duration.Input
}

const learnt = ({ initial, maximum = "Infinity", minimum = 0, samples = 100 }: Learnt) => ({
  samples,
  initial: Duration.fromInputUnsafe(initial),
  minimum: Duration.fromInputUnsafe(minimum),
  maximum: Duration.fromInputUnsafe(maximum)
})

/** Always the same delay. */
export const fixed = (delay: Duration.Input): typeof FixedDelay.Type => ({
  _tag: "FixedDelay",
  delay: Duration.fromInputUnsafe(delay)
})

/** The average of the last 100 successes times `factor`. */
export const average = (options: Learnt & { readonly factor: number }): typeof AverageDelay.Type => ({
  _tag: "AverageDelay",
  factor: options.factor,
  ...learnt(options)
})

/** What `share` of the last 100 successes did not exceed. */
export const percentile = (options: Learnt & { readonly share: number }): typeof PercentileDelay.Type => ({
  _tag: "PercentileDelay",
  share: options.share,
  ...learnt(options)
})

/**
 * - `delay`: how long to wait for an answer before the next attempt; 2 seconds by default.
 * - `maxHedgedAttempts`: attempts beside the first, 1 by default, at most 10.
 */
export const HedgeOptions = Schema.Struct({
  delay: HedgeDelay.pipe(Schema.withDecodingDefaultKey(Effect.succeed(fixed("2 seconds")))),
  maxHedgedAttempts: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 10 })).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed(1))
  )
}).annotate({ identifier: "HedgeOptions" })
export type HedgeOptions = typeof HedgeOptions.Type

export interface HedgeOptionsInput {
  readonly delay?: typeof HedgeDelay.Type | undefined
  readonly maxHedgedAttempts?: number | undefined
}

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

export interface Hedge {
  readonly name: string
  /**
   * Runs an effect and, as long as there is no answer, more of it. The first success wins; the others are interrupted, their
   * finalizers included, before it comes out. A failure that `when` accepts, by default any typed error, starts the next
   * attempt at once; another one comes out at once; when none is left the last failure does.
   */
  readonly execute: <A, E, R>(self: Safe<A, E, R>, when?: (error: E) => boolean) => Effect.Effect<A, E, R>
}

/** Makes a hedge. A budget bounds the extra load; when it is used up there is only the first attempt. */
export const make: (
  name: string,
  options?: HedgeOptionsInput,
  budget?: RetryBudget
) => Effect.Effect<Hedge, InvalidOptions, Scope.Scope> = Effect.fnUntraced(function* (name, input = {}, budget) {
  const options = yield* decode(HedgeOptions, "Hedge", name)(input)
  const alarms = yield* Alarms.make
  const { delay } = options
  const latencies = delay._tag === "FixedDelay" ? undefined : Latencies.make(delay.samples)
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

  const delayMillis = (): number => {
    if (delay._tag === "FixedDelay" || latencies === undefined) {
      return delay._tag === "FixedDelay" ? Duration.toMillis(delay.delay) : Number.POSITIVE_INFINITY
    }
    if (latencies.count() < delay.samples) return Duration.toMillis(delay.initial)
    const usual = delay._tag === "AverageDelay" ? latencies.average() * delay.factor : latencies.percentile(delay.share)
    return Math.min(Duration.toMillis(delay.maximum), Math.max(Duration.toMillis(delay.minimum), usual))
  }

  const execute: Hedge["execute"] = <A, E, R>(self: Safe<A, E, R>, when: (error: E) => boolean = () => true) =>
    Effect.withFiber<A, E, R>((parent) => {
      budget?.deposit()
      const started = now(parent)
      return Effect.callback<A, E>((resume) => {
        const running = new Set<Fiber.Fiber<A, E>>()
        let attempts = 0
        let decided = false
        let alarm: Alarms.Alarm | undefined

        const settle = (outcome: Effect.Effect<A, E>): void => {
          decided = true
          if (alarm !== undefined) alarms.clear(alarm)
          resume(running.size === 0 ? outcome : Effect.andThen(Fiber.interruptAll(running), outcome))
        }

        const arm = (): void => {
          if (alarm !== undefined) alarms.clear(alarm)
          alarm = undefined
          if (decided || attempts > options.maxHedgedAttempts) return
          const wait = delayMillis()
          if (wait === 0) launchNext()
          else if (Number.isFinite(wait)) alarm = alarms.set(parent, now(parent) + wait, () => launchNext())
        }

        const launchNext = (): boolean => {
          if (decided || attempts > options.maxHedgedAttempts) return false
          if (attempts > 0 && budget !== undefined && !budget.withdraw()) return false
          launch(attempts++)
          arm()
          return true
        }

        const launch = (attempt: number): void => {
          if (attempt > 0) SpanEvent.add(parent, "resilience.hedge", { name, attempt })
          const effect = attempt === 0 ? self : Effect.provideService(self, CurrentHedge, attempt)
          // The parent's context is one for R, since the effect is part of what the parent runs.
          const child = Effect.runForkWith(parent.context as Context.Context<R>)(effect)
          running.add(child)
          child.addObserver((exit) => {
            running.delete(child)
            if (!decided) decide(exit, attempt)
          })
        }

        const decide = (exit: Exit.Exit<A, E>, attempt: number): void => {
          if (exit._tag === "Success") {
            calls[attempt === 0 ? "primary" : "hedged"]++
            latencies?.record(now(parent) - started)
            settle(exit)
          } else if (!isHandled(exit.cause, when) || (!launchNext() && running.size === 0)) {
            calls.failed++
            settle(exit)
          }
        }

        launchNext()
        return Effect.suspend(() => {
          decided = true
          if (alarm !== undefined) alarms.clear(alarm)
          return Fiber.interruptAll(running)
        })
      })
    })

  return { name, execute }
})

/** Only an error of the call may start another attempt: not a defect, and not a rejection of ours, which the next would meet too. */
const isHandled = <E>(cause: Cause.Cause<E>, when: (error: E) => boolean): boolean =>
  cause.reasons.length > 0 &&
  cause.reasons.every((reason) => Cause.isFailReason(reason) && !Rejection.is(reason.error) && when(reason.error))
