/**
 * Refuses a growing share of calls to a dependency that refuses a growing share of them, so that an overloaded one is not kept
 * busy saying no. It needs no state of open or closed and recovers by itself.
 *
 * The rule is Google SRE's client-side throttling ("Handling Overload"): reject with probability
 * `max(0, (requests - K · accepts) / (requests + 1))` over the last two minutes, K = 2.
 *
 * Each class of criticality is counted for itself. A call is refused with the greatest of the probabilities of its own class
 * and of those that are more critical: a dependency that refuses what matters most has no time for the rest.
 */
import { Cause, Clock, Duration, Effect, type Exit, Metric, Random, Schema, type Scope } from "effect"
import { type Classifier, classifyExit } from "./CircuitBreaker.ts"
import { all, Criticality, CurrentCriticality, rank } from "./Criticality.ts"
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
    /** The share of calls of its class refused at that time. */
    probability: Schema.Finite,
    /** Of which class the call was. */
    criticality: Criticality
  }
) {
  readonly [Rejection.TypeId] = Rejection.TypeId

  override get message(): string {
    const calls = this.criticality === "CRITICAL" ? "calls" : `${this.criticality} calls`
    return `${this.name} throttles ${Math.round(100 * this.probability)} % of its ${calls}`
  }
}

/** The probability of a refusal after so many requests of which so many were accepted. */
export const rejectionProbability = (requests: number, accepts: number, multiplier: number): number =>
  Math.max(0, (requests - multiplier * accepts) / (requests + 1))

export interface AdaptiveThrottle {
  readonly name: string
  /**
   * Runs an effect or refuses it. A call counts as a request when it starts and as accepted when it succeeds. One that is
   * interrupted, or refused by another policy of ours further inside, does not count in the end. It is of the class of its
   * fibre, `Criticality.CurrentCriticality`.
   */
  readonly execute: <A, E, R>(
    self: Effect.Effect<A, E, R>,
    classify?: Classifier<A, E>
  ) => Effect.Effect<A, E | CallThrottled, R>
  /** How likely a call is to be refused, by the class of the fibre. */
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
  let window = readOptions().window
  /** Of the classes by their rank, each from its first call on. */
  let classes: Array<Accepted.Accepted | undefined> = []

  const probability = (criticality: Criticality): number => {
    const options = readOptions()
    if (!Duration.Equivalence(window, options.window)) {
      window = options.window
      classes = []
    }
    const time = now()
    let greatest = 0
    for (let i = 0; i <= rank(criticality); i++) {
      const counts = classes[i]
      if (counts === undefined) continue
      const { accepts, requests } = counts.totals(time)
      greatest = Math.max(greatest, rejectionProbability(requests, accepts, options.multiplier))
    }
    return Math.min(options.maxRejectionProbability, greatest)
  }

  /** Those of a class, made on demand. The window has been minded by `probability`, which comes before. */
  const countsOf = (criticality: Criticality): Accepted.Accepted => {
    const known = classes[rank(criticality)]
    if (known !== undefined) return known
    const counts = Accepted.make(window)
    classes[rank(criticality)] = counts
    return counts
  }

  yield* Series.register(
    all.map((criticality) => [
      Metric.gauge("resilience.throttle.rejection.probability", {
        description: "The share of calls that the throttle refuses now",
        attributes: { name, criticality }
      }),
      () => probability(criticality)
    ])
  )

  return {
    name,
    execute: <A, E, R>(self: Effect.Effect<A, E, R>, classify: Classifier<A, E> = classifyExit) =>
      Effect.suspend(() => {
        let taken: Accepted.Request | undefined
        // The request is counted inside the guarded region, so that an interruption at any point finds it.
        return Effect.onExitPrimitive(
          Effect.withFiber((fiber): Effect.Effect<A, E | CallThrottled, R> => {
            const criticality = fiber.getRef(CurrentCriticality)
            const refusal = probability(criticality)
            const request = countsOf(criticality).request(now())
            if (refusal > 0 && fiber.getRef(Random.Random).nextDoubleUnsafe() < refusal) {
              return Effect.fail(
                stackless(() => new CallThrottled({ name, probability: refusal, criticality }, { disableChecks: true }))
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
    probability: Effect.withFiber((fiber) => Effect.succeed(probability(fiber.getRef(CurrentCriticality))))
  }
})

/** Whether the dependency had no say in how a call ended. */
const saysNothing = (exit: Exit.Exit<unknown, unknown>): boolean =>
  exit._tag === "Failure" && (Cause.hasInterruptsOnly(exit.cause) || Rejection.isIn(exit))
