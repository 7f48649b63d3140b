/**
 * A circuit breaker stops calling a dependency that keeps failing, answers at once instead, and lets a few probes find out
 * when it is back.
 *
 * **Example**
 *
 * ```ts
 * import { Effect } from "effect"
 * import * as CircuitBreaker from "@resync/resilience/CircuitBreaker"
 * import { consecutiveFailures } from "@resync/resilience/CircuitBreakerOptions"
 *
 * const program = Effect.gen(function* () {
 *   const breaker = yield* CircuitBreaker.make("payments", {
 *     trip: consecutiveFailures(3),
 *     waitDurationInOpenState: "30 seconds"
 *   })
 *   return yield* breaker.execute(Effect.fail("unavailable"))
 * })
 * ```
 */
import { Cause, Clock, Duration, Effect, type Exit, type Fiber, Ref, type Scope, Stream } from "effect"
import { type CircuitBreakerEvent } from "./CircuitBreakerEvent.ts"
import { CircuitBreakerOptions, type CircuitBreakerOptionsInput } from "./CircuitBreakerOptions.ts"
import { type CircuitBreakerSnapshot } from "./CircuitBreakerSnapshot.ts"
import * as State from "./CircuitBreakerState.ts"
import * as CircuitOpen from "./CircuitOpen.ts"
import { decode, type InvalidOptions } from "./InvalidOptions.ts"
import * as CircuitBreakerMetrics from "./internal/CircuitBreakerMetrics.ts"
import * as EventBus from "./internal/EventBus.ts"
import { now } from "./internal/monotonic.ts"
import * as Rejection from "./internal/Rejection.ts"
import * as SpanEvent from "./internal/SpanEvent.ts"

export const TypeId = "~@resync/resilience/CircuitBreaker"

/**
 * Says what an exit means for the breaker. An exit that is only an interruption never reaches it: it is always ignored.
 */
export type Classifier<A, E> = (exit: Exit.Exit<A, E>) => State.Outcome

/**
 * The outcome without a classifier: a success is a success, any failure or defect is a failure, and the rejections of our
 * own policies (a full bulkhead, another breaker) are ignored, since they say nothing about the dependency.
 */
export const classifyExit: Classifier<unknown, unknown> = (exit) =>
  exit._tag === "Success" ? "success" : Rejection.isIn(exit) ? "ignored" : "failure"

export interface CircuitBreaker {
  readonly [TypeId]: typeof TypeId
  readonly name: string
  /**
   * Runs an effect through the breaker, or fails with `CircuitOpen` without running it. Interruption counts for nothing.
   *
   * A timeout inside the effect is a failure that counts; a timeout around `execute` is an interruption and does not.
   */
  readonly execute: <A, E, R>(
    self: Effect.Effect<A, E, R>,
    classify?: Classifier<A, E>
  ) => Effect.Effect<A, E | CircuitOpen.CircuitOpen, R>
  readonly options: Effect.Effect<CircuitBreakerOptions>
  readonly state: Effect.Effect<State.State>
  readonly snapshot: Effect.Effect<CircuitBreakerSnapshot>
  /** What happens from now on. A slow subscriber loses the oldest events and holds up nobody. */
  readonly events: Stream.Stream<CircuitBreakerEvent>
  /** Events that slow subscribers lost. */
  readonly droppedEvents: Effect.Effect<number>
  /** Rejects every call until another command. */
  readonly forceOpen: Effect.Effect<void>
  /** Closes with empty counts. */
  readonly forceClose: Effect.Effect<void>
  /** Lets every call through and records nothing until another command. */
  readonly disable: Effect.Effect<void>
  /** Closes with empty counts, also when it is closed already. */
  readonly reset: Effect.Effect<void>
  /** Replaces the options and keeps the state; what was counted under the old ones is dropped. */
  readonly reconfigure: (options: CircuitBreakerOptionsInput) => Effect.Effect<void, InvalidOptions>
}

