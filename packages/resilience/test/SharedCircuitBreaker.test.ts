import { assert, describe, it } from "@effect/vitest"
import { Cause, Context, Deferred, Duration, Effect, Exit, Fiber, Layer, Stream } from "effect"
import { TestClock } from "effect/testing"
import { failureWithRetryAfter } from "../src/CircuitBreaker.ts"
import type { CircuitBreakerEvent } from "../src/CircuitBreakerEvent.ts"
import { type CircuitBreakerOptionsInput, consecutiveFailures, failureRate } from "../src/CircuitBreakerOptions.ts"
import { CircuitBreakerRegistry } from "../src/CircuitBreakerRegistry.ts"
import { SharedState } from "../src/SharedState.ts"

const shared: CircuitBreakerOptionsInput = {
  trip: consecutiveFailures(2),
  waitDurationInOpenState: "10 seconds",
  permittedNumberOfCallsInHalfOpenState: 1,
  shared: {}
}

const F = Effect.fail("down" as const)
const S = Effect.succeed("up" as const)

/** Registries that share one state, as processes would: the breaker of this name in each. */
const nodes = Effect.fnUntraced(function* (count: number, options: CircuitBreakerOptionsInput = shared) {
  const state = yield* Layer.build(SharedState.layerMemory)
  return yield* Effect.forEach(Array.from({ length: count }), () =>
    Layer.build(Layer.fresh(CircuitBreakerRegistry.layer())).pipe(
      Effect.provideContext(state),
      Effect.flatMap((context) => Context.get(context, CircuitBreakerRegistry).register("payments", options))
    )
  )
})

const pair = (options?: CircuitBreakerOptionsInput) =>
  Effect.map(nodes(2, options), ([a, b]) => {
    if (a === undefined || b === undefined) throw new Error("two nodes")
    return [a, b] as const
  })

