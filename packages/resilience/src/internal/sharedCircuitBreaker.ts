import { Clock, Duration, Effect, Equal, Random, type Scope } from "effect"
import type { CircuitBreaker } from "../CircuitBreaker.ts"
import { CircuitBreakerOptions } from "../CircuitBreakerOptions.ts"
import * as Saved from "../CircuitBreakerSavedState.ts"
import type { CircuitBreakerSharing } from "../CircuitBreakerSharing.ts"
import * as State from "../CircuitBreakerState.ts"
import { IllegalTransition } from "../IllegalTransition.ts"
import { decode, InvalidOptions } from "../InvalidOptions.ts"
import type { SharedState } from "../SharedState.ts"
import type { BreakerHost } from "./BreakerHost.ts"
import { TypeId } from "./breakerTypeId.ts"
import * as CircuitBreakerMetrics from "./CircuitBreakerMetrics.ts"
import * as CircuitSignals from "./CircuitSignals.ts"
import { now } from "./monotonic.ts"
import { SharedCircuit } from "./SharedCircuit.ts"
import * as sharedExecute from "./sharedExecute.ts"

/**
 * The breaker whose verdict several processes share. Its events, metrics and counts are of the calls of this process, its state
 * is the one that the store told it last. Commands steer this process; `forceClose` and `reset` also close the circuit for all.
 */
export const make: (
  host: BreakerHost,
  name: string,
  options: CircuitBreakerOptions,
  sharing: CircuitBreakerSharing,
  tags: Readonly<Record<string, string>> | undefined,
  shared: SharedState["Service"]
) => Effect.Effect<CircuitBreaker, never, Scope.Scope> = Effect.fnUntraced(function* (
  host,
  name,
  options,
  sharing,
  tags = {},
  shared
) {
  const { bus } = host
  const clock = yield* Clock.Clock
  const node = String(yield* Random.next)
  const signals = CircuitSignals.make(name, bus)
  const circuit = new SharedCircuit(options, sharing, signals, clock.currentTimeMillisUnsafe())
  const monotonic = yield* Effect.withFiber((fiber) => Effect.succeed(() => now(fiber)))
  let holders = 0

  const read = () => {
    const time = monotonic()
    const counted = circuit.current._tag === "OPEN" ? circuit.current : circuit.judge
    const { calls: bufferedCalls, failures: failedCalls, slow: slowCalls } = State.counts(counted, time)
    return {
      state: circuit.current._tag,
      failureRate: State.failureRate(circuit.options, counted, time),
      slowCallRate: State.slowCallRate(circuit.options, counted, time),
      bufferedCalls,
      failedCalls,
      slowCalls,
      calls: circuit.calls
    }
  }
  yield* CircuitBreakerMetrics.register(host.context, { ...tags, name }, read)

  /** The state that the store has now, or the last one known while it does not answer. */
  const state = Effect.withFiber((fiber) =>
    circuit.steered
      ? Effect.succeed(circuit.current)
      : Effect.match(shared.stateOf(name), {
          onSuccess: (seen) => {
            circuit.see(fiber, seen)
            return circuit.current
          },
          onFailure: () => circuit.current
        })
  )

  const steer = (event: State.Event) =>
    Effect.withFiber((fiber) => {
      circuit.become(fiber, State.step(circuit.options, circuit.current, event).state)
      return Effect.void
    })
  const follow = steer({ _tag: "ForceClose" })
  const clear = Effect.catch(shared.clear(name), (error) =>
    Effect.logWarning("a shared circuit breaker could not be closed for the other processes", error)
  )
  const forceOpen = steer({ _tag: "ForceOpen" })

  return {
    [TypeId]: TypeId,
    name,
    key: undefined,
    tags,
    execute: sharedExecute.make({ name, node, circuit, signals, shared }),
    options: Effect.sync(() => circuit.options),
    state,
    stateUnsafe: () => circuit.current,
    snapshot: Effect.map(state, (known) => ({
      name,
      ...(Object.keys(tags).length === 0 ? {} : { tags }),
      since: circuit.since,
      ...read(),
      calls: { ...circuit.calls },
      ...(known._tag === "OPEN"
        ? { retryAfter: Duration.millis(Math.max(0, Math.ceil(known.until - monotonic()))) }
        : {}),
      options: circuit.options
    })),
    events: bus.streamOf(name),
    droppedEvents: bus.droppedOf(name),
    forceOpen,
    forceClose: Effect.andThen(follow, clear),
    forceHalfOpen: Effect.flatMap(state, ({ _tag: from }) =>
      from === "HALF_OPEN" ? Effect.void : Effect.fail(new IllegalTransition({ name, from, to: "HALF_OPEN" }))
    ),
    disable: steer({ _tag: "Disable" }),
    metricsOnly: steer({ _tag: "MetricsOnly" }),
    reset: Effect.withFiber((fiber) => {
      circuit.become(fiber, State.closed(circuit.options))
      circuit.forget()
      signals.reset(fiber)
      return clear
    }),
    isolate: Effect.asVoid(
      Effect.acquireRelease(
        Effect.suspend(() => (++holders === 1 ? forceOpen : Effect.void)),
        () => Effect.suspend(() => (--holders === 0 ? follow : Effect.void))
      )
    ),
    reconfigure: (input) =>
      Effect.flatMap(decode(CircuitBreakerOptions, "CircuitBreaker", name)(input), (next) => {
        if (!Equal.equals(next.shared, sharing)) {
          return new InvalidOptions({
            pattern: "CircuitBreaker",
            name,
            message: "shared cannot change while the breaker runs"
          })
        }
        circuit.options = next
        circuit.forget()
        return Effect.void
      }),
    save: Effect.withFiber((fiber) =>
      Effect.succeed(Saved.save(circuit.current, { monotonic: now(fiber), wall: clock.currentTimeMillisUnsafe() }))
    ),
    // What is shared outlives a process by itself; only what an operator said to this one has to be kept for it.
    restore: (saved) =>
      saved.state === "FORCED_OPEN"
        ? forceOpen
        : saved.state === "DISABLED"
          ? steer({ _tag: "Disable" })
          : saved.state === "METRICS_ONLY"
            ? steer({ _tag: "MetricsOnly" })
            : Effect.void
  }
})
