import { assert, describe, it } from "@effect/vitest"
import { Deferred, Duration, Effect, Exit, Fiber, References } from "effect"
import * as EffectCircuitBreaker from "effect/persistence/CircuitBreaker"
import { TestClock } from "effect/testing"
import type { CircuitBreaker } from "../src/CircuitBreaker.ts"
import { failureWithRetryAfter } from "../src/CircuitBreaker.ts"
import { type CircuitBreakerOptionsInput, failureRate } from "../src/CircuitBreakerOptions.ts"
import * as RecordingLogger from "./RecordingLogger.ts"
import * as ScriptedState from "./ScriptedState.ts"

const { opening, shared } = ScriptedState
const quorum: CircuitBreakerOptionsInput = { ...shared, shared: { quorum: 2 } }
const strict: CircuitBreakerOptionsInput = { ...shared, shared: { onStoreError: "fail" } }

const F = Effect.fail("down" as const)
const S = Effect.succeed("up" as const)
const ignore = () => "ignored" as const

const open = (millis: number) =>
  ScriptedState.refusal(new EffectCircuitBreaker.CircuitOpen({ key: "payments", retryAfter: Duration.millis(millis) }))
const halfOpen = ScriptedState.refusal(new EffectCircuitBreaker.CircuitHalfOpen({ key: "payments" }))

/** A call that ends when it is told to. */
const pending = Effect.fnUntraced(function* (node: CircuitBreaker) {
  const answer = yield* Deferred.make<string, "down">()
  const fiber = yield* Effect.forkChild(node.execute(Deferred.await(answer)), { startImmediately: true })
  return { fails: Effect.andThen(Deferred.fail(answer, "down"), Fiber.await(fiber)) }
})

describe("what a shared circuit breaker tells its store", () => {
  it.effect("is how each call ended, by the trip policy, and how long an opening would last", () =>
    Effect.gen(function* () {
      const { asked, node } = yield* ScriptedState.breaker({ ...shared, openOnRetryAfter: true })
      yield* node.execute(S)
      yield* Effect.exit(node.execute(F))
      yield* Effect.exit(node.execute(F, () => failureWithRetryAfter("1 minute")))
      const record = { circuit: "payments", generation: 1, openFor: Duration.seconds(10) }
      const each = { ...record, tripPolicy: EffectCircuitBreaker.consecutive(2) }
      assert.deepStrictEqual(asked(), [
        ["record", { ...each, outcome: "Success" }],
        ["record", { ...each, outcome: "Failure" }],
        [
          "record",
          {
            ...record,
            outcome: "Failure",
            tripPolicy: EffectCircuitBreaker.consecutive(1),
            openFor: Duration.minutes(1)
          }
        ]
      ])
    })
  )

  it.effect("is no wait that a dependency asks for, unless it is to be heard", () =>
    Effect.gen(function* () {
      const { asked, node } = yield* ScriptedState.breaker(shared)
      yield* Effect.exit(node.execute(F, () => failureWithRetryAfter("1 minute")))
      const [[, told] = []] = asked()
      assert.deepInclude(told, { tripPolicy: EffectCircuitBreaker.consecutive(2) })
    })
  )

  it.effect("is nothing of what counts for nothing, but the end of every probe", () =>
    Effect.gen(function* () {
      const { asked, node, script } = yield* ScriptedState.breaker(shared)
      yield* node.execute(S, ignore)
      yield* Fiber.interrupt(yield* Effect.forkChild(node.execute(Effect.never), { startImmediately: true }))
      assert.deepStrictEqual(asked(), [])
      script.admit = () => ScriptedState.probe(2)
      yield* node.execute(S, ignore)
      const [[operation, told] = []] = asked()
      assert.strictEqual(operation, "record")
      assert.deepInclude(told, { outcome: "Ignored", tripPolicy: EffectCircuitBreaker.consecutive(1) })
      assert.deepStrictEqual((yield* node.snapshot).calls, { successful: 0, failed: 0, ignored: 3, notPermitted: 0 })
    })
  )

  it.effect("an interrupted call counts for nothing, whatever a classifier would say", () =>
    Effect.gen(function* () {
      const { asked, node } = yield* ScriptedState.breaker(shared)
      const call = node.execute(Effect.never, () => "failure")
      yield* Fiber.interrupt(yield* Effect.forkChild(call, { startImmediately: true }))
      assert.deepStrictEqual(asked(), [])
      assert.strictEqual((yield* node.snapshot).calls.ignored, 1)
    })
  )

  it.effect("with a quorum is only its verdict, and once others share it that the circuit opens", () =>
    Effect.gen(function* () {
      const { asked, node, script } = yield* ScriptedState.breaker(quorum)
      yield* Effect.exit(node.execute(F))
      yield* node.execute(S)
      yield* Effect.exit(node.execute(F))
      assert.deepStrictEqual(asked(), [])
      yield* Effect.exit(node.execute(F))
      const [[operation, report] = [], ...more] = asked()
      assert.deepStrictEqual([operation, more], ["report", []])
      assert.deepInclude(report, { circuit: "payments", quorum: 2, standsFor: Duration.seconds(10) })
      // After its verdict it counts anew.
      yield* Effect.exit(node.execute(F))
      assert.deepStrictEqual(asked(), [])
      script.report = () => Effect.succeed(true)
      script.record = () => opening(1)
      yield* Effect.exit(node.execute(F))
      assert.deepStrictEqual(
        asked().map(([name]) => name),
        ["report", "record"]
      )
      assert.strictEqual(node.stateUnsafe()._tag, "OPEN")
    })
  )

  it.effect("what it could not tell is logged, and the call is as it was", () =>
    RecordingLogger.recorded((lines) =>
      Effect.gen(function* () {
        const { node, script } = yield* ScriptedState.breaker(shared)
        script.record = () => ScriptedState.away
        assert.strictEqual(yield* node.execute(S), "up")
        assert.strictEqual(yield* Effect.flip(node.execute(F)), "down")
        const said = "a shared circuit breaker could not record an outcome"
        assert.deepStrictEqual(lines(), [
          ["Debug", said],
          ["Debug", said]
        ])
      })
    ).pipe(Effect.provideService(References.MinimumLogLevel, "All"))
  )
})