describe("a shared circuit breaker", () => {
  it.effect("opens for all by what the calls of all came to", () =>
    Effect.gen(function* () {
      const [a, b] = yield* pair()
      yield* Effect.exit(a.execute(F))
      yield* Effect.exit(b.execute(F))
      const rejected = yield* Effect.flip(a.execute(S))
      assert(rejected instanceof Object && rejected._tag === "CircuitOpen")
      assert.deepStrictEqual([rejected.state, Duration.toMillis(rejected.retryAfter)], ["OPEN", 10_000])
      yield* TestClock.adjust("4 seconds")
      const other = yield* Effect.flip(b.execute(S))
      assert.strictEqual(Duration.toMillis(other.retryAfter), 6_000)
    })
  )

  it.effect("counts a window of calls together", () =>
    Effect.gen(function* () {
      const [a, b] = yield* pair({ ...shared, trip: failureRate({ slidingWindowSize: 4 }) })
      yield* a.execute(S)
      yield* Effect.exit(b.execute(F))
      yield* b.execute(S)
      assert.strictEqual((yield* b.state)._tag, "CLOSED")
      yield* Effect.exit(a.execute(F))
      assert.strictEqual((yield* b.state)._tag, "OPEN")
    })
  )

  it.effect("an interrupted probe leaves the place to the next, and a failed one waits longer", () =>
    Effect.gen(function* () {
      const [a, b] = yield* pair({ ...shared, exponentialBackoffMultiplier: 2 })
      yield* Effect.exit(a.execute(F))
      yield* Effect.exit(a.execute(F))
      yield* TestClock.adjust("10 seconds")
      const probe = yield* Effect.forkChild(a.execute(Effect.never), { startImmediately: true })
      yield* Fiber.interrupt(probe)
      yield* Effect.exit(b.execute(F))
      const rejected = yield* Effect.flip(a.execute(S))
      assert.strictEqual(Duration.toMillis(rejected.retryAfter), 20_000)
    })
  )

  it.effect("a dependency that asks for a wait gets it", () =>
    Effect.gen(function* () {
      const [a, b] = yield* pair({ ...shared, openOnRetryAfter: true })
      yield* Effect.exit(a.execute(F, () => failureWithRetryAfter("1 minute")))
      assert.strictEqual(Duration.toMillis((yield* Effect.flip(b.execute(S))).retryAfter), 60_000)
    })
  )

  it.effect("a classifier that throws gives back the probe", () =>
    Effect.gen(function* () {
      const [a, b] = yield* pair()
      yield* Effect.exit(a.execute(F))
      yield* Effect.exit(a.execute(F))
      yield* TestClock.adjust("10 seconds")
      const exit = yield* Effect.exit(
        a.execute(S, () => {
          throw new Error("bug")
        })
      )
      assert(Exit.isFailure(exit) && Cause.hasDies(exit.cause))
      assert.strictEqual(yield* b.execute(S), "up")
    })
  )

  it.effect("tells of transitions as each node sees them, and counts its own calls", () =>
    Effect.gen(function* () {
      const [a, b] = yield* pair()
      const events: Array<CircuitBreakerEvent> = []
      yield* b.events.pipe(
        Stream.runForEach((event) => Effect.sync(() => events.push(event))),
        Effect.forkScoped({ startImmediately: true })
      )
      yield* Effect.exit(a.execute(F))
      yield* Effect.exit(a.execute(F))
      yield* Effect.exit(b.execute(S))
      yield* TestClock.adjust("10 seconds")
      yield* b.execute(S)
      yield* Effect.yieldNow
      assert.deepStrictEqual(
        events.map((event) => (event._tag === "StateTransition" ? `${event.from} > ${event.to}` : event._tag)),
        ["CLOSED > OPEN", "NotPermitted", "OPEN > HALF_OPEN", "Success", "HALF_OPEN > CLOSED"]
      )
      const snapshot = yield* b.snapshot
      assert.deepStrictEqual(snapshot.calls, { successful: 1, failed: 0, ignored: 0, notPermitted: 1 })
    })
  )

  it.effect("a command steers one node, a reset closes it for all", () =>
    Effect.gen(function* () {
      const [a, b] = yield* pair()
      yield* a.forceOpen
      assert.strictEqual((yield* Effect.flip(a.execute(S))).state, "FORCED_OPEN")
      assert.strictEqual(yield* b.execute(S), "up")
      yield* a.forceClose
      yield* Effect.exit(a.execute(F))
      yield* Effect.exit(a.execute(F))
      assert.strictEqual((yield* b.state)._tag, "OPEN")
      yield* a.reset
      assert.strictEqual(yield* b.execute(S), "up")
      yield* Effect.exit(b.execute(F))
      assert.strictEqual((yield* b.state)._tag, "CLOSED")
    })
  )

  it.effect("the end of an isolation closes nothing for the others", () =>
    Effect.gen(function* () {
      const [a, b] = yield* pair()
      yield* Effect.exit(a.execute(F))
      yield* Effect.exit(a.execute(F))
      yield* Effect.scoped(a.isolate)
      assert.strictEqual((yield* Effect.flip(b.execute(S))).state, "OPEN")
      assert.strictEqual((yield* Effect.flip(a.execute(S))).state, "OPEN")
    })
  )

  it.effect("a disabled node and one that only measures let all through and tell the others nothing", () =>
    Effect.gen(function* () {
      const [a, b] = yield* pair()
      yield* a.disable
      yield* Effect.exit(a.execute(F))
      yield* a.metricsOnly
      yield* Effect.exit(a.execute(F))
      yield* Effect.exit(a.execute(F))
      assert.strictEqual((yield* a.snapshot).calls.failed, 2)
      assert.strictEqual((yield* b.state)._tag, "CLOSED")
    })
  )

  it.effect("a call from before an opening changes nothing after it", () =>
    Effect.gen(function* () {
      const [a, b] = yield* pair()
      const answer = yield* Deferred.make<never, "down">()
      const old = yield* Effect.forkChild(Effect.exit(a.execute(Deferred.await(answer))), { startImmediately: true })
      yield* Effect.exit(b.execute(F))
      yield* Effect.exit(b.execute(F))
      yield* TestClock.adjust("10 seconds")
      yield* b.execute(S)
      yield* Deferred.fail(answer, "down")
      yield* Fiber.join(old)
      yield* Effect.exit(b.execute(F))
      assert.strictEqual((yield* a.state)._tag, "CLOSED")
    })
  )
})

