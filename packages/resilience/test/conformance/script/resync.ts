import * as Bulkhead from "@resync/resilience/Bulkhead"
import * as CircuitBreaker from "@resync/resilience/CircuitBreaker"
import {
  type CircuitBreakerOptionsInput,
  consecutiveFailures,
  failureRate
} from "@resync/resilience/CircuitBreakerOptions"
import * as Deadline from "@resync/resilience/Deadline"
import * as Hedge from "@resync/resilience/Hedge"
import type { InvalidOptions } from "@resync/resilience/InvalidOptions"
import * as RateLimiter from "@resync/resilience/RateLimiter"
import * as RetryPolicy from "@resync/resilience/RetryPolicy"
import * as TimeLimiter from "@resync/resilience/TimeLimiter"
import { Duration, Effect, type Scope } from "effect"
import type { BreakerSpec } from "./BreakerCase.ts"
import { effectBreaker, effectPattern } from "./onEffect.ts"
import type { Subject } from "./Subject.ts"
import type { Pattern } from "./TimedCase.ts"

/** The options of a specification. */
export const breakerOptions = (spec: BreakerSpec): CircuitBreakerOptionsInput => ({
  trip:
    "consecutive" in spec.trip
      ? consecutiveFailures(spec.trip.consecutive)
      : failureRate({
          failureRateThreshold: spec.trip.rate,
          slidingWindowType: spec.trip.seconds === undefined ? "COUNT_BASED" : "TIME_BASED",
          slidingWindowSize: spec.trip.seconds ?? spec.trip.calls ?? 100,
          minimumNumberOfCalls: spec.trip.minimum,
          ...(spec.trip.slow === undefined
            ? {}
            : { slowCallRateThreshold: spec.trip.slow.rate, slowCallDurationThreshold: spec.trip.slow.after })
        }),
  onlyFailuresTrip: spec.onlyFailuresTrip,
  waitDurationInOpenState: spec.wait ?? 60_000,
  exponentialBackoffMultiplier: spec.growth?.factor,
  exponentialMaxWaitDurationInOpenState: spec.growth?.max,
  permittedNumberOfCallsInHalfOpenState: spec.probes ?? 1,
  halfOpenVerdict: ({ rate: "RATE", "any failure": "ANY_FAILURE", "early exit": "EARLY_EXIT" } as const)[
    spec.verdict ?? "rate"
  ],
  maxWaitDurationInHalfOpenState: spec.patience?.millis,
  transitionToStateAfterWaitDuration: spec.patience?.next,
  automaticTransitionFromOpenToHalfOpenEnabled: spec.automatic
})

const classify: CircuitBreaker.Classifier<string, string> = (exit) =>
  exit._tag === "Failure" && exit.cause.reasons.some((reason) => reason._tag === "Fail" && reason.error === "ignored")
    ? "ignored"
    : CircuitBreaker.classifyExit(exit)

const policyOf = Effect.fnUntraced(function* (pattern: Pattern) {
  type Execute = (call: Effect.Effect<string, string>, weight: number) => Effect.Effect<string, unknown>
  const retrying = (attempts: number, delay = 0) =>
    RetryPolicy.make("case", { maxAttempts: attempts, baseDelay: delay, factor: 1, maxDelay: delay, jitter: "none" })
  if ("retry" in pattern) {
    const { attempts, delay, factor = 1, max } = pattern.retry
    const retry = yield* RetryPolicy.make("case", {
      maxAttempts: attempts,
      baseDelay: delay,
      factor,
      maxDelay: max ?? Duration.infinity,
      jitter: "none"
    })
    return ((call) => retry.execute(call)) satisfies Execute
  }
  if ("timeout" in pattern) {
    const limiter = yield* TimeLimiter.make("case", pattern.timeout)
    return ((call) => limiter.execute(call)) satisfies Execute
  }
  if ("each" in pattern) {
    const [retry, limiter] = [yield* retrying(pattern.attempts), yield* TimeLimiter.make("case", pattern.each)]
    return ((call) => retry.execute(limiter.execute(call))) satisfies Execute
  }
  if ("whole" in pattern) {
    const retry = yield* retrying(pattern.attempts)
    const deadline = yield* Deadline.make("case", pattern.whole)
    return ((call) => deadline.execute(retry.execute(call))) satisfies Execute
  }
  if ("hedge" in pattern) {
    const hedge = yield* Hedge.make("case", {
      delay: Hedge.fixed(pattern.hedge.delay),
      maxHedgedAttempts: pattern.hedge.extra
    })
    return ((call) => hedge.execute(Hedge.safe(call))) satisfies Execute
  }
  if ("limiter" in pattern) {
    const { limit, patience, period } = pattern.limiter
    const limiter = yield* RateLimiter.make("case", {
      limitForPeriod: limit,
      limitRefreshPeriod: period,
      timeoutDuration: patience
    })
    return ((call, weight) => limiter.execute(call, weight)) satisfies Execute
  }
  if ("breaker" in pattern) {
    const breaker = yield* CircuitBreaker.make("case", { trip: consecutiveFailures(pattern.breaker) })
    if ("bulkhead" in pattern) {
      const bulkhead = yield* Bulkhead.make("case", { maxConcurrentCalls: pattern.bulkhead })
      return ((call) => breaker.execute(bulkhead.execute(call))) satisfies Execute
    }
    const retry = yield* retrying(pattern.attempts, pattern.delay)
    return ((call) => retry.execute(breaker.execute(call))) satisfies Execute
  }
  const { max, patience, queue } = pattern.bulkhead
  const bulkhead = yield* Bulkhead.make("case", {
    maxConcurrentCalls: max,
    maxQueuedCalls: queue,
    maxWaitDuration: patience ?? Duration.infinity
  })
  return ((call, weight) => bulkhead.execute(call, weight)) satisfies Execute
})

/** A specification that the library refuses is a mistake of the case. */
const valid = <A>(self: Effect.Effect<A, InvalidOptions, Scope.Scope>) => Effect.orDie(self)

/** This library. */
export const resync: Subject = {
  name: "resync",
  breaker: (spec) =>
    Effect.map(valid(CircuitBreaker.make("case", breakerOptions(spec))), (breaker) =>
      effectBreaker(
        (call) => breaker.execute(call, classify),
        Effect.map(breaker.state, ({ _tag }) => (_tag === "OPEN" || _tag === "HALF_OPEN" ? _tag : "CLOSED"))
      )
    ),
  pattern: (pattern) =>
    Effect.flatMap(valid(policyOf(pattern)), (execute) =>
      effectPattern(execute, (tag) => (tag === "AttemptTimedOut" || tag === "DeadlineExceeded" ? "timeout" : "refused"))
    )
}
