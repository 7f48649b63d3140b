/** opossum, as its documentation says to use it: a breaker with a timeout and a capacity, and nothing else. */
import { Effect } from "effect"
import Opossum from "opossum"
import { Lacks, type Subject } from "../../../packages/resilience/test/conformance/script/Subject.ts"
import type { Ending } from "../../../packages/resilience/test/conformance/script/TimedCase.ts"
import * as onPromises from "./onPromises.ts"

const lacks = (what: string) => Effect.fail(new Lacks({ what }))

/** Calls whatever it is fired with. */
const action = (body: () => Promise<string>): Promise<string> => body()

const never = { errorThresholdPercentage: 100, volumeThreshold: Number.MAX_SAFE_INTEGER, timeout: false } as const

const make = (options: ConstructorParameters<typeof Opossum>[1]) =>
  Effect.acquireRelease(
    Effect.sync(() => new Opossum(action, options)),
    (breaker) => Effect.sync(() => breaker.shutdown())
  )

const endingOf = (error: unknown): Ending => {
  const code = error instanceof Error && "code" in error ? error.code : ""
  return code === "ETIMEDOUT" ? "timeout" : code === "ESEMLOCKED" || code === "EOPENBREAKER" ? "refused" : "none"
}

export const opossum: Subject = {
  name: "opossum",
  breaker: Effect.fnUntraced(function* (spec) {
    const { automatic, growth, patience, probes = 1, trip, wait = 60_000 } = spec
    if ("consecutive" in trip && trip.consecutive > 1) return yield* lacks("failures in a row")
    if ("calls" in trip && trip.calls !== undefined) return yield* lacks("a window of calls")
    if ("slow" in trip && trip.slow !== undefined) return yield* lacks("slow calls")
    if (growth !== undefined) return yield* lacks("a wait that grows")
    if (patience !== undefined) return yield* lacks("a bound on the wait for probes")
    if (probes > 1) return yield* lacks("more than one probe")
    if (automatic === false) return yield* lacks("a breaker without a timer")
    const clock = yield* onPromises.timers
    const seconds = "consecutive" in trip ? 10 : (trip.seconds ?? 10)
    const breaker = yield* make({
      timeout: false,
      resetTimeout: wait,
      // Any share of failures is over 0 %, so the first one opens.
      errorThresholdPercentage: "consecutive" in trip ? 0 : trip.rate,
      volumeThreshold: "consecutive" in trip ? 0 : trip.minimum,
      rollingCountTimeout: seconds * 1000,
      rollingCountBuckets: seconds,
      errorFilter: (error) => error instanceof onPromises.Ignored
    })
    return onPromises.breaker(
      clock,
      (body) => breaker.fire(() => body(undefined)),
      () => (breaker.opened ? "OPEN" : breaker.halfOpen ? "HALF_OPEN" : "CLOSED"),
      false
    )
  }),
  pattern: Effect.fnUntraced(function* (of) {
    const clock = yield* onPromises.timers
    const run = (breaker: Opossum<string, [() => Promise<string>]>) =>
      onPromises.pattern(clock, (body) => breaker.fire(() => body(undefined)), endingOf, false)
    if ("timeout" in of) {
      return run(yield* make({ ...never, timeout: Number.isFinite(of.timeout) ? of.timeout : false }))
    }
    if ("bulkhead" in of && "breaker" in of) {
      if (of.breaker > 1) return yield* lacks("failures in a row")
      return run(yield* make({ timeout: false, errorThresholdPercentage: 0, capacity: of.bulkhead }))
    }
    if ("bulkhead" in of) {
      return of.bulkhead.queue > 0
        ? yield* lacks("a line for those that wait")
        : run(yield* make({ ...never, capacity: of.bulkhead.max }))
    }
    return yield* lacks(Object.keys(of).join(" with "))
  })
}
