/**
 * What several processes know together: the circuits and limits that are marked `shared`. It stands on the stores of
 * `effect/persistence`.
 *
 * **Example**
 *
 * ```ts
 * import * as Resilience from "@resync/resilience/Resilience"
 * import { SharedState } from "@resync/resilience/SharedState"
 * import { Layer } from "effect"
 * import type { Redis } from "effect/persistence"
 *
 * declare const redis: Layer.Layer<Redis.Redis>
 *
 * export const layer = Resilience.layer().pipe(Layer.provide(SharedState.layerRedis()), Layer.provide(redis))
 * ```
 */
import { Context, type Duration, Effect, Layer, Option, type Scope } from "effect"
import * as EffectCircuitBreaker from "effect/persistence/CircuitBreaker"
import * as EffectRateLimiter from "effect/persistence/RateLimiter"
import * as Redis from "effect/persistence/Redis"
import * as CircuitReports from "./internal/CircuitReports.ts"
import * as storeGuard from "./internal/storeGuard.ts"
import type { SharedStateUnavailable } from "./SharedStateUnavailable.ts"

type Store = EffectCircuitBreaker.CircuitBreakerStore["Service"]

export class SharedState extends Context.Service<
  SharedState,
  {
    /** Asks whether a call may run. The scope is open as long as it does. */
    readonly admit: (
      circuit: string
    ) => Effect.Effect<
      EffectCircuitBreaker.Admission,
      EffectCircuitBreaker.CircuitBreakerError | SharedStateUnavailable,
      Scope.Scope
    >
    /** Records how an admitted call ended. Answers with the transition that it made, if any. */
    readonly record: (
      outcome: Omit<Parameters<Store["record"]>[0], "key"> & { readonly circuit: string }
    ) => Effect.Effect<
      EffectCircuitBreaker.Transition | undefined,
      EffectCircuitBreaker.CircuitBreakerError | SharedStateUnavailable
    >
    readonly stateOf: (
      circuit: string
    ) => Effect.Effect<EffectCircuitBreaker.State, EffectCircuitBreaker.CircuitBreakerError | SharedStateUnavailable>
    /** Reports that a circuit should open. Answers whether a quorum of processes says so; their reports are then used up. */
    readonly report: (report: CircuitReports.Report) => Effect.Effect<boolean, SharedStateUnavailable>
    /** Closes a circuit and forgets what was counted. */
    readonly clear: (circuit: string) => Effect.Effect<void, SharedStateUnavailable>
    /** Takes permits of a limit. */
    readonly consume: (
      options: Parameters<EffectRateLimiter.RateLimiter["consume"]>[0]
    ) => Effect.Effect<EffectRateLimiter.ConsumeResult, EffectRateLimiter.RateLimiterError | SharedStateUnavailable>
  }
>()("@resync/resilience/SharedState") {
  /** What of it the surroundings have, for a registry that makes its breakers and limits later. */
  static readonly inherited: Effect.Effect<Context.Context<never>> = Effect.map(
    Effect.serviceOption(SharedState),
    Option.match({ onNone: () => Context.empty(), onSome: (state) => Context.make(SharedState, state) })
  )

  /** Within one process: for several registries of it, and for tests. */
  static readonly layerMemory: Layer.Layer<SharedState> = Layer.effect(
    SharedState,
    Effect.suspend(() => make(CircuitReports.memory(), "Infinity"))
  ).pipe(Layer.provide([EffectCircuitBreaker.layerStoreMemory(), EffectRateLimiter.layerStoreMemory]))

  /**
   * Between all processes that use one Redis with one `prefix`, `resync:` by default.
   *
   * - `timeout`: how long an operation may take, 250 milliseconds by default. After three that failed in a row the store is
   *   asked again a second later.
   * - `probeLease`: how long after its process died a probe is given up, 10 seconds by default; it is renewed as long as the
   *   probe runs.
   * - `idleTimeToLive`: how long a circuit is kept that nobody calls, an hour by default.
   */
  static readonly layerRedis = (options?: {
    readonly prefix?: string | undefined
    readonly timeout?: Duration.Input | undefined
    readonly probeLease?: Duration.Input | undefined
    readonly idleTimeToLive?: Duration.Input | undefined
  }): Layer.Layer<SharedState, never, Redis.Redis> => {
    const { idleTimeToLive, prefix = "resync:", probeLease, timeout = "250 millis" } = options ?? {}
    const circuits = `${prefix}circuit:`
    return Layer.effect(
      SharedState,
      Effect.flatMap(Redis.Redis, (redis) =>
        make(CircuitReports.redis(redis, { circuits, reports: `${prefix}reports:` }), timeout)
      )
    ).pipe(
      Layer.provide([
        EffectCircuitBreaker.layerStoreRedis({ prefix: circuits, probeLease, idleTimeToLive }),
        EffectRateLimiter.layerStoreRedis({ prefix: `${prefix}limit:` })
      ])
    )
  }
}

const make = Effect.fnUntraced(function* (reports: CircuitReports.CircuitReports, timeout: Duration.Input) {
  const store = yield* EffectCircuitBreaker.CircuitBreakerStore
  const limiter = yield* EffectRateLimiter.make
  const guard = yield* storeGuard.make(timeout)

  return SharedState.of({
    admit: (circuit) => guard(store.admit(reports.keyOf(circuit))),
    record: ({ circuit, ...outcome }) => guard(store.record({ ...outcome, key: reports.keyOf(circuit) })),
    stateOf: (circuit) => guard(store.state(reports.keyOf(circuit))),
    report: (report) => guard(reports.report(report)),
    clear: (circuit) => guard(reports.clear(circuit)),
    consume: (options) => guard(limiter.consume(options))
  })
})
