import { Cause, Clock, Duration, Effect, type Exit, type Fiber, Random, Ref, type Scope, Stream } from "effect"
import { type CircuitBreaker, type Classifier } from "../CircuitBreaker.ts"
import { type CircuitBreakerEvent } from "../CircuitBreakerEvent.ts"
import { CircuitBreakerOptions } from "../CircuitBreakerOptions.ts"
import * as Saved from "../CircuitBreakerSavedState.ts"
import { type CircuitBreakerSnapshot } from "../CircuitBreakerSnapshot.ts"
import * as State from "../CircuitBreakerState.ts"
import * as CircuitOpen from "../CircuitOpen.ts"
import { decode } from "../InvalidOptions.ts"
import * as Alarms from "./Alarms.ts"
import * as CircuitBreakerMetrics from "./CircuitBreakerMetrics.ts"
import type * as EventBus from "./EventBus.ts"
import { now } from "./monotonic.ts"
import * as SpanEvent from "./SpanEvent.ts"

export const TypeId = "~@resync/resilience/CircuitBreaker"

type AnyFiber = Fiber.Fiber<unknown, unknown>

/** What a call costs to judge depends on the options; looked up once for each of them. */
const costs = ({ trip }: CircuitBreakerOptions) => {
  const slowAfter =
    trip._tag === "FailureRate" ? Duration.toMillis(trip.slowCallDurationThreshold) : Number.POSITIVE_INFINITY
  return {
    slowAfter,
    /** Whether a call in a closed breaker needs the time at all. */
    timed:
      slowAfter !== Number.POSITIVE_INFINITY || (trip._tag === "FailureRate" && trip.slidingWindowType === "TIME_BASED")
  }
}

