import { assert, describe, it } from "@effect/vitest"
import { Deferred, Duration, Effect, Exit, Fiber, Scope, Stream } from "effect"
import { TestClock } from "effect/testing"
import type { CircuitBreakerEvent } from "../src/CircuitBreakerEvent.ts"
import { consecutiveFailures } from "../src/CircuitBreakerOptions.ts"
import { CircuitBreakerRegistry } from "../src/CircuitBreakerRegistry.ts"
import * as KeyedCircuitBreaker from "../src/KeyedCircuitBreaker.ts"
import type { KeyedCircuitBreakerOptionsInput } from "../src/KeyedCircuitBreakerOptions.ts"
import * as MetricSeries from "./MetricSeries.ts"

const S = Effect.succeed("up")
const F = Effect.fail("down" as const)

const make = (options?: KeyedCircuitBreakerOptionsInput) =>
  KeyedCircuitBreaker.make("agents", {
    trip: consecutiveFailures(2),
    waitDurationInOpenState: "5 seconds",
    permittedNumberOfCallsInHalfOpenState: 1,
    ...options
  })

type Keyed = KeyedCircuitBreaker.KeyedCircuitBreaker

const run = (breakers: Keyed, key: string, ...calls: ReadonlyArray<Effect.Effect<string, unknown>>) =>
  Effect.forEach(calls, (call) => Effect.exit(breakers.execute(key, call)), { discard: true })

const statesOf = (breakers: Keyed) =>
  Effect.map(breakers.snapshot, (snapshots) => Object.fromEntries(snapshots.map(({ key, state }) => [key, state])))