describe("a quorum", () => {
  const quorum = { ...shared, shared: { quorum: 2 } }

  it.effect("a report stands only so long", () =>
    Effect.gen(function* () {
      const [a, b] = yield* pair(quorum)
      yield* Effect.exit(a.execute(F))
      yield* Effect.exit(a.execute(F))
      yield* TestClock.adjust("10 seconds")
      yield* Effect.exit(b.execute(F))
      yield* Effect.exit(b.execute(F))
      assert.strictEqual((yield* a.state)._tag, "CLOSED")
    })
  )

  it.effect("each node may judge by time and by slowness", () =>
    Effect.gen(function* () {
      const trip = failureRate({
        slidingWindowType: "TIME_BASED",
        slidingWindowSize: 10,
        minimumNumberOfCalls: 2,
        slowCallRateThreshold: 50,
        slowCallDurationThreshold: "1 second"
      })
      const [a, b] = yield* pair({ ...quorum, trip })
      const slow = Effect.all(
        [a, a, b, b].map((breaker) => breaker.execute(Effect.delay(S, "2 seconds"))),
        { concurrency: "unbounded" }
      )
      yield* Effect.forkChild(slow, { startImmediately: true })
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual((yield* a.state)._tag, "OPEN")
    })
  )
})

describe("options of a shared circuit breaker", () => {
  const wrong = (options: CircuitBreakerOptionsInput, says: RegExp) =>
    it.effect(`refuses ${says.source}`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(nodes(1, { ...shared, ...options }))
        assert.strictEqual(error._tag, "InvalidOptions")
        assert.match(error.message, says)
      })
    )

  wrong({ permittedNumberOfCallsInHalfOpenState: 2 }, /permittedNumberOfCallsInHalfOpenState/)
  wrong({ maxWaitDurationInHalfOpenState: "1 second" }, /maxWaitDurationInHalfOpenState/)
  wrong({ automaticTransitionFromOpenToHalfOpenEnabled: true }, /automaticTransition/)
  wrong({ rampDuration: "1 second" }, /rampDuration/)
  wrong({ initialState: "OPEN" }, /initialState/)
  wrong({ trip: failureRate({ slidingWindowType: "TIME_BASED" }) }, /a window of calls, or a quorum/)
  wrong({ trip: failureRate({ slowCallDurationThreshold: "1 second" }) }, /slowCallDurationThreshold/)

  it.effect("without a state to share the breaker is the process's own", () =>
    Effect.gen(function* () {
      const registry = yield* CircuitBreakerRegistry
      const breaker = yield* registry.register("alone", { ...shared, shared: { quorum: 2 } })
      yield* Effect.exit(breaker.execute(F))
      yield* Effect.exit(breaker.execute(F))
      assert.strictEqual((yield* Effect.flip(breaker.execute(S))).state, "OPEN")
    }).pipe(Effect.provide(CircuitBreakerRegistry.layer()))
  )

  it.effect("are changed while it runs, but for what they share", () =>
    Effect.gen(function* () {
      const [a] = yield* pair()
      yield* a.reconfigure({ ...shared, trip: consecutiveFailures(1) })
      const error = yield* Effect.flip(a.reconfigure({ ...shared, shared: { quorum: 2 } }))
      assert.strictEqual(error._tag, "InvalidOptions")
      yield* Effect.exit(a.execute(F))
      assert.strictEqual((yield* a.state)._tag, "OPEN")
    })
  )
})
