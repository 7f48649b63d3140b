import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import {
  CircuitBreakerOptions,
  type CircuitBreakerOptionsInput,
  consecutiveFailures,
  failureRate
} from "../src/CircuitBreakerOptions.ts"
import * as State from "../src/CircuitBreakerState.ts"

const optionsOf = Schema.decodeUnknownSync(CircuitBreakerOptions)

/** The machine with a memory: F a failure, S a success, I an ignored call. Admission comes right before the outcome. */
const machine = (input: CircuitBreakerOptionsInput, initial?: State.State) => {
  const options = optionsOf(input)
  const outcomes = { F: "failure", S: "success", I: "ignored" } as const
  let state: State.State = initial ?? State.closed(options)
  return {
    options,
    get state() {
      return state
    },
    get rate() {
      return State.failureRate(options, state)
    },
    get counts() {
      const { calls, failures } = State.counts(state)
      return { calls, failures }
    },
    admit(now: number) {
      const step = State.step(options, state, { _tag: "Admit", now })
      state = step.state
      return step.admitted
    },
    record(generation: number, outcome: keyof typeof outcomes, now = 0) {
      state = State.step(options, state, { _tag: "Record", generation, outcome: outcomes[outcome], now }).state
    },
    run(outcome: string, now = 0) {
      for (const letter of outcome) {
        assert.isTrue(this.admit(now), `${letter} is admitted`)
        this.record(state.generation, letter as keyof typeof outcomes, now)
      }
    },
    event(event: State.Event) {
      state = State.step(options, state, event).state
    }
  }
}

const window = (slidingWindowSize: number, minimumNumberOfCalls = slidingWindowSize, failureRateThreshold = 50) =>
  failureRate({ slidingWindowSize, minimumNumberOfCalls, failureRateThreshold })

describe("count window", () => {
  it("CW1 judges once the minimum is known, and opens on a success that completes it", () => {
    const breaker = machine({ trip: window(5) })
    for (const outcome of "FFFS") {
      breaker.run(outcome)
      assert.strictEqual(breaker.state._tag, "CLOSED")
      assert.strictEqual(breaker.rate, -1)
    }
    breaker.run("S")
    assert.strictEqual(breaker.state._tag, "OPEN")
    assert.strictEqual(breaker.rate, 60)
    assert.deepStrictEqual(breaker.counts, { calls: 5, failures: 3 })
    assert.isFalse(breaker.admit(0))
  })

  it("CW2 reaching the threshold is enough", () => {
    const breaker = machine({ trip: window(10, 5) })
    breaker.run("SSSFF")
    assert.strictEqual(breaker.rate, 40)
    assert.strictEqual(breaker.state._tag, "CLOSED")
    breaker.run("F")
    assert.strictEqual(breaker.state._tag, "OPEN")
    assert.strictEqual(breaker.rate, 50)
  })

  it("CW3 needs the minimum even when all fail", () => {
    const breaker = machine({ trip: window(10, 5) })
    breaker.run("FFFF")
    assert.strictEqual(breaker.state._tag, "CLOSED")
    breaker.run("F")
    assert.strictEqual(breaker.state._tag, "OPEN")
  })

  it("CW4 the oldest outcome leaves a full window", () => {
    const breaker = machine({ trip: window(4) })
    breaker.run("FSSS")
    assert.strictEqual(breaker.rate, 25)
    breaker.run("S")
    assert.strictEqual(breaker.rate, 0)
    assert.deepStrictEqual(breaker.counts, { calls: 4, failures: 0 })
  })

  it("CW5 a minimum above the window counts as the window", () => {
    const breaker = machine({ trip: window(5, 6) })
    breaker.run("FFFF")
    assert.strictEqual(breaker.state._tag, "CLOSED")
    breaker.run("F")
    assert.strictEqual(breaker.state._tag, "OPEN")
  })

  it("CW9 half of ten opens", () => {
    const breaker = machine({ trip: window(10) })
    breaker.run("FFFFFSSSS")
    assert.strictEqual(breaker.state._tag, "CLOSED")
    breaker.run("S")
    assert.strictEqual(breaker.state._tag, "OPEN")
  })

  it("CW10 a window of one opens on one failure", () => {
    const breaker = machine({ trip: window(1) })
    breaker.run("S")
    assert.strictEqual(breaker.state._tag, "CLOSED")
    breaker.run("F")
    assert.strictEqual(breaker.state._tag, "OPEN")
  })
})

