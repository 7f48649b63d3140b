/**
 * Refuses a growing share of calls to a dependency that refuses a growing share of them, so that an overloaded one is not kept
 * busy saying no. It needs no state of open or closed and recovers by itself.
 *
 * The rule is Google SRE's client-side throttling ("Handling Overload"): reject with probability
 * `max(0, (requests - K · accepts) / (requests + 1))` over the last two minutes, K = 2.
 */
import { Cause, Clock, Duration, Effect, type Exit, Metric, Random, Schema, type Scope } from "effect"
import { type Classifier, classifyExit } from "./CircuitBreaker.ts"
import { decode, type InvalidOptions } from "./InvalidOptions.ts"
import * as Accepted from "./internal/Accepted.ts"
import { PositiveDuration } from "./internal/DurationInput.ts"
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
  /**
   * Runs an effect or refuses it. A call counts as a request when it starts and as accepted when it succeeds. One that is
   * interrupted, or refused by another policy of ours further inside, does not count in the end.
   */
  readonly execute: <A, E, R>(
    self: Effect.Effect<A, E, R>,
    classify?: Classifier<A, E>
  ) => Effect.Effect<A, E | CallThrottled, R>
  readonly probability: Effect.Effect<number>
}

/** Makes a throttle. Its metric series go with the scope. */
export const make: (
  name: string,
  options?: AdaptiveThrottleOptionsInput
) => Effect.Effect<AdaptiveThrottle, InvalidOptions, Scope.Scope> = Effect.fnUntraced(function* (name, input = {}) {
  const options = yield* decode(AdaptiveThrottleOptions, "AdaptiveThrottle", name)(input)
  return yield* makeWith(name, () => options)
})

/** Makes a throttle that reads its options at each call. Another `window` starts with nothing counted. */
export const makeWith: (
  name: string,
  options: () => AdaptiveThrottleOptions
) => Effect.Effect<AdaptiveThrottle, never, Scope.Scope> = Effect.fnUntraced(function* (name, readOptions) {
  const clock = yield* Clock.Clock
  const now = () => Number(clock.monotonicTimeNanosUnsafe()) / 1_000_000
  let counts = Accepted.make(readOptions().window)

  const current = (): Accepted.Accepted => {
    const { window } = readOptions()
    if (!Duration.Equivalence(counts.window, window)) counts = Accepted.make(window)
    return counts
  }

  const probability = (): number => {
    const { maxRejectionProbability, multiplier } = readOptions()
    const { accepts, requests } = current().totals(now())
    return Math.min(maxRejectionProbability, rejectionProbability(requests, accepts, multiplier))
  }

  yield* Series.register([
    [
      Metric.gauge("resilience.throttle.rejection.probability", {
        description: "The share of calls that the throttle refuses now",
        attributes: { name }
      }),
      probability
    ]
  ])

  return {
    name,
    execute: <A, E, R>(self: Effect.Effect<A, E, R>, classify: Classifier<A, E> = classifyExit) =>
      Effect.suspend(() => {
        let taken: Accepted.Request | undefined
        // The request is counted inside the guarded region, so that an interruption at any point finds it.
        return Effect.onExitPrimitive(
          Effect.withFiber((fiber): Effect.Effect<A, E | CallThrottled, R> => {
            const refusal = probability()
            const request = current().request(now())
            if (refusal > 0 && fiber.getRef(Random.Random).nextDoubleUnsafe() < refusal) {
              return Effect.fail(
                stackless(() => new CallThrottled({ name, probability: refusal }, { disableChecks: true }))
              )
            }
            taken = request
            return self
          }),
          (exit) => {
            if (taken === undefined) return undefined
            if (saysNothing(exit)) taken.takeBack(now())
            // The call ran, so the exit is its own.
            else if (classify(exit as Exit.Exit<A, E>) === "success") taken.accept(now())
            return undefined
          }
        )
      }),
    probability: Effect.sync(probability)
  }
})

/** Whether the dependency had no say in how a call ended. */
const saysNothing = (exit: Exit.Exit<unknown, unknown>): boolean =>
  exit._tag === "Failure" && (Cause.hasInterruptsOnly(exit.cause) || Rejection.isIn(exit))
