/**
 * Refuses a growing share of calls to a dependency that refuses a growing share of them, so that an overloaded one is not kept
 * busy saying no. It needs no state of open or closed and recovers by itself.
 *
 * The rule is Google SRE's client-side throttling ("Handling Overload"): reject with probability
 * `max(0, (requests - K · accepts) / (requests + 1))` over the last two minutes, K = 2.
 */
import { Duration, Effect, type Exit, Metric, Random, Schema, type Scope } from "effect"
import { type Classifier, classifyExit } from "./CircuitBreaker.ts"
import { decode, type InvalidOptions } from "./InvalidOptions.ts"
import { PositiveDuration } from "./internal/DurationInput.ts"
import { now } from "./internal/monotonic.ts"
import * as Rejection from "./internal/Rejection.ts"
import * as Series from "./internal/Series.ts"
import { stackless } from "./internal/stackless.ts"

/**
 * - `multiplier`: K, how many requests go out for each that is accepted; 2 by default, closer to 1 is stricter.
 * - `window`: how far back both count, 2 minutes by default.
 * - `maxRejectionProbability`: some calls go through at any rate, 0.95 by default.
 */
export const AdaptiveThrottleOptions = Schema.Struct({
  multiplier: Schema.Finite.check(Schema.isGreaterThanOrEqualTo(1)).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed(2))
  ),
  window: PositiveDuration.pipe(Schema.withDecodingDefaultKey(Effect.succeed("2 minutes"))),
  maxRejectionProbability: Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 })).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed(0.95))
  )
}).annotate({ identifier: "AdaptiveThrottleOptions" })
export type AdaptiveThrottleOptions = typeof AdaptiveThrottleOptions.Type

export interface AdaptiveThrottleOptionsInput {
  readonly multiplier?: number | undefined
  readonly window?: Duration.Input | undefined
  readonly maxRejectionProbability?: number | undefined
}

/** The call was refused here because the dependency refuses too many; nothing was sent. It carries no stack trace. */
export class CallThrottled extends Schema.TaggedError<CallThrottled>("@resync/resilience/CallThrottled")(
  "CallThrottled",
  {
    /** The policy. */
    name: Schema.String,
    /** The share of calls refused at that time. */
    probability: Schema.Finite
  }
) {
  readonly [Rejection.TypeId] = Rejection.TypeId

  override get message(): string {
    return `${this.name} throttles ${Math.round(100 * this.probability)} % of its calls`
  }
}

/** The probability of a refusal after so many requests of which so many were accepted. */
export const rejectionProbability = (requests: number, accepts: number, multiplier: number): number =>
  Math.max(0, (requests - multiplier * accepts) / (requests + 1))

export interface AdaptiveThrottle {
  readonly name: string
  /** Runs an effect or refuses it. A call counts as a request when it starts and as accepted when it succeeds. */
  readonly execute: <A, E, R>(
    self: Effect.Effect<A, E, R>,
    classify?: Classifier<A, E>
  ) => Effect.Effect<A, E | CallThrottled, R>
  readonly probability: Effect.Effect<number>
}

/** The window is kept in slices; what is older than the whole of them is forgotten. */
const slices = 12

/** Makes a throttle. Its metric series go with the scope. */
export const make: (
  name: string,
  options?: AdaptiveThrottleOptionsInput
) => Effect.Effect<AdaptiveThrottle, InvalidOptions, Scope.Scope> = Effect.fnUntraced(function* (name, input = {}) {
  const options = yield* decode(AdaptiveThrottleOptions, "AdaptiveThrottle", name)(input)
  const sliceMillis = Duration.toMillis(options.window) / slices
  const requests = new Float64Array(slices)
  const accepts = new Float64Array(slices)
  const total = { requests: 0, accepts: 0 }
  let current = 0

  const slot = (time: number): number => {
    const slice = Math.floor(time / sliceMillis)
    for (let i = Math.max(current + 1, slice - slices + 1); i <= slice; i++) {
      const stale = i % slices
      total.requests -= requests[stale] ?? 0
      total.accepts -= accepts[stale] ?? 0
      requests[stale] = 0
      accepts[stale] = 0
    }
    if (slice > current) current = slice
    return current % slices
  }

  const probability = (time: number): number => {
    slot(time)
    return Math.min(
      options.maxRejectionProbability,
      rejectionProbability(total.requests, total.accepts, options.multiplier)
    )
  }

  const clock = yield* Effect.withFiber((fiber) => Effect.succeed(() => now(fiber)))
  yield* Series.register([
    [
      Metric.gauge("resilience.throttle.rejection.probability", {
        description: "The share of calls that the throttle refuses now",
        attributes: { name }
      }),
      () => probability(clock())
    ]
  ])

  const accept = (time: number): void => {
    const i = slot(time)
    accepts[i] = (accepts[i] ?? 0) + 1
    total.accepts++
  }

  return {
    name,
    execute: (self, classify = classifyExit) =>
      Effect.withFiber((fiber) => {
        const time = now(fiber)
        const refusal = probability(time)
        const i = slot(time)
        requests[i] = (requests[i] ?? 0) + 1
        total.requests++
        if (refusal > 0 && fiber.getRef(Random.Random).nextDoubleUnsafe() < refusal) {
          return Effect.fail(
            stackless(() => new CallThrottled({ name, probability: refusal }, { disableChecks: true }))
          )
        }
        return Effect.onExitPrimitive(self, (exit) => {
          if (classify(exit as Exit.Exit<never, never>) === "success") accept(now(fiber))
          return undefined
        })
      }),
    probability: Effect.withFiber((fiber) => Effect.succeed(probability(now(fiber))))
  }
})