describe("KeyedCircuitBreaker", () => {
  it.effect("each key fails for itself, and its rejection names both", () =>
    Effect.gen(function* () {
      const breakers = yield* make()
      yield* run(breakers, "a", F, F)
      yield* run(breakers, "b", F)
      assert.deepStrictEqual(yield* statesOf(breakers), { a: "OPEN", b: "CLOSED" })
      const error = yield* Effect.flip(breakers.execute("a", S))
      assert.deepInclude(error, { _tag: "CircuitOpen", name: "agents", key: "a", state: "OPEN" })
      assert.strictEqual(yield* breakers.execute("b", S), "up")
      assert.deepStrictEqual(yield* breakers.keys, ["a", "b"])
      const [first] = yield* breakers.snapshot
      assert.deepInclude(first, { name: "agents", key: "a", state: "OPEN" })
    })
  )

  it.effect("a key is one breaker however many ask for it at once", () =>
    Effect.gen(function* () {
      const breakers = yield* make()
      const all = yield* Effect.all(
        Array.from({ length: 100 }, () => breakers.get("a")),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(new Set(all).size, 1)
    })
  )

  it.effect("a closed one is forgotten when it has been idle, and starts anew", () =>
    Effect.gen(function* () {
      const breakers = yield* make({ idleTimeToLive: "1 minute" })
      yield* run(breakers, "a", F)
      yield* TestClock.adjust("59 seconds")
      yield* run(breakers, "b", F)
      assert.deepStrictEqual(yield* breakers.evictIdle, [])
      yield* TestClock.adjust("1 seconds")
      assert.deepStrictEqual(yield* breakers.evictIdle, ["a"])
      yield* run(breakers, "a", F)
      assert.deepStrictEqual(yield* statesOf(breakers), { b: "CLOSED", a: "CLOSED" })
    })
  )

  it.effect("the coming of another key is enough, and no timer waits for it", () =>
    Effect.gen(function* () {
      const breakers = yield* make({ idleTimeToLive: "1 minute" })
      yield* run(breakers, "a", S)
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(yield* breakers.keys, ["a"])
      yield* run(breakers, "b", S)
      assert.deepStrictEqual(yield* breakers.keys, ["b"])
    })
  )

  it.effect(
    "what is open, probing, warming up, steered or in use is kept, however long and however many there are",
    () =>
      Effect.gen(function* () {
        const breakers = yield* make({ idleTimeToLive: "1 minute", maxKeys: 1, rampDuration: "1 day" })
        yield* run(breakers, "open", F, F)
        yield* run(breakers, "probing", F, F)
        yield* run(breakers, "ramping", F, F)
        yield* TestClock.adjust("5 seconds")
        yield* Effect.forkChild(breakers.execute("probing", Effect.never), { startImmediately: true })
        yield* run(breakers, "ramping", S)
        yield* Effect.forkChild(breakers.execute("busy", Effect.never), { startImmediately: true })
        yield* (yield* breakers.get("disabled")).disable
        yield* TestClock.adjust("1 hour")
        yield* run(breakers, "last", S)
        assert.deepStrictEqual(yield* breakers.evictIdle, [])
        assert.deepStrictEqual(yield* breakers.keys, ["open", "probing", "ramping", "busy", "disabled", "last"])
        yield* TestClock.adjust("1 day")
        assert.deepStrictEqual(yield* breakers.evictIdle, ["last", "ramping"].reverse())
      })
  )

  it.effect("one that is interrupted may be forgotten, and one that is taken up again is not", () =>
    Effect.gen(function* () {
      const breakers = yield* make({ idleTimeToLive: "1 minute" })
      const fiber = yield* Effect.forkChild(breakers.execute("a", Effect.never), { startImmediately: true })
      yield* TestClock.adjust("2 minutes")
      assert.deepStrictEqual(yield* breakers.evictIdle, [])
      yield* Fiber.interrupt(fiber)
      yield* run(breakers, "b", S)
      yield* TestClock.adjust("30 seconds")
      assert.deepStrictEqual(yield* breakers.keys, ["a", "b"])
      yield* run(breakers, "a", S)
      yield* TestClock.adjust("30 seconds")
      assert.deepStrictEqual(yield* breakers.evictIdle, ["b"])
    })
  )

  it.effect("of too many the longest unused go, a tenth at a time", () =>
    Effect.gen(function* () {
      const breakers = yield* make({ maxKeys: 20 })
      for (let n = 0; n < 20; n++) {
        yield* run(breakers, `${n}`, S)
        yield* TestClock.adjust(1)
      }
      yield* run(breakers, "0", S)
      yield* run(breakers, "20", S)
      const keys = yield* breakers.keys
      assert.lengthOf(keys, 19)
      assert.notIncludeMembers([...keys], ["1", "2"])
      assert.includeMembers([...keys], ["0", "3", "20"])
    })
  )

  it.effect("a crowd of keys that are all open is kept whole, and shrinks when it has recovered", () =>
    Effect.gen(function* () {
      const breakers = yield* make({ maxKeys: 10 })
      for (let n = 0; n < 50; n++) yield* run(breakers, `${n}`, F, F)
      assert.lengthOf(yield* breakers.keys, 50)
      yield* breakers.reset
      for (let n = 0; n < 10; n++) yield* run(breakers, `new ${n}`, S)
      assert.isAtMost((yield* breakers.keys).length, 10)
    })
  )

  it.effect("commands are for all keys and those to come, until the next one", () =>
    Effect.gen(function* () {
      const breakers = yield* make()
      yield* run(breakers, "a", S)
      for (const [command, state] of [
        ["forceOpen", "FORCED_OPEN"],
        ["forceHalfOpen", "HALF_OPEN"],
        ["disable", "DISABLED"],
        ["metricsOnly", "METRICS_ONLY"],
        ["forceClose", "CLOSED"]
      ] as const) {
        yield* breakers[command]
        const coming = yield* breakers.get(command)
        assert.strictEqual((yield* (yield* breakers.get("a")).state)._tag, state)
        assert.strictEqual((yield* coming.state)._tag, state === "HALF_OPEN" ? "CLOSED" : state)
      }
      yield* breakers.reset
      assert.deepStrictEqual(new Set(Object.values(yield* statesOf(breakers))), new Set(["CLOSED"]))
    })
  )

  it.effect("new options are for all keys, keep their states and what was commanded", () =>
    Effect.gen(function* () {
      const breakers = yield* make()
      yield* run(breakers, "a", F, F)
      yield* breakers.reconfigure({ trip: consecutiveFailures(1), maxKeys: 7 })
      yield* run(breakers, "b", F)
      assert.deepStrictEqual(yield* statesOf(breakers), { a: "OPEN", b: "OPEN" })
      yield* breakers.forceOpen
      yield* breakers.reconfigure({ trip: consecutiveFailures(5) })
      yield* run(breakers, "c", S)
      assert.deepStrictEqual(yield* statesOf(breakers), { a: "FORCED_OPEN", b: "FORCED_OPEN", c: "FORCED_OPEN" })
      assert.deepStrictEqual((yield* breakers.options).trip, consecutiveFailures(5))
      assert.strictEqual((yield* Effect.flip(breakers.reconfigure({ maxKeys: 0 }))).pattern, "KeyedCircuitBreaker")
      const shared: object = { shared: {} }
      assert.include((yield* Effect.flip(make(shared))).message, "shared")
    })
  )

  it.effect("its events name the key, and those of one key are to be had alone", () =>
    Effect.gen(function* () {
      const breakers = yield* make()
      const [all, one]: [Array<CircuitBreakerEvent>, Array<CircuitBreakerEvent>] = [[], []]
      for (const [events, seen] of [
        [breakers.events, all],
        [(yield* breakers.get("a")).events, one]
      ] as const) {
        yield* events.pipe(
          Stream.runForEach((event) => Effect.sync(() => seen.push(event))),
          Effect.forkScoped({ startImmediately: true })
        )
      }
      yield* run(breakers, "a", F)
      yield* run(breakers, "b", S)
      yield* Effect.yieldNow
      assert.deepStrictEqual(all, [
        { _tag: "Error", name: "agents", key: "a", at: 0 },
        { _tag: "Success", name: "agents", key: "b", at: 0 }
      ])
      assert.deepStrictEqual(one, [all[0]])
      assert.strictEqual(yield* breakers.droppedEvents, 0)
    })
  )

  it.effect("the series are those of all keys, without the keys, and what is counted never goes down", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const breakers = yield* Scope.provide(make({ idleTimeToLive: "1 minute" }), scope)
      yield* run(breakers, "a", F, F, S)
      yield* run(breakers, "b", S, F)
      const calls = { successful: 1, failed: 3, ignored: 0 }
      assert.deepStrictEqual(yield* MetricSeries.read("resilience4j.circuitbreaker.calls"), calls)
      assert.deepInclude(yield* MetricSeries.read("resilience4j.circuitbreaker.state", "state"), { open: 1, closed: 1 })
      yield* breakers.reset
      yield* TestClock.adjust("1 hour")
      yield* breakers.evictIdle
      assert.deepStrictEqual(yield* breakers.keys, [])
      assert.deepStrictEqual(yield* MetricSeries.read("resilience4j.circuitbreaker.calls"), calls)
      assert.deepStrictEqual(yield* MetricSeries.attributes("resilience4j.circuitbreaker.not.permitted.calls"), [
        { name: "agents", kind: "not_permitted" }
      ])
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual(yield* MetricSeries.ids, [])
    }).pipe(MetricSeries.isolated)
  )

  it.effect("a probe's outcome counts for its key, whatever happens to others meanwhile", () =>
    Effect.gen(function* () {
      const breakers = yield* make({ maxKeys: 1 })
      yield* run(breakers, "a", F, F)
      yield* TestClock.adjust("5 seconds")
      const outcome = yield* Deferred.make<string>()
      const probe = yield* Effect.forkChild(breakers.execute("a", Deferred.await(outcome)), { startImmediately: true })
      for (let n = 0; n < 30; n++) yield* run(breakers, `${n}`, S)
      yield* Deferred.succeed(outcome, "up")
      assert.strictEqual(yield* Fiber.join(probe), "up")
      assert.deepInclude(yield* statesOf(breakers), { a: "CLOSED" })
    })
  )
})

