/** cockatiel, as its documentation says to use it. */
import {
  BrokenCircuitError,
  BulkheadRejectedError,
  bulkhead,
  CircuitState,
  ConsecutiveBreaker,
  ConstantBackoff,
  CountBreaker,
  circuitBreaker,
  DelegateBackoff,
  handleAll,
  handleWhen,
  type IPolicy,
  retry,
  SamplingBreaker,
  TaskCancelledError,
  TimeoutStrategy,
  timeout,
  wrap
} from "cockatiel"
import { Effect } from "effect"
import type { BreakerSpec } from "../../../packages/resilience/test/conformance/script/BreakerCase.ts"
import { Lacks, type Subject } from "../../../packages/resilience/test/conformance/script/Subject.ts"
import type { Ending, Pattern } from "../../../packages/resilience/test/conformance/script/TimedCase.ts"
import * as onPromises from "./onPromises.ts"

const lacks = (what: string) => Effect.fail(new Lacks({ what }))

/** Refused options are nothing that it has. */
const made = <A>(make: () => A): Effect.Effect<A, Lacks> =>
  Effect.try({ try: make, catch: (error) => new Lacks({ what: String(error) }) })

/** Waits that grow by a factor, without jitter, which its own exponential ones always have or round. */
const growing = (first: number, factor: number, max: number) =>
  new DelegateBackoff<unknown, number>((_, state) => {
    const delay = Math.min(max, state ?? first)
    return { delay, state: delay * factor }
  })

const tripOf = (trip: BreakerSpec["trip"]) => {
  if ("consecutive" in trip) return new ConsecutiveBreaker(trip.consecutive)
  const threshold = trip.rate / 100
  return trip.seconds === undefined
    ? new CountBreaker({ threshold, size: trip.calls ?? 100, minimumNumberOfCalls: trip.minimum })
    : new SamplingBreaker({ threshold, duration: trip.seconds * 1000, minimumRps: trip.minimum / trip.seconds })
}

const names = {
  [CircuitState.Closed]: "CLOSED",
  [CircuitState.Open]: "OPEN",
  [CircuitState.HalfOpen]: "HALF_OPEN",
  [CircuitState.Isolated]: "OPEN"
} as const

const policyOf = (of: Pattern): Effect.Effect<IPolicy, Lacks> => {
  const attempts = (most: number, delay: number) =>
    retry(handleAll, { maxAttempts: most - 1, backoff: new ConstantBackoff(delay) })
  const within = (millis: number) => timeout(millis, TimeoutStrategy.Cooperative)
  const consecutive = (failures: number) =>
    circuitBreaker(handleAll, { halfOpenAfter: 60_000, breaker: new ConsecutiveBreaker(failures) })
  if ("retry" in of) {
    const { attempts: most, delay, factor = 1, max = Number.MAX_SAFE_INTEGER } = of.retry
    return made(() => retry(handleAll, { maxAttempts: most - 1, backoff: growing(delay, factor, max) }))
  }
  if ("timeout" in of) return made(() => within(of.timeout))
  if ("each" in of) return made(() => wrap(attempts(of.attempts, 0), within(of.each)))
  if ("whole" in of) return made(() => wrap(within(of.whole), attempts(of.attempts, 0)))
  if ("limiter" in of) return lacks("rate limits")
  if ("hedge" in of) return lacks("hedging")
  if ("breaker" in of) {
    return made(() =>
      "bulkhead" in of
        ? wrap(consecutive(of.breaker), bulkhead(of.bulkhead))
        : wrap(attempts(of.attempts, of.delay), consecutive(of.breaker))
    )
  }
  const { max, patience, queue } = of.bulkhead
  return patience === undefined ? made(() => bulkhead(max, queue)) : lacks("a bound on the wait for a bulkhead")
}

const endingOf = (error: unknown): Ending =>
  error instanceof TaskCancelledError
    ? "timeout"
    : error instanceof BulkheadRejectedError || error instanceof BrokenCircuitError
      ? "refused"
      : "none"

export const cockatiel: Subject = {
  name: "cockatiel",
  breaker: Effect.fnUntraced(function* (spec) {
    if (!("consecutive" in spec.trip) && spec.trip.slow !== undefined) return yield* lacks("slow calls")
    if (spec.patience !== undefined) return yield* lacks("a bound on the wait for probes")
    if (spec.verdict === "early exit") return yield* lacks("a verdict as soon as it is sure")
    if (spec.automatic === true) return yield* lacks("a timer that goes half-open")
    const { growth, probes = 1, verdict = "rate", wait = 60_000 } = spec
    const share = "consecutive" in spec.trip || verdict === "any failure" ? 0 : spec.trip.rate / 100
    const clock = yield* onPromises.timers
    const breaker = yield* made(() =>
      circuitBreaker(
        handleWhen((error) => !(error instanceof onPromises.Ignored)),
        {
          breaker: tripOf(spec.trip),
          halfOpenAfter: growth === undefined ? wait : growing(wait, growth.factor, growth.max ?? Number.MAX_VALUE),
          halfOpenSampling: { calls: probes, threshold: share }
        }
      )
    )
    return onPromises.breaker(
      clock,
      (body, signal) => breaker.execute(({ signal }) => body(signal), signal),
      () => names[breaker.state],
      true
    )
  }),
  pattern: Effect.fnUntraced(function* (of) {
    const clock = yield* onPromises.timers
    const policy = yield* policyOf(of)
    return onPromises.pattern(
      clock,
      (body, signal) => policy.execute((context) => body(context.signal), signal) as Promise<string>,
      endingOf,
      true
    )
  })
}
