import { assert, describe, it } from "@effect/vitest"
import { Deferred, Duration, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { failureRate } from "../src/CircuitBreakerOptions.ts"
import * as Events from "../src/testing/Events.ts"
import * as RecordingLogger from "./RecordingLogger.ts"
import * as ScriptedState from "./ScriptedState.ts"

const { opening, shared } = ScriptedState
const rated = { ...shared, trip: failureRate({ slidingWindowSize: 2 }) }

const F = Effect.fail("down" as const)

describe("a command to a node of a shared circuit breaker", () => {
  it.effect("holds whatever the store says, and is said once", () =>
    Effect.gen(function* () {
      const { asked, node, script } = yield* ScriptedState.breaker(shared)
      script.record = () => opening()
      for (const [command, state] of [
        [node.forceOpen, "FORCED_OPEN"],
        [node.disable, "DISABLED"],
        [node.metricsOnly, "METRICS_ONLY"]
      ] as const) {
        const answer = yield* Deferred.make<string, "down">()
        const call = yield* Effect.forkChild(node.execute(Deferred.await(answer)), { startImmediately: true })
        const events = yield* Events.collect(node.events)
        yield* Effect.andThen(command, command)
        yield* events.expect(Events.transition("CLOSED", state))
        yield* Deferred.fail(answer, "down")
        yield* Fiber.await(call)
        asked()
        assert.strictEqual((yield* node.state)._tag, state)
        assert.deepStrictEqual(asked(), [])
        yield* events.expect("Error")
        yield* events.expectNone
        yield* node.forceClose
      }
    })
  )

  it.effect("half-open is none: a call is the probe", () =>
    Effect.gen(function* () {
      const { node, script } = yield* ScriptedState.breaker(shared)
      const error = yield* Effect.flip(node.forceHalfOpen)
      assert.deepInclude(error, { name: "payments", from: "CLOSED", to: "HALF_OPEN" })
      script.stateOf = () =>
        Effect.succeed({ _tag: "HalfOpen", key: "payments", probing: true, consecutiveOpenings: 1 })
      yield* node.forceHalfOpen
    })
  )

  it.effect("an isolation lasts until the last that holds it lets go", () =>
    Effect.gen(function* () {
      const { node } = yield* ScriptedState.breaker(shared)
      const state = Effect.map(node.state, ({ _tag }) => _tag)
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* node.isolate
          assert.strictEqual(yield* state, "FORCED_OPEN")
          yield* Effect.scoped(node.isolate)
          assert.strictEqual(yield* state, "FORCED_OPEN")
          yield* node.disable
          yield* Effect.scoped(node.isolate)
          assert.strictEqual(yield* state, "DISABLED")
        })
      )
      assert.strictEqual(yield* state, "CLOSED")
    })
  )

  it.effect("a reset closes it, and both forget what was counted, or say that only one could", () =>
    RecordingLogger.recorded((lines) =>
      Effect.gen(function* () {
        const { asked, node, script } = yield* ScriptedState.breaker(rated)
        yield* Effect.exit(node.execute(F))
        yield* node.reset
        assert.deepStrictEqual(asked().at(-1), ["clear", "payments"])
        assert.strictEqual((yield* node.snapshot).bufferedCalls, 0)
        script.record = () => opening()
        yield* Effect.exit(node.execute(F))
        script.clear = () => ScriptedState.away
        for (const command of [node.reset, node.forceClose]) yield* command
        assert.strictEqual(node.stateUnsafe()._tag, "CLOSED")
        const said = "a shared circuit breaker could not be closed for the other processes"
        assert.deepStrictEqual(lines(), [
          ["Warn", said],
          ["Warn", said]
        ])
      })
    )
  )

  it.effect("new options count anew, and cannot change what is shared", () =>
    Effect.gen(function* () {
      const { node } = yield* ScriptedState.breaker(rated)
      yield* Effect.exit(node.execute(F))
      yield* node.reconfigure({ ...rated, waitDurationInOpenState: "1 minute" })
      assert.strictEqual((yield* node.snapshot).bufferedCalls, 0)
      assert.deepStrictEqual((yield* node.options).waitDurationInOpenState, Duration.minutes(1))
      assert.deepInclude(yield* Effect.flip(node.reconfigure({ ...rated, shared: { quorum: 2 } })), {
        pattern: "CircuitBreaker",
        name: "payments",
        message: "shared cannot change while the breaker runs"
      })
      const wrong = yield* Effect.flip(node.reconfigure({ ...rated, rampDuration: -1 }))
      assert.deepInclude(wrong, { pattern: "CircuitBreaker", name: "payments" })
    })
  )

  it.effect("is kept across a restart; what is shared outlives it by itself", () =>
    Effect.gen(function* () {
      for (const [command, state] of [
        ["forceOpen", "FORCED_OPEN"],
        ["disable", "DISABLED"],
        ["metricsOnly", "METRICS_ONLY"],
        ["forceClose", "CLOSED"]
      ] as const) {
        const { node: before } = yield* ScriptedState.breaker(shared)
        yield* before[command]
        const { node } = yield* ScriptedState.breaker(shared)
        yield* node.restore(yield* before.save)
        assert.strictEqual(node.stateUnsafe()._tag, state)
      }
      const { node, script } = yield* ScriptedState.breaker(shared)
      script.record = () => opening()
      yield* Effect.exit(node.execute(F))
      yield* TestClock.adjust("4 seconds")
      const saved = yield* node.save
      assert.deepStrictEqual(saved, { state: "OPEN", attempt: 1, openUntil: 10_000 })
      const { node: after } = yield* ScriptedState.breaker(shared)
      yield* after.restore(saved)
      assert.strictEqual(after.stateUnsafe()._tag, "CLOSED")
    })
  )
})