describe("CircuitBreakerRegistry with keys", () => {
  const withRegistry = <A, E, R>(self: (registry: CircuitBreakerRegistry["Service"]) => Effect.Effect<A, E, R>) =>
    Effect.provide(
      Effect.flatMap(CircuitBreakerRegistry, self),
      CircuitBreakerRegistry.layer({ configs: { default: { trip: consecutiveFailures(1) } }, tags: { zone: "eu" } })
    )

  it.effect("registers them by name, beside those without", () =>
    withRegistry(
      Effect.fnUntraced(function* (registry) {
        const keyed = yield* registry.registerKeyed("agents", { idleTimeToLive: "1 minute" })
        assert.strictEqual(yield* registry.registerKeyed("agents"), keyed)
        assert.strictEqual(yield* registry.registerKeyed("agents", { idleTimeToLive: 60_000 }), keyed)
        assert.deepStrictEqual(yield* registry.listKeyed, [keyed])
        assert.deepStrictEqual(keyed.tags, { zone: "eu" })
        for (const other of [
          Effect.asVoid(registry.registerKeyed("agents", { idleTimeToLive: "2 minutes" })),
          Effect.asVoid(registry.registerKeyed("agents", { trip: consecutiveFailures(9), idleTimeToLive: "1 minute" })),
          Effect.asVoid(registry.register("agents"))
        ]) {
          assert.strictEqual((yield* Effect.flip(other))._tag, "CircuitBreakerConflict")
        }
        assert.strictEqual((yield* Effect.flip(registry.get("agents")))._tag, "CircuitBreakerNotFound")
        assert.deepStrictEqual(yield* registry.list, [])
      })
    )
  )

  it.effect("snapshot, health and commands reach each key", () =>
    withRegistry(
      Effect.fnUntraced(function* (registry) {
        const keyed = yield* registry.registerKeyed("agents", { waitDurationInOpenState: "5 seconds" })
        yield* registry.register("plain")
        assert.deepStrictEqual(yield* registry.health, { status: "UP", breakers: [] })
        yield* run(keyed, "a", F)
        yield* run(keyed, "b", S)
        assert.deepStrictEqual(
          (yield* registry.snapshot).map(({ key, name, state }) => [name, key, state]),
          [
            ["agents", "a", "OPEN"],
            ["agents", "b", "CLOSED"],
            ["plain", undefined, "CLOSED"]
          ]
        )
        assert.deepStrictEqual(yield* registry.health, {
          status: "CIRCUIT_OPEN",
          breakers: [{ name: "agents", key: "a", state: "OPEN", since: 0, retryAfter: Duration.seconds(5) }]
        })
        yield* registry.forceHalfOpen("agents")
        assert.deepStrictEqual(yield* registry.health, {
          status: "CIRCUIT_HALF_OPEN",
          breakers: [{ name: "agents", key: "a", state: "HALF_OPEN", since: 0 }]
        })
        yield* registry.reconfigure("agents", { trip: consecutiveFailures(4) })
        assert.deepStrictEqual((yield* keyed.options).trip, consecutiveFailures(4))
        yield* registry.reset("agents")
        assert.strictEqual((yield* registry.health).status, "UP")
        yield* registry.forceOpen("plain")
        assert.strictEqual((yield* registry.health).status, "CIRCUIT_OPEN")
        yield* registry.remove("agents")
        assert.deepStrictEqual(yield* registry.listKeyed, [])
      })
    )
  )
})
