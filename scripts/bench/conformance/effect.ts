/** What Effect itself has, as its documentation says to use it. */
import { Cause, Duration, Effect, Exit, Layer, Schedule, Semaphore } from "effect"
import { CircuitBreaker, RateLimiter } from "effect/persistence"
import type { BreakerSpec } from "../../../packages/resilience/test/conformance/script/BreakerCase.ts"
import { effectBreaker, effectPattern } from "../../../packages/resilience/test/conformance/script/onEffect.ts"
import { Lacks, type Subject } from "../../../packages/resilience/test/conformance/script/Subject.ts"
import type { Pattern } from "../../../packages/resilience/test/conformance/script/TimedCase.ts"

const lacks = (what: string) => Effect.fail(new Lacks({ what }))

const key = "case"

/** Delays that grow up to a cap. */
const growing = (first: number, factor: number, max: number) =>
  Schedule.exponential(first, factor).pipe(
    Schedule.modifyDelay(({ duration }) => Effect.succeed(Duration.min(duration, Duration.millis(max))))
  )

const tripOf = (trip: BreakerSpec["trip"]) =>
  "consecutive" in trip
    ? CircuitBreaker.consecutive(trip.consecutive)
    : CircuitBreaker.rate({ threshold: trip.rate / 100, size: trip.calls ?? 100, minimumCalls: trip.minimum })

const classify = (exit: Exit.Exit<string, string>): CircuitBreaker.Outcome =>
  Exit.isSuccess(exit)
    ? CircuitBreaker.success
    : exit.cause.reasons.some((reason) => Cause.isFailReason(reason) && reason.error === "ignored")
      ? CircuitBreaker.ignored
      : CircuitBreaker.failure()

/** Refused options are nothing that it has. */
const make = (spec: BreakerSpec) =>
  Effect.gen(function* () {
    const { growth, trip, wait = 60_000 } = spec
    const tripPolicy = yield* Effect.try({
      try: () => tripOf(trip),
      catch: (error) => new Lacks({ what: String(error) })
    })
    const openDuration = growth === undefined ? wait : growing(wait, growth.factor, growth.max ?? 86_400_000)
    return yield* CircuitBreaker.make({ tripPolicy, openDuration }).pipe(
      Effect.provide(yield* Layer.build(CircuitBreaker.layerStoreMemory()))
    )
  })

type Execute = (call: Effect.Effect<string, string>, weight: number) => Effect.Effect<string, unknown>

const policyOf = Effect.fnUntraced(function* (of: Pattern) {
  const repeated = (attempts: number, delay: number) => ({ times: attempts - 1, schedule: Schedule.spaced(delay) })
  if ("retry" in of) {
    const { attempts, delay, factor = 1, max = 86_400_000 } = of.retry
    return ((call) => Effect.retry(call, { times: attempts - 1, schedule: growing(delay, factor, max) })) as Execute
  }
  if ("timeout" in of) return ((call) => Effect.timeout(call, of.timeout)) as Execute
  if ("each" in of) return ((call) => Effect.retry(Effect.timeout(call, of.each), repeated(of.attempts, 0))) as Execute
  if ("whole" in of)
    return ((call) => Effect.timeout(Effect.retry(call, repeated(of.attempts, 0)), of.whole)) as Execute
  if ("hedge" in of) return yield* lacks("hedging")
  if ("limiter" in of) {
    const { limit, patience, period } = of.limiter
    if (patience > 0 && patience < period) return yield* lacks("a bound on the wait for a turn")
    const store = yield* Layer.build(RateLimiter.layer.pipe(Layer.provide(RateLimiter.layerStoreMemory)))
    const limiter = yield* Effect.provide(RateLimiter.RateLimiter, store)
    const onExceeded = patience === 0 ? "fail" : "delay"
    return ((call, tokens) =>
      Effect.flatMap(limiter.consume({ limit, window: period, onExceeded, key, tokens }), ({ delay }) =>
        Effect.andThen(Duration.isZero(delay) ? Effect.void : Effect.sleep(delay), call)
      )) as Execute
  }
  if ("breaker" in of) {
    const breaker = yield* make({ trip: { consecutive: of.breaker } })
    if ("bulkhead" in of) {
      const semaphore = yield* Semaphore.make(of.bulkhead)
      return ((call) => withoutLine(semaphore, breaker.execute(call, { key }), 1)) as Execute
    }
    return ((call) => Effect.retry(breaker.execute(call, { key }), repeated(of.attempts, of.delay))) as Execute
  }
  const { full, max, patience, queue } = of.bulkhead
  if (patience !== undefined) return yield* lacks("a bound on the wait for a bulkhead")
  if (full === true) return yield* lacks("a bound on the line of those that wait")
  const semaphore = yield* Semaphore.make(max)
  return ((call, permits) =>
    queue === 0 ? withoutLine(semaphore, call, permits) : semaphore.withPermits(permits)(call)) as Execute
})

/** Refuses what finds no permit. */
const withoutLine = (semaphore: Semaphore.Semaphore, call: Effect.Effect<string, unknown>, permits: number) =>
  Effect.flatMap(semaphore.withPermitsIfAvailable(permits)(call), (ran) =>
    ran._tag === "Some" ? Effect.succeed(ran.value) : Effect.fail({ _tag: "NoPermit" })
  )

export const builtIn: Subject = {
  name: "effect",
  breaker: Effect.fnUntraced(function* (spec) {
    const { automatic, patience, probes = 1, trip } = spec
    if ("seconds" in trip && trip.seconds !== undefined) return yield* lacks("a window of time")
    if ("slow" in trip && trip.slow !== undefined) return yield* lacks("slow calls")
    if (spec.onlyFailuresTrip === true) return yield* lacks("a choice of what may open it")
    if (probes > 1) return yield* lacks("more than one probe")
    if (patience !== undefined) return yield* lacks("a bound on the wait for probes")
    if (automatic === true) return yield* lacks("a timer that goes half-open")
    const breaker = yield* make(spec)
    return effectBreaker(
      (call) => breaker.execute(call, { key, classify }),
      Effect.map(Effect.orDie(breaker.state(key)), ({ _tag }) =>
        _tag === "Open" ? "OPEN" : _tag === "HalfOpen" ? "HALF_OPEN" : "CLOSED"
      )
    )
  }),
  pattern: (of) =>
    Effect.flatMap(policyOf(of), (execute) =>
      effectPattern(execute, (tag) => (tag === "TimeoutError" ? "timeout" : "refused"))
    )
}