describe("consecutive failures", () => {
  it("CF1 a success breaks the streak", () => {
    const breaker = machine({ trip: consecutiveFailures(3) })
    breaker.run("FFSFF")
    assert.strictEqual(breaker.state._tag, "CLOSED")
    assert.strictEqual(breaker.rate, -1)
    assert.deepStrictEqual(breaker.counts, { calls: 2, failures: 2 })
    breaker.run("F")
    assert.strictEqual(breaker.state._tag, "OPEN")
  })

  it("CF2 an ignored call neither breaks nor lengthens the streak", () => {
    const breaker = machine({ trip: consecutiveFailures(3) })
    breaker.run("FFI")
    assert.strictEqual(breaker.state._tag, "CLOSED")
    breaker.run("F")
    assert.strictEqual(breaker.state._tag, "OPEN")
  })

  it("CF4 the order is that of completion", () => {
    const breaker = machine({ trip: consecutiveFailures(2) })
    breaker.run("F")
    assert.isTrue(breaker.admit(0))
    assert.isTrue(breaker.admit(0))
    breaker.record(0, "S")
    breaker.record(0, "F")
    assert.deepStrictEqual(breaker.counts, { calls: 1, failures: 1 })
    assert.strictEqual(breaker.state._tag, "CLOSED")
  })
})

const tripped = (permittedNumberOfCallsInHalfOpenState: number, trip = window(2)) => {
  const breaker = machine({ trip, waitDurationInOpenState: 1000, permittedNumberOfCallsInHalfOpenState })
  breaker.run("FF")
  assert.strictEqual(breaker.state._tag, "OPEN")
  return breaker
}

describe("open", () => {
  it("OP1 admits a probe exactly when the wait is over", () => {
    const breaker = tripped(1)
    assert.isFalse(breaker.admit(999))
    assert.strictEqual(breaker.state._tag, "OPEN")
    assert.isTrue(breaker.admit(1000))
    assert.strictEqual(breaker.state._tag, "HALF_OPEN")
    assert.deepStrictEqual(breaker.counts, { calls: 0, failures: 0 })
  })

  it("OP4 an outcome of a call from before changes nothing", () => {
    const breaker = tripped(1)
    const opened = breaker.state
    breaker.record(0, "F", 500)
    breaker.record(0, "S", 500)
    assert.strictEqual(breaker.state, opened)
  })

  it("counts how often it opened without closing", () => {
    const breaker = tripped(1)
    breaker.run("F", 1000)
    assert.deepInclude(breaker.state, { _tag: "OPEN", attempt: 2, until: 2000 })
    breaker.run("S", 2000)
    breaker.run("FF", 2000)
    assert.deepInclude(breaker.state, { _tag: "OPEN", attempt: 1, until: 3000 })
  })
})

describe("half-open", () => {
  it("HO1 HO5 admits so many probes and no more, the first included, each time anew", () => {
    const breaker = tripped(4, consecutiveFailures(2))
    for (const at of [1000, 2000]) {
      for (let i = 0; i < 4; i++) assert.isTrue(breaker.admit(at))
      assert.isFalse(breaker.admit(at))
      assert.isFalse(breaker.admit(at))
      breaker.record(breaker.state.generation, "F", at)
      assert.strictEqual(breaker.state._tag, "OPEN")
    }
  })

  it("HO2 a high rate of failures reopens and a low one closes with empty counts", () => {
    const breaker = tripped(4, window(4, 2))
    assert.strictEqual(breaker.rate, 100)
    const low = machine({ trip: window(10, 10, 50), permittedNumberOfCallsInHalfOpenState: 4 })
    low.run("FFFFFFFFFF")
    low.run("FSSS", 60_000)
    assert.strictEqual(low.state._tag, "CLOSED")
    low.run("S", 60_000)
    assert.deepStrictEqual(low.counts, { calls: 1, failures: 0 })
  })

  it("HO4 one of three failures closes, two reopen with the third result", () => {
    const closes = machine({
      trip: window(100, 3),
      waitDurationInOpenState: 1000,
      permittedNumberOfCallsInHalfOpenState: 3
    })
    closes.run("FFF")
    closes.run("SS", 1000)
    assert.strictEqual(closes.rate, -1)
    closes.run("F", 1000)
    assert.strictEqual(closes.state._tag, "CLOSED")
    closes.run("FFF", 1000)
    closes.run("SF", 2000)
    assert.strictEqual(closes.state._tag, "HALF_OPEN")
    closes.run("F", 2000)
    assert.strictEqual(closes.state._tag, "OPEN")
    assert.closeTo(closes.rate, 66.67, 0.01)
  })

  it("HO8 ignored probes give their permits back", () => {
    const breaker = tripped(4, consecutiveFailures(2))
    breaker.run("IIIISSSS", 1000)
    assert.strictEqual(breaker.state._tag, "CLOSED")
  })

  it("HO11 late outcomes never make room for more probes", () => {
    const breaker = tripped(2, consecutiveFailures(2))
    assert.isTrue(breaker.admit(1000))
    assert.isTrue(breaker.admit(1000))
    for (const generation of [0, 1]) for (const outcome of ["I", "S", "F"] as const) breaker.record(generation, outcome)
    assert.isFalse(breaker.admit(1000))
  })

  it("HO13 counting failures in a row, any failed probe reopens and all must succeed", () => {
    const reopens = tripped(3, consecutiveFailures(2))
    reopens.run("SSF", 1000)
    assert.strictEqual(reopens.state._tag, "OPEN")
    reopens.run("SSS", 2000)
    assert.strictEqual(reopens.state._tag, "CLOSED")
  })

  it("HO15 the verdict needs no more results than probes are permitted", () => {
    const breaker = machine({ trip: window(100, 100), permittedNumberOfCallsInHalfOpenState: 3 })
    breaker.run("F".repeat(100))
    breaker.run("SS", 60_000)
    assert.strictEqual(breaker.state._tag, "HALF_OPEN")
    breaker.run("S", 60_000)
    assert.strictEqual(breaker.state._tag, "CLOSED")
  })
})

