import * as CircuitBreaker from "@resync/resilience/CircuitBreaker"
import type { CircuitBreakerEvent } from "@resync/resilience/CircuitBreakerEvent"
import {
  CircuitBreakerOptions,
  type CircuitBreakerOptionsInput,
  consecutiveFailures
} from "@resync/resilience/CircuitBreakerOptions"
import * as State from "@resync/resilience/CircuitBreakerState"
import { Deferred, Effect, Fiber, Schema, Stream } from "effect"

export const S = Effect.succeed("up")
export const F = Effect.fail("down" as const)

/** Opens after three failures in a row. */
export const make = (options?: CircuitBreakerOptionsInput) =>
  CircuitBreaker.make("backend", {
    trip: consecutiveFailures(3),
    waitDurationInOpenState: "5 seconds",
    permittedNumberOfCallsInHalfOpenState: 1,
    ...options
  })

/** Opens at the first failure. */
export const brittle = (options?: CircuitBreakerOptionsInput) => make({ trip: consecutiveFailures(1), ...options })

export const stateOf = (breaker: CircuitBreaker.CircuitBreaker) => Effect.map(breaker.state, (state) => state._tag)

export const run = (breaker: CircuitBreaker.CircuitBreaker, ...calls: ReadonlyArray<Effect.Effect<string, unknown>>) =>
  Effect.forEach(calls, (call) => Effect.exit(breaker.execute(call)), { discard: true })

/** A call that ends when told to. */
export const pending = (breaker: CircuitBreaker.CircuitBreaker) =>
  Effect.gen(function* () {
    const outcome = yield* Deferred.make<string, "down">()
    const fiber = yield* Effect.forkChild(breaker.execute(Deferred.await(outcome)), { startImmediately: true })
    return {
      fiber,
      succeed: Effect.andThen(Deferred.succeed(outcome, "up"), Fiber.await(fiber)),
      fail: Effect.andThen(Deferred.fail(outcome, "down"), Fiber.await(fiber))
    }
  })

/** Collects the events from now on. */
export const watch = Effect.fnUntraced(function* (breaker: CircuitBreaker.CircuitBreaker) {
  const events: Array<CircuitBreakerEvent> = []
  yield* breaker.events.pipe(
    Stream.runForEach((event) => Effect.sync(() => events.push(event))),
    Effect.forkScoped({ startImmediately: true })
  )
  return { events: Effect.as(Effect.yieldNow, events) }
})

const optionsOf = Schema.decodeUnknownSync(CircuitBreakerOptions)

/** The wait of an opening, in milliseconds. */
export const waitOf = (options: CircuitBreakerOptionsInput, attempt: number, random?: number) =>
  State.waitMillis(optionsOf(options), attempt, random === undefined ? {} : { random })

/** The state machine with a memory. Calls come one after the other: when each ended, how, and whether it was slow. */
export const machine = (input: CircuitBreakerOptionsInput) => {
  const options = optionsOf(input)
  let state: State.State = State.closed(options)
  return {
    options,
    get state() {
      return state
    },
    admit(now: number) {
      const step = State.step(options, state, { _tag: "Admit", now })
      state = step.state
      return step.admitted
    },
    record(generation: number, outcome: State.Outcome, now: number, slow = false) {
      state = State.step(options, state, { _tag: "Record", generation, outcome, now, detail: { slow } }).state
    },
    call(now: number, outcome: State.Outcome, slow = false) {
      const admitted = this.admit(now)
      if (admitted) this.record(state.generation, outcome, now, slow)
      return admitted
    },
    event(event: State.Event) {
      state = State.step(options, state, event).state
    },
    counts: (now = 0) => State.counts(state, now),
    failureRate: (now = 0) => State.failureRate(options, state, now),
    slowCallRate: (now = 0) => State.slowCallRate(options, state, now)
  }
}
