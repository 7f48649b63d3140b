/**
 * A bulkhead that finds its size by itself: it lets more calls run while the dependency keeps up and fewer when it slows down or
 * drops them. For a dependency whose capacity nobody knows or that varies.
 *
 * Callers beyond the limit are refused at once. With partitions, each has a guaranteed share of the limit and may borrow what
 * others leave unused.
 *
 * What is less critical is refused before the limit is reached. One rule says who gets in: a call does while the calls under
 * way are fewer than its class's share of the limit, or, beyond that, while those of its partition are fewer than its class's
 * share of what is guaranteed to the partition. Each part of the limit is rounded up to whole calls and is one at least, so
 * nobody is shut out while nothing runs. What is guaranteed to a partition is taken from it by no class of another.
 */
import { Cause, Effect, Equal, type Exit, Metric, Random, Schema, type Scope } from "effect"
import { AdaptiveLimiterOptions, type AdaptiveLimiterOptionsInput } from "./AdaptiveLimiterOptions.ts"
import { all, Criticality, CurrentCriticality } from "./Criticality.ts"
import { decode, type InvalidOptions } from "./InvalidOptions.ts"
import * as Inflight from "./internal/Inflight.ts"
import * as limits from "./internal/limits.ts"
import { now } from "./internal/monotonic.ts"
import * as Rejection from "./internal/Rejection.ts"
import * as Series from "./internal/Series.ts"
import { stackless } from "./internal/stackless.ts"
import { AttemptTimedOut } from "./TimeLimiter.ts"

/** More calls run than the dependency seems to take; nothing was sent. It carries no stack trace. */
export class ConcurrencyLimited extends Schema.TaggedError<ConcurrencyLimited>("@resync/resilience/ConcurrencyLimited")(
  "ConcurrencyLimited",
  {
    /** The policy. */
    name: Schema.String,
    limit: Schema.Int,
    partition: Schema.optionalKey(Schema.String),
    /** Of which class the call was. */
    criticality: Criticality
  }
) {
  readonly [Rejection.TypeId] = Rejection.TypeId

  override get message(): string {
    const calls = `${this.name} takes ${this.limit} calls at once`
    return this.criticality === "CRITICAL" ? calls : `${calls} and no more that are ${this.criticality}`
  }
}

/** How a call ended, for the limit: a drop lowers it, an ignored one only leaves. */
export type Release = "success" | "dropped" | "ignored"

/** A timeout is a drop, a rejection of ours or an interruption says nothing, all else is an answer. */
export const classifyRelease = (exit: Exit.Exit<unknown, unknown>): Release => {
  if (exit._tag === "Success") return "success"
  if (Cause.hasInterruptsOnly(exit.cause)) return "ignored"
  const errors = exit.cause.reasons.filter(Cause.isFailReason)
  if (errors.some((reason) => reason.error instanceof AttemptTimedOut)) return "dropped"
  return errors.some((reason) => Rejection.is(reason.error)) ? "ignored" : "success"
}

/** What the limiter has to know of a call. */
export interface ExecuteOptions<A, E> {
  /** One of those that have a guaranteed share; others get in while the whole has room. */
  readonly partition?: string | undefined
  /** What its end says; `classifyRelease` by default. */
  readonly classify?: ((exit: Exit.Exit<A, E>) => Release) | undefined
}

export interface AdaptiveLimiter {
  readonly name: string
  /** Runs an effect, or refuses it at once when as many run as may for its class, `Criticality.CurrentCriticality`. */
  readonly execute: <A, E, R>(
    self: Effect.Effect<A, E, R>,
    options?: ExecuteOptions<A, E>
  ) => Effect.Effect<A, E | ConcurrencyLimited, R>
  readonly snapshot: Effect.Effect<{ readonly limit: number; readonly inflight: number }>
}

/** Makes an adaptive limiter. Its metric series go with the scope. */
export const make: (
  name: string,
  options?: AdaptiveLimiterOptionsInput
) => Effect.Effect<AdaptiveLimiter, InvalidOptions, Scope.Scope> = Effect.fnUntraced(function* (name, input = {}) {
  const options = yield* decode(AdaptiveLimiterOptions, "AdaptiveLimiter", name)(input)
  return yield* makeWith(name, () => options)
})

/** Makes an adaptive limiter that reads its options at each call. With others it goes on from the limit that it has found. */
export const makeWith: (
  name: string,
  options: () => AdaptiveLimiterOptions
) => Effect.Effect<AdaptiveLimiter, never, Scope.Scope> = Effect.fnUntraced(function* (name, readOptions) {
  const random = yield* Random.Random
  const roll = () => random.nextDoubleUnsafe()
  const inflight = Inflight.make()
  let options = readOptions()
  let learning = limits.make(options, roll)

  const limit = (): limits.Limit => {
    const next = readOptions()
    if (next !== options) {
      if (!Equal.equals(next, options)) learning = limits.make(next, roll, learning.current())
      options = next
    }
    return learning
  }

  const gauge = (id: string, description: string, attributes: Readonly<Record<string, string>> = {}) =>
    Metric.gauge(`resilience.adaptive.${id}`, { description, attributes: { name, ...attributes } })
  yield* Series.register([
    [gauge("limit", "Calls that may run at once now"), () => limit().current()],
    ...all.map(
      (criticality) =>
        [gauge("inflight", "Calls under way", { criticality }), () => inflight.ofClass(criticality)] as const
    )
  ])

  const reject = (partition: string | undefined, criticality: Criticality): Effect.Effect<never, ConcurrencyLimited> =>
    Effect.fail(
      stackless(
        () =>
          new ConcurrencyLimited(
            { name, limit: limit().current(), ...(partition === undefined ? {} : { partition }), criticality },
            { disableChecks: true }
          )
      )
    )

  const execute: AdaptiveLimiter["execute"] = <A, E, R>(
    self: Effect.Effect<A, E, R>,
    { classify = classifyRelease, partition }: ExecuteOptions<A, E> = {}
  ) =>
    Effect.withFiber((fiber): Effect.Effect<A, E | ConcurrencyLimited, R> => {
      const criticality = fiber.getRef(CurrentCriticality)
      let started: number | undefined
      return Effect.onExitPrimitive(
        Effect.suspend((): Effect.Effect<A, E | ConcurrencyLimited, R> => {
          const most = limit().current()
          if (!inflight.admits(partition, most, options.partitions, options.criticalities[criticality])) {
            return reject(partition, criticality)
          }
          inflight.enter(partition, criticality)
          started = now(fiber)
          return self
        }),
        (exit) => {
          if (started === undefined) return undefined
          const together = inflight.total()
          // First of all, since the judgement is the caller's code.
          inflight.leave(partition, criticality)
          // Admitted, so the exit is the call's own.
          const release = classify(exit as Exit.Exit<A, E>)
          if (release === "ignored") return undefined
          const time = now(fiber)
          limit().record({ rtt: time - started, inflight: together, dropped: release === "dropped" }, time)
          return undefined
        }
      )
    })

  return {
    name,
    execute,
    snapshot: Effect.sync(() => ({ limit: limit().current(), inflight: inflight.total() }))
  }
})
