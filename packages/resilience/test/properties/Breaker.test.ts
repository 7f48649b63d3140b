import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import * as CircuitBreaker from "../../src/CircuitBreaker.ts"
import { type CircuitBreakerOptionsInput, consecutiveFailures, failureRate } from "../../src/CircuitBreakerOptions.ts"
import * as KeyedCircuitBreaker from "../../src/KeyedCircuitBreaker.ts"
import { interleave, sum, type Visit, Visits } from "./interleavings.ts"

const Mode = Schema.Struct({
  trip: Schema.Literals(["row", "calls", "seconds", "slow"]),
  verdict: Schema.Literals(["RATE", "ANY_FAILURE", "EARLY_EXIT"]),
  permitted: Schema.Literals([1, 2, 3]),
  patience: Schema.Literals([0, 15]),
  patienceEnds: Schema.Literals(["OPEN", "CLOSED"]),
  ramp: Schema.Literals([0, 0, 30]),
  reset: Schema.Literals([0, 50]),
  automatic: Schema.Boolean,
  onlyFailures: Schema.Boolean
})

const trips = {
  row: consecutiveFailures(2),
  calls: failureRate({ slidingWindowSize: 4, minimumNumberOfCalls: 2 }),
  seconds: failureRate({ slidingWindowType: "TIME_BASED", slidingWindowSize: 2, minimumNumberOfCalls: 2 }),
  slow: failureRate({
    slidingWindowSize: 4,
    minimumNumberOfCalls: 2,
    failureRateThreshold: 100,
    slowCallRateThreshold: 50,
    slowCallDurationThreshold: 3
  })
}

const optionsOf = (mode: typeof Mode.Type): CircuitBreakerOptionsInput => ({
  trip: trips[mode.trip],
  onlyFailuresTrip: mode.onlyFailures,
  waitDurationInOpenState: 10,
  exponentialBackoffMultiplier: 1.5,
  randomizedWaitFactor: 0.1,
  permittedNumberOfCallsInHalfOpenState: mode.permitted,
  halfOpenVerdict: mode.verdict,
  maxWaitDurationInHalfOpenState: mode.patience,
  transitionToStateAfterWaitDuration: mode.patienceEnds,
  rampDuration: mode.ramp,
  backoffResetDuration: mode.reset,
  automaticTransitionFromOpenToHalfOpenEnabled: mode.automatic
})

const classify: CircuitBreaker.Classifier<string, string> = (exit) =>
  exit._tag === "Failure" && exit.cause.reasons.some((reason) => reason._tag === "Fail" && reason.error === "ignored")
    ? "ignored"
    : CircuitBreaker.classifyExit(exit)

const assertLegal = (breaker: CircuitBreaker.CircuitBreaker, permitted: number) =>
  Effect.gen(function* () {
    const state = yield* breaker.state
    const { bufferedCalls, failedCalls, slowCalls } = yield* breaker.snapshot
    for (const part of [failedCalls, slowCalls]) assert.isTrue(part >= 0 && part <= bufferedCalls)
    if (state._tag === "OPEN") {
      assert.isTrue(state.attempt >= 1 && Number.isFinite(state.until))
    } else if (state._tag === "HALF_OPEN") {
      assert.isTrue(state.admitted >= state.counts.calls && state.counts.calls >= 0, "no permit is freed twice")
      assert.isAtMost(state.admitted + (state.stale?.running ?? 0), permitted)
    }
  })

/** The half-open state that a probe belongs to, whatever changes of options it has seen. */
const episodeOf = (breaker: CircuitBreaker.CircuitBreaker): string | undefined => {
  const state = breaker.stateUnsafe()
  return state._tag === "HALF_OPEN" ? `${state.attempt}@${state.since}` : undefined
}