describe("what a shared circuit breaker makes of its store's answers", () => {
  it.effect("open for so long, half-open, closed; how often it opened is remembered", () =>
    Effect.gen(function* () {
      const { node, script } = yield* ScriptedState.breaker(shared)
      script.record = () => opening(3)
      const states = [node.stateUnsafe()]
      yield* Effect.exit(node.execute(F))
      states.push(node.stateUnsafe())
      yield* TestClock.adjust("1 second")
      script.admit = () => open(4000)
      const rejected = yield* Effect.flip(node.execute(S))
      states.push(node.stateUnsafe())
      assert.deepInclude(rejected, { state: "OPEN", retryAfter: Duration.seconds(4) })
      assert.deepStrictEqual(yield* node.save, { state: "OPEN", attempt: 3, openUntil: 5000 })
      script.admit = () => halfOpen
      assert.deepInclude(yield* Effect.flip(node.execute(S)), { state: "HALF_OPEN", retryAfter: Duration.zero })
      assert.deepStrictEqual(yield* node.save, { state: "OPEN", attempt: 3, openUntil: 1000 })
      const before = node.stateUnsafe()
      assert.deepInclude(before, { admitted: 1, since: 1000 })
      yield* TestClock.adjust("1 second")
      yield* Effect.flip(node.execute(S))
      assert.strictEqual(node.stateUnsafe(), before)
      script.admit = ScriptedState.calm.admit
      script.record = ScriptedState.calm.record
      yield* node.execute(S)
      const closed = node.stateUnsafe()
      assert.strictEqual(closed._tag, "CLOSED")
      yield* node.execute(S)
      assert.strictEqual(node.stateUnsafe(), closed)
      const generations = [...states, before, closed].map(({ generation }) => generation)
      assert.deepStrictEqual(generations, [...new Set(generations)].sort())
    })
  )

  it.effect("one that it meets open opened once, as far as it knows", () =>
    Effect.gen(function* () {
      const { node, script } = yield* ScriptedState.breaker(shared)
      script.admit = () => open(4000)
      yield* Effect.flip(node.execute(S))
      assert.strictEqual((yield* node.save).attempt, 1)
    })
  )

  it.effect("while it is away every call runs, by the last state that is known", () =>
    Effect.gen(function* () {
      const { asked, node, script } = yield* ScriptedState.breaker(shared)
      script.admit = () => open(4000)
      script.stateOf = () => ScriptedState.away
      yield* Effect.flip(node.execute(S))
      script.admit = () => ScriptedState.away
      assert.strictEqual(yield* node.execute(S), "up")
      assert.strictEqual((yield* node.state)._tag, "OPEN")
      assert.deepStrictEqual(
        asked().map(([name]) => name),
        ["stateOf"]
      )
    })
  )

  it.effect("or fails, and says why, in whatever state it was last known", () =>
    Effect.gen(function* () {
      const { node, script } = yield* ScriptedState.breaker(strict)
      const reject = Effect.gen(function* () {
        script.admit = () => ScriptedState.away
        const error = yield* Effect.flip(node.execute(S))
        assert.strictEqual(error.cause?.message, "away")
        return [error.state, Duration.toMillis(error.retryAfter)] as const
      })
      assert.deepStrictEqual(yield* reject, ["CLOSED", 0])
      script.admit = () => halfOpen
      yield* Effect.flip(node.execute(S))
      assert.deepStrictEqual(yield* reject, ["HALF_OPEN", 0])
      script.admit = () => open(4000)
      yield* Effect.flip(node.execute(S))
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* reject, ["OPEN", 3000])
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* reject, ["OPEN", 0])
      assert.strictEqual((yield* node.snapshot).calls.notPermitted, 6)
    })
  )

  it.effect("a call from an earlier state counts for none of the later ones", () =>
    Effect.gen(function* () {
      const { asked, node, script } = yield* ScriptedState.breaker({ ...quorum, trip: failureRate() })
      const calls = [yield* pending(node)]
      for (const answer of [open(4000), halfOpen, Effect.succeed(yield* Effect.scoped(ScriptedState.calm.admit()))]) {
        script.admit = () => answer
        yield* Effect.exit(node.execute(S))
        script.admit = () => ScriptedState.away
        calls.push(yield* pending(node))
      }
      assert.strictEqual(node.stateUnsafe()._tag, "CLOSED")
      script.record = () => opening(1)
      for (const { fails } of calls.slice(0, 3)) yield* fails
      assert.deepStrictEqual(asked(), [])
      const { bufferedCalls, failedCalls } = yield* node.snapshot
      assert.deepStrictEqual([bufferedCalls, failedCalls], [1, 0])
      for (const { fails } of calls) assert.isTrue(Exit.isFailure(yield* fails))
      assert.strictEqual((yield* node.snapshot).failedCalls, 1)
    })
  )
})
