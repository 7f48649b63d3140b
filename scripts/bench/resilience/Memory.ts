/** What breakers hold on the heap while nothing happens: a window of 100 calls each, used once and then left alone. */
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import type { CircuitBreaker } from "@resync/resilience/CircuitBreaker"
import * as Breaker from "@resync/resilience/CircuitBreaker"
import { failureRate } from "@resync/resilience/CircuitBreakerOptions"
import { CircuitBreakerRegistry } from "@resync/resilience/CircuitBreakerRegistry"
import { Effect, Layer, Metric, type Scope } from "effect"

setFlagsFromString("--expose-gc")
const collect: () => void = runInNewContext("gc")

const options = { trip: failureRate({ slidingWindowSize: 100 }) }

const heap = (): number => {
  collect()
  collect()
  return process.memoryUsage().heapUsed
}

/** Timers that keep the process alive. */
const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length

/** Fibres that have begun and not ended, of all that run with this service. */
const live = { fibers: 0 }
const counting = Effect.provideService(Metric.FiberRuntimeMetrics, {
  recordFiberStart: () => void live.fibers++,
  recordFiberEnd: () => void live.fibers--
})

export interface Memory {
  readonly count: number
  /** The heap that one takes, the place in its registry and its metrics included. */
  readonly bytesPerBreaker: number
  /** Making and registering one, and its first two calls. */
  readonly microsPerBreaker: number
  /** More than there were before. */
  readonly timers: number
  /** The same for fibres. */
  readonly fibers: number
}

const measure = (
  count: number,
  make: (name: string) => Effect.Effect<CircuitBreaker, unknown, Scope.Scope>
): Effect.Effect<Memory, unknown, Scope.Scope> =>
  Effect.gen(function* () {
    const names = Array.from({ length: count }, (_, n) => `breaker-${n}`)
    const breakers: Array<CircuitBreaker | undefined> = Array.from({ length: count })
    const before = { heap: heap(), timers: timers(), fibers: live.fibers, at: process.hrtime.bigint() }
    for (const [n, name] of names.entries()) {
      const breaker = yield* make(name)
      breakers[n] = breaker
      yield* breaker.execute(Effect.void)
      yield* Effect.exit(breaker.execute(Effect.fail("down")))
    }
    const nanos = Number(process.hrtime.bigint() - before.at)
    const bytes = heap() - before.heap
    // Still in use up to here, or they would be garbage too.
    if (breakers.at(-1)?.name !== names.at(-1)) return yield* Effect.die("the last breaker is not the last one made")
    return {
      count,
      bytesPerBreaker: Math.round(bytes / count),
      microsPerBreaker: nanos / count / 1000,
      timers: timers() - before.timers,
      fibers: live.fibers - before.fibers
    }
  })

/** So many breakers in one registry, all of one shared configuration. */
export const registered = (count: number): Effect.Effect<Memory, unknown> =>
  Effect.scoped(
    Effect.flatMap(Layer.build(CircuitBreakerRegistry.layer({ configs: { default: options } })), (context) =>
      Effect.provide(
        Effect.flatMap(CircuitBreakerRegistry, (registry) => measure(count, (name) => registry.register(name))),
        context
      )
    )
  ).pipe(counting)

/** Breakers without a registry. */
export const alone = (count: number): Effect.Effect<Memory, unknown> =>
  Effect.scoped(measure(count, (name) => Breaker.make(name, options))).pipe(counting)