describe("generations", () => {
  it("GE1 a call from before the trip cannot touch the probes", () => {
    const breaker = tripped(1, consecutiveFailures(2))
    assert.isTrue(breaker.admit(1000))
    const probing = breaker.state
    breaker.record(0, "F", 1000)
    assert.strictEqual(breaker.state, probing)
    breaker.record(probing.generation, "S", 1000)
    assert.strictEqual(breaker.state._tag, "CLOSED")
  })

  it("GE4 an outcome from before a reset or new options is dropped", () => {
    for (const event of [{ _tag: "Reset" }, { _tag: "Reconfigure" }] as const) {
      const breaker = machine({ trip: window(4) })
      assert.isTrue(breaker.admit(0))
      const { generation } = breaker.state
      breaker.event(event)
      breaker.record(generation, "F")
      assert.deepStrictEqual(breaker.counts, { calls: 0, failures: 0 })
    }
  })
})

describe("commands", () => {
  it("MN1 MN2 forced states stay until told otherwise", () => {
    const breaker = machine({ trip: consecutiveFailures(1), waitDurationInOpenState: 5000 })
    breaker.event({ _tag: "ForceOpen" })
    assert.isFalse(breaker.admit(6000))
    assert.strictEqual(breaker.state._tag, "FORCED_OPEN")
    breaker.event({ _tag: "Disable" })
    breaker.run("FFF")
    assert.strictEqual(breaker.state._tag, "DISABLED")
    assert.deepStrictEqual(breaker.counts, { calls: 0, failures: 0 })
    breaker.event({ _tag: "ForceClose" })
    breaker.run("F")
    assert.strictEqual(breaker.state._tag, "OPEN")
  })

  it("MN5 a command into the state it is in changes nothing", () => {
    for (const _tag of ["ForceOpen", "ForceClose", "Disable"] as const) {
      const breaker = machine({})
      breaker.event({ _tag })
      const { state } = breaker
      breaker.event({ _tag })
      assert.strictEqual(breaker.state, state)
    }
  })

  it("MN6 a reset closes from anywhere", () => {
    for (const _tag of ["ForceOpen", "Disable", "Reset"] as const) {
      const breaker = machine({})
      breaker.event({ _tag })
      breaker.event({ _tag: "Reset" })
      assert.deepInclude(breaker.state, { _tag: "CLOSED", generation: 2 })
    }
  })

  it("GE4 new options keep the state, and the wait of an open breaker", () => {
    const open = tripped(2)
    const { generation } = open.state
    open.event({ _tag: "Reconfigure" })
    assert.deepInclude(open.state, { _tag: "OPEN", until: 1000, generation: generation + 1 })
    assert.isTrue(open.admit(1000))
    assert.isTrue(open.admit(1000))
    assert.isFalse(open.admit(1000))
    open.event({ _tag: "Reconfigure" })
    assert.deepInclude(open.state, { _tag: "HALF_OPEN", admitted: 0 })
  })
})

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
    "GE7 agrees with a naive model over any calls",
    { trip: Trip, permitted, actions: Arbitrary.array(Arbitrary.schema(Call), { maxLength: 60 }) },
    ({ trip, permitted, actions }) => simulate(trip, permitted, actions),
    { arbitrary: { runs: 100 } }
  )
  it.prop(
    "MN6 agrees with a naive model when commands come in between",
    { trip: Trip, permitted, actions: Arbitrary.array(Arbitrary.schema(Action), { maxLength: 60 }) },
    ({ trip, permitted, actions }) => simulate(trip, permitted, actions),
    { arbitrary: { runs: 100 } }
  )
})
