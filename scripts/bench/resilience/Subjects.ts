/** Our parts and Effect's own, each called in a loop of one running fibre, the guarded effect built anew for each call. */
import * as Bulkhead from "@resync/resilience/Bulkhead"
import * as CircuitBreaker from "@resync/resilience/CircuitBreaker"
import { consecutiveFailures, failureRate, type TripPolicy } from "@resync/resilience/CircuitBreakerOptions"
import { CircuitBreakerRegistry } from "@resync/resilience/CircuitBreakerRegistry"
import * as Hedge from "@resync/resilience/Hedge"
import * as RateLimiter from "@resync/resilience/RateLimiter"
import * as Resilience from "@resync/resilience/Resilience"
import { ResiliencePolicyRegistry } from "@resync/resilience/ResiliencePolicyRegistry"
import { Duration, Effect, Layer, Ref, type Scope } from "effect"
import { CircuitBreaker as Builtin } from "effect/persistence"
import { call } from "./Peers.ts"
import type { Subject } from "./Rounds.ts"

type Call = () => Effect.Effect<unknown, unknown>

/** The loop itself costs next to nothing, as that of an async function does. */
const looped = (name: string, one: Call): Subject => ({
  name,
  run: (calls) => {
    let n = 0
    return Effect.runPromise(Effect.orDie(Effect.whileLoop({ while: () => n++ < calls, body: one, step: () => {} })))
  }
})

const caught =
  (one: Call): Call =>
  () =>
    Effect.catch(one(), () => Effect.void)

let ran = 0
/** What every Effect subject guards. */
const body = Effect.sync(() => ran++)

const failing = Effect.fail("down")

/** The same async function that the promise subjects call. */
const asyncBody = Effect.promise(call)

const tally = { calls: 0, failures: 0 }

/** What a breaker in a `Ref` cannot do without: ask, run, record. */
const floor = Effect.map(
  Ref.make(tally),
  (ref) => () =>
    Effect.flatMap(
      Ref.modify(ref, (state) => [state.failures < 5, state]),
      () =>
        Effect.onExit(body, () =>
          Ref.modify(ref, (state) => [undefined, { calls: state.calls + 1, failures: state.failures }])
        )
    )
)

const trips: Readonly<Record<string, TripPolicy>> = {
  consecutive: consecutiveFailures(5),
  "count 100": failureRate({ slidingWindowSize: 100 }),
  "time 10 s": failureRate({ slidingWindowType: "TIME_BASED", slidingWindowSize: 10 })
}

const builtin = (tripPolicy: Builtin.TripPolicy) =>
  Effect.flatMap(Layer.build(Builtin.layerStoreMemory()), (store) =>
    Effect.provide(Builtin.make({ tripPolicy, openDuration: "1 hour" }), store)
  )

const policyOptions = {
  retry: { maxAttempts: 3 },
  circuitBreaker: { trip: failureRate({ slidingWindowSize: 100 }) },
  bulkhead: { maxConcurrentCalls: 100 },
  attemptTimeout: "10 seconds"
} as const

/** All of them, alive as long as the scope. The metrics of each of ours are on, as they always are. */
const all = Effect.gen(function* () {
  const subjects: Array<Subject> = [looped("bare effect", () => body), looped("floor", yield* floor)]
  const registry = yield* CircuitBreakerRegistry

  for (const [kind, trip] of Object.entries(trips)) {
    const breaker = yield* registry.register(kind, { trip })
    subjects.push(looped(`ours, ${kind}`, () => breaker.execute(body)))
    const slow = failureRate({
      ...(trip._tag === "FailureRate" ? trip : {}),
      slowCallDurationThreshold: Duration.seconds(60)
    })
    if (trip._tag === "ConsecutiveFailures") continue
    const timed = yield* registry.register(`${kind}, slow calls`, { trip: slow })
    subjects.push(looped(`ours, ${kind}, slow calls`, () => timed.execute(body)))
  }
  // Recording takes as long however much is remembered: a failing call looked at over windows of two sizes.
  for (const size of [100, 100_000]) {
    const never = failureRate({ slidingWindowSize: size, failureRateThreshold: 100 })
    const breaker = yield* registry.register(`failing ${size}`, { trip: never, initialState: "METRICS_ONLY" })
    subjects.push(
      looped(
        `ours, failing call, window of ${size}`,
        caught(() => breaker.execute(failing))
      )
    )
  }
  const open = yield* CircuitBreaker.make("rejection", { waitDurationInOpenState: "1 hour", initialState: "OPEN" })
  subjects.push(
    looped(
      "ours, rejection",
      caught(() => open.execute(body))
    )
  )

  const policies = yield* ResiliencePolicyRegistry
  const policy = yield* policies.register("policy", policyOptions)
  subjects.push(
    looped("ours, policy", () => policy.execute(asyncBody)),
    looped("ours, policy, synchronous call", () => policy.execute(body))
  )
  const hedge = yield* Hedge.make("hedge", { delay: Hedge.fixed("1 second") })
  subjects.push(looped("ours, hedge", () => hedge.execute(Hedge.safe(body))))
  const limiter = yield* RateLimiter.make("limiter", { limitForPeriod: 1_000_000_000 })
  subjects.push(looped("ours, rate limiter", () => limiter.execute(body)))
  const bulkhead = yield* Bulkhead.make("bulkhead", { maxConcurrentCalls: 100 })
  subjects.push(looped("ours, bulkhead", () => bulkhead.execute(body)))

  const consecutive = yield* builtin(Builtin.consecutive(5))
  subjects.push(looped("effect, consecutive", () => consecutive.execute(body, { key: "a" })))
  const rate = yield* builtin(Builtin.rate({ size: 100 }))
  subjects.push(looped("effect, count 100", () => rate.execute(body, { key: "a" })))
  const opened = yield* builtin(Builtin.consecutive(1))
  yield* Effect.exit(opened.execute(Effect.fail("down"), { key: "a" }))
  subjects.push(
    looped(
      "effect, rejection",
      caught(() => opened.execute(body, { key: "a" }))
    )
  )
  return subjects
})

export const make: Effect.Effect<ReadonlyArray<Subject>, unknown, Scope.Scope> = Effect.flatMap(
  Layer.build(Resilience.layer()),
  (registries) => Effect.provide(all, registries)
)