const run = (mode: typeof Mode.Type, visits: ReadonlyArray<Visit>, command?: CommandOf) =>
  Effect.gen(function* () {
    const breaker = yield* CircuitBreaker.make("b", optionsOf(mode))
    const probes = new Map<string, number>()
    const log = yield* interleave(visits, {
      execute: (body) => breaker.execute(body, classify),
      check: () => assertLegal(breaker, mode.permitted),
      onStart: () => {
        const episode = episodeOf(breaker)
        if (episode === undefined) return undefined
        probes.set(episode, (probes.get(episode) ?? 0) + 1)
        assert.isAtMost(probes.get(episode) ?? 0, mode.permitted, "never more probes than permitted")
        return () => probes.set(episode, (probes.get(episode) ?? 0) - 1)
      },
      command: (visit) => command?.(breaker, visit) ?? Effect.void
    })
    const { calls } = yield* breaker.snapshot
    const counted = sum([calls.successful, calls.failed, calls.ignored])
    // One that is interrupted between its admission and its start counts, as ignored, but never ran.
    assert.isTrue(counted >= log.ran && counted <= log.ran + log.interrupted, "each call counts once")
    const refusals = log.refused.get("CircuitOpen") ?? 0
    assert.isTrue(calls.notPermitted >= refusals && calls.notPermitted <= refusals + log.interrupted)
    assert.isTrue(calls.successful <= log.ended.S && calls.successful >= log.ended.S - log.interrupted)
    assert.deepInclude(log, { running: 0, orphans: 0 })
    const state = yield* breaker.state
    if (state._tag === "HALF_OPEN") {
      assert.strictEqual(state.admitted, state.counts.calls, "every permit is back")
      assert.isUndefined(state.stale)
    }
    yield* breaker.reset
    assert.strictEqual(yield* breaker.execute(Effect.succeed("up")), "up")
  })

type CommandOf = (breaker: CircuitBreaker.CircuitBreaker, visit: Visit) => Effect.Effect<void>

const steer =
  (mode: typeof Mode.Type): CommandOf =>
  (breaker, { after, dice }) => {
    // Time passes between commands, so that one half-open state can be told from the next.
    if (after === 0) return Effect.void
    switch (dice) {
      case 0:
        return breaker.forceOpen
      case 1:
        return breaker.forceClose
      case 2:
        return Effect.ignore(breaker.forceHalfOpen)
      case 3:
        return breaker.metricsOnly
      case 4:
        return breaker.reset
      case 5:
      case 6:
        return Effect.ignore(breaker.reconfigure({ ...optionsOf(mode), trip: trips[dice === 5 ? "row" : "calls"] }))
      case 7:
        return Effect.flatMap(breaker.save, breaker.restore)
      default:
        return Effect.void
    }
  }

describe("a breaker under random interleavings", () => {
  it.effect.prop(
    "in every mode: legal states, never too many probes, no permit lost, each call counted once",
    { mode: Mode, visits: Visits },
    ({ mode, visits }) => Effect.scoped(run(mode, visits)),
    { arbitrary: { runs: 20 } }
  )

  it.effect.prop(
    "the same while an operator steers it and its options change",
    { mode: Mode, visits: Visits },
    ({ mode, visits }) => Effect.scoped(run(mode, visits, steer(mode))),
    { arbitrary: { runs: 20 } }
  )

  it.effect.prop(
    "with keys that come and go: nothing is counted twice or lost, and no key that is not closed is forgotten",
    { visits: Visits },
    ({ visits }) =>
      Effect.scoped(
        Effect.gen(function* () {
          const breakers = yield* KeyedCircuitBreaker.make("k", {
            trip: consecutiveFailures(1),
            waitDurationInOpenState: 20,
            permittedNumberOfCallsInHalfOpenState: 1,
            idleTimeToLive: 5,
            maxKeys: 2
          })
          const open = new Set<string>()
          const log = yield* interleave(visits, {
            execute: (body, { dice }) => breakers.execute(`${dice % 5}`, body, classify),
            check: () =>
              Effect.gen(function* () {
                const snapshots = yield* breakers.snapshot
                const known = new Map(snapshots.map(({ key = "", state }) => [key, state]))
                for (const key of open) assert.isTrue(known.has(key), `${key} was not closed`)
                open.clear()
                for (const [key, state] of known) if (state !== "CLOSED") open.add(key)
              })
          })
          assert.deepInclude(log, { running: 0, orphans: 0 })
        })
      ),
    { arbitrary: { runs: 15 } }
  )
})