/**
 * Makes a breaker of its own. Within an application take it from `CircuitBreakerRegistry`, where it can be found, watched
 * and steered. Its metric series go with the scope.
 */
export const make: (
  name: string,
  options?: CircuitBreakerOptionsInput
) => Effect.Effect<CircuitBreaker, InvalidOptions, Scope.Scope> = Effect.fnUntraced(function* (name, options = {}) {
  const decodeOptions = decode(CircuitBreakerOptions, "CircuitBreaker", name)
  const bus = EventBus.make<CircuitBreakerEvent>()
  return yield* makeWith(name, yield* decodeOptions(options), bus)
})

/** Makes a breaker with decoded options and a bus that it may share with others. */
export const makeWith: (
  name: string,
  initialOptions: CircuitBreakerOptions,
  bus: EventBus.EventBus<CircuitBreakerEvent>
) => Effect.Effect<CircuitBreaker, never, Scope.Scope> = Effect.fnUntraced(function* (name, initialOptions, bus) {
  const decodeOptions = decode(CircuitBreakerOptions, "CircuitBreaker", name)
  const clock = yield* Clock.Clock
  let options = initialOptions
  let since = clock.currentTimeMillisUnsafe()
  const calls = { successful: 0, failed: 0, ignored: 0, notPermitted: 0 }
  // Read and written between two suspension points only: JavaScript runs one of them at a time, so each step is atomic.
  const { ref } = yield* Ref.make<State.State>(State.closed(options))

  const at = () => clock.currentTimeMillisUnsafe()

  const become = (next: State.State, fiber: Fiber.Fiber<unknown, unknown>): void => {
    const previous = ref.current
    ref.current = next
    if (previous._tag === next._tag) return
    since = at()
    bus.publish(() => ({ _tag: "StateTransition", name, at: since, from: previous._tag, to: next._tag }))
    SpanEvent.add(fiber, "resilience4j.circuitbreaker.state_transition", { name, from: previous._tag, to: next._tag })
  }

  const settle = (generation: number, outcome: State.Outcome, fiber: Fiber.Fiber<unknown, unknown>): void => {
    const previous = ref.current
    calls[outcome === "success" ? "successful" : outcome === "failure" ? "failed" : "ignored"]++
    if (bus.heard())
      bus.publish(() => ({
        _tag: outcome === "success" ? "Success" : outcome === "failure" ? "Error" : "IgnoredError",
        name,
        at: at()
      }))
    let next = State.record(options, previous, generation, outcome, 0)
    if (next === previous) return
    // Only opening needs the time, and reading it would be the dearest part of every call.
    if (next._tag === "OPEN") next = State.record(options, previous, generation, outcome, now(fiber))
    if (next._tag === "OPEN" && options.trip._tag === "FailureRate") {
      bus.publish(() => ({
        _tag: "FailureRateExceeded",
        name,
        at: at(),
        failureRate: State.failureRate(options, next)
      }))
    }
    become(next, fiber)
  }

  const finish = <A, E>(
    generation: number,
    exit: Exit.Exit<A, E>,
    classify: Classifier<A, E>,
    fiber: Fiber.Fiber<unknown, unknown>
  ): Effect.Effect<void> | undefined => {
    if (exit._tag === "Failure" && Cause.hasInterruptsOnly(exit.cause)) {
      settle(generation, "ignored", fiber)
      return undefined
    }
    let outcome: State.Outcome
    try {
      outcome = classify(exit)
    } catch (defect) {
      // The permit must come back whatever the classifier does.
      settle(generation, "ignored", fiber)
      return Effect.die(defect)
    }
    settle(generation, outcome, fiber)
    return undefined
  }

  const reject = (
    fiber: Fiber.Fiber<unknown, unknown>,
    time: number
  ): Effect.Effect<never, CircuitOpen.CircuitOpen> => {
    const state = ref.current
    calls.notPermitted++
    if (bus.heard()) bus.publish(() => ({ _tag: "NotPermitted", name, at: at(), state: state._tag }))
    const retryAfter =
      state._tag === "OPEN" ? state.until - time : state._tag === "HALF_OPEN" ? 0 : Number.POSITIVE_INFINITY
    const error = CircuitOpen.make(
      name,
      state._tag === "OPEN" || state._tag === "HALF_OPEN" ? state._tag : "FORCED_OPEN",
      retryAfter
    )
    SpanEvent.annotate(fiber, {
      "resilience4j.circuitbreaker.name": name,
      "resilience4j.circuitbreaker.state": error.state,
      // What ends only by a command has no number that every exporter can write.
      ...(Number.isFinite(retryAfter) ? { "resilience4j.circuitbreaker.retry_after_ms": retryAfter } : {})
    })
    SpanEvent.add(fiber, "resilience4j.circuitbreaker.not_permitted", { name, state: error.state })
    return Effect.fail(error)
  }

  const execute: CircuitBreaker["execute"] = (self, classify = classifyExit) =>
    Effect.withFiber((fiber) => {
      const state = ref.current
      if (state._tag === "DISABLED") return self
      if (state._tag === "CLOSED") {
        const { generation } = state
        return Effect.onExitPrimitive(self, (exit) => finish(generation, exit, classify, fiber))
      }
      return probe(self, classify, fiber)
    })

  // The permit is taken inside the guarded region, so that an interruption at any point finds the finalizer in place.
  const probe = <A, E, R>(
    self: Effect.Effect<A, E, R>,
    classify: Classifier<A, E>,
    fiber: Fiber.Fiber<unknown, unknown>
  ): Effect.Effect<A, E | CircuitOpen.CircuitOpen, R> => {
    let generation = -1
    return Effect.onExitPrimitive(
      Effect.suspend((): Effect.Effect<A, E | CircuitOpen.CircuitOpen, R> => {
        const time = now(fiber)
        const next = State.admit(options, ref.current, time)
        if (next === undefined) return reject(fiber, time)
        generation = next.generation
        become(next, fiber)
        return self
      }),
      (exit) =>
        generation === -1
          ? undefined
          : // Admitted, so the exit is the call's own and not a rejection.
            finish(generation, exit as Exit.Exit<A, E>, classify, fiber)
    )
  }

  const read = () => {
    const state = ref.current
    const { calls: bufferedCalls, failures: failedCalls } = State.counts(state)
    return {
      state: state._tag,
      failureRate: State.failureRate(options, state),
      bufferedCalls,
      failedCalls,
      calls
    }
  }

  yield* CircuitBreakerMetrics.register(name, read)

  const snapshot = Effect.withFiber((fiber) => {
    const state = ref.current
    return Effect.succeed<CircuitBreakerSnapshot>({
      name,
      since,
      ...read(),
      calls: { ...calls },
      ...(state._tag === "OPEN" ? { retryAfter: Duration.millis(Math.max(0, state.until - now(fiber))) } : {}),
      options
    })
  })

  const command = (event: State.Event): Effect.Effect<void> =>
    Effect.withFiber((fiber) => {
      become(State.step(options, ref.current, event).state, fiber)
      if (event._tag === "Reset") bus.publish(() => ({ _tag: "Reset", name, at: at() }))
      return Effect.void
    })

  return {
    [TypeId]: TypeId,
    name,
    execute,
    options: Effect.sync(() => options),
    state: Effect.sync(() => ref.current),
    snapshot,
    events: Stream.filter(bus.stream, (event) => event.name === name),
    droppedEvents: bus.dropped,
    forceOpen: command({ _tag: "ForceOpen" }),
    forceClose: command({ _tag: "ForceClose" }),
    disable: command({ _tag: "Disable" }),
    reset: command({ _tag: "Reset" }),
    reconfigure: (input) =>
      Effect.flatMap(decodeOptions(input), (decoded) => {
        options = decoded
        return command({ _tag: "Reconfigure" })
      })
  }
})
