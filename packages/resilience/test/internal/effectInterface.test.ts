import { assert, describe, it } from "@effect/vitest"
import { Duration, Schema } from "effect"
import * as Theirs from "effect/persistence/CircuitBreaker"
import { CircuitBreakerOptions } from "../../src/CircuitBreakerOptions.ts"
import * as State from "../../src/CircuitBreakerState.ts"
import * as CircuitOpen from "../../src/CircuitOpen.ts"
import * as effectInterface from "../../src/internal/effectInterface.ts"
import { SharedStateUnavailable } from "../../src/SharedStateUnavailable.ts"

const options = Schema.decodeUnknownSync(CircuitBreakerOptions)({})
const closed = State.closed(options)
const counts = { calls: 0, failures: 0, slow: 0 }
const open: State.State = { _tag: "OPEN", generation: 1, attempt: 2, until: 5000, counts }
const halfOpen: State.State = { _tag: "HALF_OPEN", generation: 1, attempt: 2, since: 0, admitted: 1, counts }
const forced: State.State = { _tag: "FORCED_OPEN", generation: 1 }

describe("our words in those of Effect's interface", () => {
  it("outcomes", () => {
    assert.strictEqual(effectInterface.verdictOf(Theirs.success), "success")
    assert.strictEqual(effectInterface.verdictOf(Theirs.ignored), "ignored")
    assert.strictEqual(effectInterface.verdictOf(Theirs.failure()), "failure")
    assert.deepStrictEqual(effectInterface.verdictOf(Theirs.failure({ retryAfter: "1 second" })), {
      outcome: "failure",
      retryAfter: Duration.seconds(1)
    })
  })

  it("rejections of the breaker itself, with the reason; not those of another inside the call", () => {
    const reasonOf = (...rejection: Parameters<typeof CircuitOpen.make>) => {
      const error = effectInterface.errorOf(CircuitOpen.make(...rejection), "circuit/a", "a")
      assert(error instanceof Theirs.CircuitBreakerError)
      return error.reason
    }
    const waiting = reasonOf("circuit/a", "OPEN", 5)
    assert(waiting._tag === "CircuitOpen")
    assert.deepStrictEqual([waiting.key, Duration.toMillis(waiting.retryAfter)], ["a", 5])
    const probing = reasonOf("circuit/a", "HALF_OPEN", 0)
    assert(probing._tag === "CircuitHalfOpen")
    assert.strictEqual(probing.key, "a")
    const reset = new Error("ECONNRESET")
    const away = reasonOf("circuit/a", "CLOSED", 0, {
      cause: new SharedStateUnavailable({ message: "the store failed", cause: reset })
    })
    assert(away._tag === "CircuitBreakerStoreError")
    assert.deepStrictEqual([away.message, away.cause], ["the store failed", reset])
    const other = CircuitOpen.make("inner", "OPEN", 5)
    assert.strictEqual(effectInterface.errorOf(other, "circuit/a", "a"), other)
    assert.strictEqual(effectInterface.errorOf("down", "circuit/a", "a"), "down")
  })

  it("states", () => {
    const stateOf = (state: State.State) => effectInterface.stateOf(state, "a", Duration.seconds(1))
    const retryAfter = Duration.seconds(1)
    assert.deepStrictEqual(stateOf(closed), { _tag: "Closed", key: "a" })
    assert.deepStrictEqual(stateOf(open), { _tag: "Open", key: "a", retryAfter, consecutiveOpenings: 2 })
    assert.deepStrictEqual(stateOf(forced), {
      _tag: "Open",
      key: "a",
      retryAfter: Duration.infinity,
      consecutiveOpenings: 0
    })
    for (const admitted of [0, 1]) {
      assert.deepStrictEqual(stateOf({ ...halfOpen, admitted }), {
        _tag: "HalfOpen",
        key: "a",
        probing: admitted === 1,
        consecutiveOpenings: 2
      })
    }
  })

  it("transitions, as far as they are any there", () => {
    const transition = (from: State.StateName, to: State.StateName, state: State.State = closed, now = 1000) =>
      effectInterface.transitionOf({ from, to }, "a", { now, state })
    const opens = { key: "a", from: "Closed", to: "Open" } as const
    assert.deepStrictEqual(transition("CLOSED", "OPEN", open), {
      ...opens,
      retryAfter: Duration.seconds(4),
      consecutiveOpenings: 2
    })
    assert.deepStrictEqual(transition("HALF_OPEN", "OPEN", open, 6000), {
      ...opens,
      from: "HalfOpen",
      retryAfter: Duration.zero,
      consecutiveOpenings: 2
    })
    assert.deepStrictEqual(transition("DISABLED", "FORCED_OPEN", forced), {
      ...opens,
      retryAfter: Duration.infinity,
      consecutiveOpenings: 0
    })
    for (const from of ["OPEN", "FORCED_OPEN"] as const) {
      assert.deepStrictEqual(transition(from, "HALF_OPEN"), { key: "a", from: "Open", to: "HalfOpen" })
    }
    assert.deepStrictEqual(transition("HALF_OPEN", "METRICS_ONLY"), { key: "a", from: "HalfOpen", to: "Closed" })
    for (const [from, to, state] of [
      ["CLOSED", "HALF_OPEN", halfOpen],
      ["OPEN", "CLOSED", closed],
      ["CLOSED", "DISABLED", closed],
      ["OPEN", "FORCED_OPEN", forced],
      ["FORCED_OPEN", "OPEN", open]
    ] as const) {
      assert.isUndefined(transition(from, to, state), `${from} > ${to}`)
    }
  })
})
