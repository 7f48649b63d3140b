import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { CircuitBreakerOptions } from "../src/CircuitBreakerOptions.ts"
import * as State from "../src/CircuitBreakerState.ts"

const optionsOf = Schema.decodeUnknownSync(CircuitBreakerOptions)

/** What a naive model does at random times with up to some calls under way. */
const Start = Schema.TaggedStruct("Start", { after: Schema.Literals([0, 1, 5, 10]) })
const End = Schema.TaggedStruct("End", {
  which: Schema.Natural,
  outcome: Schema.Literals(["success", "failure", "ignored"])
})
const Command = Schema.TaggedStruct("Command", {
  event: Schema.Literals(["ForceOpen", "ForceClose", "Disable", "Reset"])
})
const Call = Schema.Union([Start, End])
const Action = Schema.Union([Start, End, Command])
const Trip = Schema.Union([
  Schema.TaggedStruct("ConsecutiveFailures", { threshold: Schema.Literals([1, 2, 3]) }),
  Schema.TaggedStruct("FailureRate", {
    failureRateThreshold: Schema.Literals([1, 34, 50, 100]),
    slidingWindowSize: Schema.Literals([1, 3, 5]),
    minimumNumberOfCalls: Schema.Literals([1, 3, 9])
  })
])

/** Calls under way and what was recorded since the last change of generation, kept the obvious way. */
const simulate = (trip: typeof Trip.Type, permitted: number, actions: ReadonlyArray<typeof Action.Type>) => {
  const options = optionsOf({
    trip,
    permittedNumberOfCallsInHalfOpenState: permitted,
    waitDurationInOpenState: 10
  })
  const initial: () => State.State = () => State.closed(options)
  let state = initial()
  let now = 0
  const underWay: Array<number> = []
  let recorded: Array<"success" | "failure"> = []
  const move = (next: State.State) => {
    assert.isAtLeast(next.generation, state.generation, "generations never fall")
    if (next.generation === state.generation) assert.strictEqual(next._tag, state._tag)
    else recorded = []
    state = next
  }
  for (const action of actions) {
    if (action._tag === "Start") {
      now += action.after
      const step = State.step(options, state, { _tag: "Admit", now })
      if (step.admitted) underWay.push(step.state.generation)
      else assert.strictEqual(step.state, state, "a rejection changes nothing")
      move(step.state)
    } else if (action._tag === "End") {
      const [generation] = underWay.splice(action.which % Math.max(1, underWay.length), 1)
      if (generation === undefined) continue
      const before = state
      const current = generation === state.generation
      const next = State.record(options, state, generation, action.outcome, now)
      if (!current) assert.strictEqual(next, before, "a stale outcome changes nothing")
      const counts = state._tag === "CLOSED" || state._tag === "HALF_OPEN"
      if (current && counts && action.outcome !== "ignored") recorded.push(action.outcome)
      const verdict = [...recorded]
      move(next)
      if (before._tag === "CLOSED" && current) assertTrip(options, verdict, next)
    } else {
      move(State.step(options, state, { _tag: action.event }).state)
    }
    assertCounts(options, state, recorded, underWay)
  }
}

/** A closed breaker opens exactly when its policy says so of the outcomes so far. */
const assertTrip = (options: CircuitBreakerOptions, recorded: ReadonlyArray<string>, next: State.State) => {
  const { trip } = options
  const last = trip._tag === "FailureRate" ? recorded.slice(-trip.slidingWindowSize) : recorded
  const failures = last.filter((outcome) => outcome === "failure").length
  const expected =
    trip._tag === "FailureRate"
      ? last.length >= Math.min(trip.minimumNumberOfCalls, trip.slidingWindowSize) &&
        (100 * failures) / last.length >= trip.failureRateThreshold
      : last.length >= trip.threshold && last.slice(-trip.threshold).every((outcome) => outcome === "failure")
  assert.strictEqual(next._tag, expected ? "OPEN" : "CLOSED")
}

const assertCounts = (
  options: CircuitBreakerOptions,
  state: State.State,
  recorded: ReadonlyArray<string>,
  underWay: ReadonlyArray<number>
) => {
  const failuresOf = (outcomes: ReadonlyArray<string>) => outcomes.filter((outcome) => outcome === "failure").length
  if (state._tag === "HALF_OPEN") {
    const probes = underWay.filter((generation) => generation === state.generation).length
    assert.isAtMost(state.admitted, options.permittedNumberOfCallsInHalfOpenState)
    assert.strictEqual(state.admitted, probes + recorded.length, "each permit is under way or counted")
    assert.strictEqual(state.counts.failures, failuresOf(recorded))
  } else if (state._tag === "CLOSED" && state.tally._tag === "CountWindow") {
    const last = recorded.slice(-state.tally.size)
    assert.deepInclude(state.tally, { calls: last.length, failures: failuresOf(last) })
  } else if (state._tag === "CLOSED") {
    assert.strictEqual(State.counts(state).failures, recorded.length - 1 - recorded.lastIndexOf("success"))
  }
}

describe("laws", () => {
  const permitted = Schema.Literals([1, 2, 4])
  it.prop(
    "agrees with a naive model over any calls",
    { trip: Trip, permitted, actions: Arbitrary.array(Arbitrary.schema(Call), { maxLength: 60 }) },
    ({ trip, permitted, actions }) => simulate(trip, permitted, actions),
    { arbitrary: { runs: 100 } }
  )
  it.prop(
    "agrees with a naive model when commands come in between",
    { trip: Trip, permitted, actions: Arbitrary.array(Arbitrary.schema(Action), { maxLength: 60 }) },
    ({ trip, permitted, actions }) => simulate(trip, permitted, actions),
    { arbitrary: { runs: 100 } }
  )
})
