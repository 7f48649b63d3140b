import { assert, describe, it } from "@effect/vitest"
import { Cause, Duration, Effect, Exit } from "effect"
import { FaultInjected } from "../../src/ChaosOptions.ts"
import * as CircuitOpen from "../../src/CircuitOpen.ts"
import * as judgement from "../../src/internal/callJudgement.ts"
import type { Call } from "../../src/ResiliencePolicy.ts"
import { RetriesExhausted } from "../../src/RetriesExhausted.ts"
import { AttemptTimedOut } from "../../src/TimeLimiter.ts"

const timeout = new AttemptTimedOut({ name: "p", timeout: Duration.seconds(1) })
const fault = new FaultInjected({ name: "p" })
const exhausted = new RetriesExhausted({ name: "p", attempts: 3 })
const refused = CircuitOpen.make("p", "OPEN", 1000)

const exits = {
  value: Exit.succeed("value"),
  down: Exit.fail("down"),
  timeout: Exit.fail(timeout),
  fault: Exit.fail(fault),
  exhausted: Exit.fail(exhausted),
  refused: Exit.fail(refused),
  interrupted: Exit.interrupt(1)
} as const
type End = keyof typeof exits

/** The answers for all ends, and those that a function of the call was asked about. */
const answers = <A>(judge: (exit: Exit.Exit<string, never>) => A, ...ends: ReadonlyArray<End>) =>
  ends.map((end) => judge(exits[end] as Exit.Exit<string, never>))

/** Says yes to every end, and notes which it was asked about. */
const asked = () => {
  const about: Array<Exit.Exit<unknown, unknown>> = []
  return {
    about,
    yes: (exit: Exit.Exit<unknown, unknown>) => {
      about.push(exit)
      return true
    }
  }
}

describe("what is made of a call", () => {
  it("the breaker hears of rejections nothing and of what is ours by our own rule, whatever the call says", () => {
    const call: Call<string, string> = { classify: () => "success" }
    assert.deepStrictEqual(
      answers(judgement.classify(call), "value", "down", "timeout", "fault", "exhausted", "refused"),
      ["success", "success", "failure", "failure", "failure", "ignored"]
    )
    assert.deepStrictEqual(answers(judgement.classify<string, string>({}), "value", "down", "refused"), [
      "success",
      "failure",
      "ignored"
    ])
  })

  it("an error of ours counts as such beside others, and a defect is none", () => {
    const call: Call<string, string> = { classify: () => "success" }
    const both = Cause.combine(Cause.die("bug"), Cause.fail(timeout))
    assert.strictEqual(judgement.classify(call)(Exit.failCause(both)), "failure")
    assert.strictEqual(judgement.classify(call)(Exit.die(timeout)), "success")
  })

  it("a timeout is repeated where that does no harm, a fault always", () => {
    const of = (call: Call<string, string>) => answers(judgement.repeatable(call), "timeout", "fault", "down", "value")
    assert.deepStrictEqual(of({}), [true, true, true, false])
    assert.deepStrictEqual(of({ idempotent: false }), [false, true, false, false])
    assert.deepStrictEqual(of({ idempotent: false, notProcessed: () => true }), [false, true, true, false])
    assert.deepStrictEqual(of({ idempotent: false, notProcessed: () => false }), [false, true, false, false])
    assert.deepStrictEqual(of({ retryable: () => false, idempotent: false, notProcessed: () => true }), [
      false,
      true,
      false,
      false
    ])
  })

  it("another attempt at once is worth it where a retry is, but not at a dependency that is overloaded", () => {
    const of = (call: Call<string, string>) => answers(judgement.isWorthHedging(call), "down", "value", "timeout")
    assert.deepStrictEqual(of({}), [true, false, true])
    assert.deepStrictEqual(of({ overloaded: () => true }), [false, false, true])
    assert.deepStrictEqual(of({ overloaded: () => false }), [true, false, true])
    assert.deepStrictEqual(of({ retryable: () => ({ retryAfter: Duration.seconds(1) }) }), [false, false, true])
  })

  it("only of its own ends a call is asked whether they are an overload", () => {
    const { about, yes } = asked()
    const ends: ReadonlyArray<End> = ["value", "down", "timeout", "fault", "exhausted", "refused"]
    assert.deepStrictEqual(answers(judgement.overloaded<string, string>({ overloaded: yes }), ...ends), [
      true,
      true,
      false,
      false,
      false,
      false
    ])
    assert.deepStrictEqual(about, [exits.value, exits.down])
    assert.deepStrictEqual(answers(judgement.overloaded<string, string>({}), "down"), [false])
  })

  it("the adaptive limit learns nothing of a fault, a drop of an overload or a timeout", () => {
    const release = judgement.release<string, string>({ overloaded: (exit) => exit === exits.down })
    assert.deepStrictEqual(answers(release, "value", "down", "timeout", "fault", "refused", "interrupted"), [
      "success",
      "dropped",
      "dropped",
      "ignored",
      "ignored",
      "ignored"
    ])
  })

  it("only its own ends hold what has to be let go, and an interruption is none", () => {
    const { about, yes } = asked()
    const discard = judgement.discard<string, string>({
      discard: (exit) => {
        yes(exit)
        return Effect.void
      }
    })
    assert(discard !== undefined)
    const ends: ReadonlyArray<End> = ["value", "down", "timeout", "fault", "exhausted", "refused", "interrupted"]
    assert.deepStrictEqual(
      answers(discard, ...ends).map((effect) => effect !== undefined),
      [true, true, false, false, false, false, false]
    )
    assert.deepStrictEqual(about, [exits.value, exits.down])
    assert.isUndefined(judgement.discard({}))
  })
})