/** The breaker around its state machine. */
export const make: (
  name: string,
  options: CircuitBreakerOptions,
  bus: EventBus.EventBus<CircuitBreakerEvent>,
  classifyExit: Classifier<unknown, unknown>
) => Effect.Effect<CircuitBreaker, never, Scope.Scope> = Effect.fnUntraced(
  function* (name, initialOptions, bus, classifyExit) {
    const clock = yield* Clock.Clock
    const alarms = yield* Alarms.make
    let options = initialOptions
    let cost = costs(options)
    let since = clock.currentTimeMillisUnsafe()
    let holders = 0
    const calls = { successful: 0, failed: 0, ignored: 0, notPermitted: 0 }
    const started = yield* Effect.withFiber((fiber) => Effect.succeed(now(fiber)))
    // Read and written between two suspension points only: JavaScript runs one of them at a time, so each step is atomic.
    const { ref } = yield* Ref.make(State.initial(options, started))

    const at = () => clock.currentTimeMillisUnsafe()
    const monotonic = () => Number(clock.monotonicTimeNanosUnsafe()) / 1_000_000

    let ready: Alarms.Alarm | undefined
    const forgetReady = () => {
      if (ready !== undefined) alarms.clear(ready)
    }
    yield* Effect.addFinalizer(() => Effect.sync(forgetReady))

    const become = (next: State.State, fiber: AnyFiber): void => {
      const previous = ref.current
      ref.current = next
      if (previous._tag === next._tag) return
      forgetReady()
      since = at()
      bus.publish(() => ({ _tag: "StateTransition", name, at: since, from: previous._tag, to: next._tag }))
      SpanEvent.add(fiber, "resilience4j.circuitbreaker.state_transition", { name, from: previous._tag, to: next._tag })
      if (next._tag === "OPEN" && options.automaticTransitionFromOpenToHalfOpenEnabled) {
        // Should it have gone on by then, it is no longer in this state.
        ready = alarms.set(fiber, next.until, () => {
          if (ref.current === next) become(State.probeReady(next, next.until), fiber)
        })
      }
    }

    const tick = (fiber: AnyFiber): State.State => {
      if (ref.current._tag === "HALF_OPEN") become(State.tick(options, ref.current, now(fiber)), fiber)
      return ref.current
    }

    const settle = (
      generation: number,
      outcome: State.Outcome,
      time: number,
      detail: State.Detail,
      fiber: AnyFiber
    ): void => {
      calls[outcome === "success" ? "successful" : outcome === "failure" ? "failed" : "ignored"]++
      if (bus.heard()) {
        bus.publish(() => ({
          _tag: outcome === "success" ? "Success" : outcome === "failure" ? "Error" : "IgnoredError",
          name,
          at: at()
        }))
      }
      const previous = tick(fiber)
      const ended = previous._tag === "HALF_OPEN" ? now(fiber) : time
      const next = State.record(options, previous, generation, outcome, ended, detail)
      if (next === previous) return
      if (next._tag !== "OPEN") {
        become(next, fiber)
        return
      }
      // Only opening needs the exact time and a random number, and getting them would be the dearest part of every call.
      const random = fiber.getRef(Random.Random).nextDoubleUnsafe()
      const opened = State.record(options, previous, generation, outcome, now(fiber), { ...detail, random })
      if (options.trip._tag === "FailureRate") announce(opened)
      become(opened, fiber)
    }

    const announce = (opened: State.State): void => {
      const failureRate = State.failureRate(options, opened)
      const slowCallRate = State.slowCallRate(options, opened)
      if (options.trip._tag === "FailureRate" && failureRate >= options.trip.failureRateThreshold) {
        bus.publish(() => ({ _tag: "FailureRateExceeded", name, at: at(), failureRate }))
      } else {
        bus.publish(() => ({ _tag: "SlowCallRateExceeded", name, at: at(), slowCallRate }))
      }
    }

    const finish = <A, E>(
      generation: number,
      begun: number,
      exit: Exit.Exit<A, E>,
      classify: Classifier<A, E>,
      fiber: AnyFiber
    ): Effect.Effect<void> | undefined => {
      if (exit._tag === "Failure" && Cause.hasInterruptsOnly(exit.cause)) {
        settle(generation, "ignored", 0, {}, fiber)
        return undefined
      }
      let verdict: ReturnType<Classifier<A, E>>
      try {
        verdict = classify(exit)
      } catch (defect) {
        // The permit must come back whatever the classifier does.
        settle(generation, "ignored", 0, {}, fiber)
        return Effect.die(defect)
      }
      const time = cost.timed ? now(fiber) : 0
      const slow = time - begun > cost.slowAfter
      if (typeof verdict === "string") settle(generation, verdict, time, slow ? wasSlow : wasNot, fiber)
      else settle(generation, "failure", time, { slow, retryAfter: Duration.toMillis(verdict.retryAfter) }, fiber)
      return undefined
    }

    const reject = (fiber: AnyFiber, time: number): Effect.Effect<never, CircuitOpen.CircuitOpen> => {
      const state = ref.current
      calls.notPermitted++
      if (bus.heard()) bus.publish(() => ({ _tag: "NotPermitted", name, at: at(), state: state._tag }))
      const retryAfter =
        state._tag === "OPEN" ? state.until - time : state._tag === "FORCED_OPEN" ? Number.POSITIVE_INFINITY : 0
      const error = CircuitOpen.make(
        name,
        state._tag === "DISABLED" || state._tag === "METRICS_ONLY" ? "CLOSED" : state._tag,
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
        if (state._tag === "CLOSED" && state.ramp === undefined) {
          const { generation } = state
          const begun = cost.timed ? now(fiber) : 0
          return Effect.onExitPrimitive(self, (exit) => finish(generation, begun, exit, classify, fiber))
        }
        return admitted(self, classify, fiber)
      })

    // The permit is taken inside the guarded region, so that an interruption at any point finds the finalizer in place.
    const admitted = <A, E, R>(
      self: Effect.Effect<A, E, R>,
      classify: Classifier<A, E>,
      fiber: AnyFiber
    ): Effect.Effect<A, E | CircuitOpen.CircuitOpen, R> => {
      let generation = -1
      let begun = 0
      return Effect.onExitPrimitive(
        Effect.suspend((): Effect.Effect<A, E | CircuitOpen.CircuitOpen, R> => {
          const time = now(fiber)
          become(State.tick(options, ref.current, time), fiber)
          const next = State.admit(options, ref.current, time, fiber.getRef(Random.Random).nextDoubleUnsafe())
          if (next === undefined) return reject(fiber, time)
          generation = next.generation
          begun = time
          become(next, fiber)
          return self
        }),
        (exit) =>
          generation === -1
            ? undefined
            : // Admitted, so the exit is the call's own and not a rejection.
              finish(generation, begun, exit as Exit.Exit<A, E>, classify, fiber)
      )
    }

    const read = () => {
      const time = monotonic()
      const state = State.tick(options, ref.current, time)
      const { calls: bufferedCalls, failures: failedCalls, slow: slowCalls } = State.counts(state, time)
      return {
        state: state._tag,
        failureRate: State.failureRate(options, state, time),
        slowCallRate: State.slowCallRate(options, state, time),
        bufferedCalls,
        failedCalls,
        slowCalls,
        calls
      }
    }

    yield* CircuitBreakerMetrics.register(name, read)

    const snapshot = Effect.withFiber((fiber) => {
      const state = tick(fiber)
      return Effect.succeed<CircuitBreakerSnapshot>({
        name,
        since,
        ...read(),
        calls: { ...calls },
        ...(state._tag === "OPEN"
          ? { retryAfter: Duration.millis(Math.max(0, Math.ceil(state.until - now(fiber)))) }
          : {}),
        options
      })
    })

    const command = (event: State.Event): Effect.Effect<void> =>
      Effect.withFiber((fiber) => {
        become(State.step(options, tick(fiber), event).state, fiber)
        if (event._tag === "Reset") bus.publish(() => ({ _tag: "Reset", name, at: at() }))
        return Effect.void
      })

    const forceOpen = command({ _tag: "ForceOpen" })
    const reset = command({ _tag: "Reset" })

    return {
      [TypeId]: TypeId,
      name,
      execute,
      options: Effect.sync(() => options),
      state: Effect.withFiber((fiber) => Effect.succeed(tick(fiber))),
      stateUnsafe: () => ref.current,
      snapshot,
      events: Stream.filter(bus.stream, (event) => event.name === name),
      droppedEvents: bus.dropped,
      forceOpen,
      forceClose: command({ _tag: "ForceClose" }),
      disable: command({ _tag: "Disable" }),
      metricsOnly: command({ _tag: "MetricsOnly" }),
      reset,
      isolate: Effect.asVoid(
        Effect.acquireRelease(
          Effect.suspend(() => (++holders === 1 ? forceOpen : Effect.void)),
          () => Effect.suspend(() => (--holders === 0 ? reset : Effect.void))
        )
      ),
      reconfigure: (input) =>
        Effect.flatMap(decode(CircuitBreakerOptions, "CircuitBreaker", name)(input), (decoded) => {
          options = decoded
          cost = costs(options)
          return command({ _tag: "Reconfigure" })
        }),
      save: Effect.withFiber((fiber) => Effect.succeed(Saved.save(tick(fiber), { monotonic: now(fiber), wall: at() }))),
      restore: (saved) =>
        Effect.withFiber((fiber) => {
          const clocks = { monotonic: now(fiber), wall: at() }
          become(Saved.restore(options, saved, clocks, ref.current.generation + 1), fiber)
          return Effect.void
        })
    }
  }
)

const wasSlow: State.Detail = { slow: true }
const wasNot: State.Detail = {}
