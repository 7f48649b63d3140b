import { Effect, Schema, type Scope } from "effect"
import { type BreakerCase, type BreakerSpec, type Outcome, type StateName, show } from "./BreakerCase.ts"
import type { Attempt, Ending, Expected, Pattern, TimedCase } from "./TimedCase.ts"

/** The library has nothing for it, which is another thing than doing it wrong. */
export class Lacks extends Schema.TaggedError<Lacks>()("Lacks", { what: Schema.String }) {}

/** It did something else than the case says. */
export class Disagrees extends Schema.TaggedError<Disagrees>()("Disagrees", { detail: Schema.String }) {
  override get message(): string {
    return this.detail
  }
}

/** A breaker at work, on a clock that only moves when told to. */
export interface BreakerUnderTest {
  /** Starts a call that goes on until it is ended; says whether its body runs. */
  readonly start: (call: string) => Effect.Effect<boolean>
  readonly end: (call: string, as: Outcome) => Effect.Effect<void, Lacks>
  readonly pass: (millis: number) => Effect.Effect<void>
  readonly state: Effect.Effect<StateName>
}

/** What a pattern does to a call, seen from its body and its caller. */
export interface Observer {
  /** The attempt that begins now, and what it is to do. */
  readonly started: () => Attempt
  readonly ended: (ending: Ending) => void
}

/** A call under way. */
export interface Started {
  readonly interrupt: Effect.Effect<void, Lacks>
}

/** A pattern at work, on a clock that only moves when told to. */
export interface PatternUnderTest {
  readonly start: (observer: Observer, weight: number) => Effect.Effect<Started, Lacks>
  readonly pass: (millis: number) => Effect.Effect<void>
  readonly now: () => number
}

/** A library that cases are put to. */
export interface Subject {
  readonly name: string
  readonly breaker: (spec: BreakerSpec) => Effect.Effect<BreakerUnderTest, Lacks, Scope.Scope>
  readonly pattern: (pattern: Pattern) => Effect.Effect<PatternUnderTest, Lacks, Scope.Scope>
}

/** Puts a breaker through a case. */
export const runBreakerCase = (subject: Subject, { breaker: spec, steps }: BreakerCase) =>
  Effect.gen(function* () {
    const breaker = yield* subject.breaker(spec)
    let unnamed = 0
    for (const [index, step] of steps.entries()) {
      const disagree = (detail: string) =>
        new Disagrees({
          detail: `step ${index + 1}, ${show(step)}: ${detail} (after ${steps.slice(0, index).map(show)})`
        })
      switch (step.do) {
        case "calls":
          for (const outcome of step.outcomes) {
            const name = `#${unnamed++}`
            if (!(yield* breaker.start(name))) return yield* disagree("a call did not run")
            if (step.took > 0) yield* breaker.pass(step.took)
            yield* breaker.end(name, outcome as Outcome)
          }
          break
        case "refused":
          for (let i = 0; i < step.calls; i++) {
            if (yield* breaker.start(`#${unnamed++}`)) return yield* disagree("a call ran")
          }
          break
        case "crowd": {
          let admitted = 0
          for (let i = 0; i < step.calls; i++) if (yield* breaker.start(`#${unnamed++}`)) admitted++
          if (admitted !== step.admitted) return yield* disagree(`${admitted} ran`)
          break
        }
        case "start":
          if (!(yield* breaker.start(step.call))) return yield* disagree("it did not run")
          break
        case "end":
          yield* breaker.end(step.call, step.as)
          break
        case "pass":
          yield* breaker.pass(step.millis)
          break
        case "state": {
          const state = yield* breaker.state
          if (state !== step.is) return yield* disagree(`it is ${state}`)
        }
      }
    }
  }).pipe(Effect.scoped)

/** Puts a pattern through a case. */
export const runTimedCase = (subject: Subject, timed: TimedCase) =>
  Effect.gen(function* () {
    const pattern = yield* subject.pattern(timed.pattern)
    const origin = pattern.now()
    const now = () => Math.round(pattern.now() - origin)
    const seen = timed.calls.map((): { started: Array<number>; ended: Ending; at: number } => ({
      started: [],
      ended: "none",
      at: 0
    }))
    const under: Array<Started | undefined> = []
    const agenda = timed.calls
      .flatMap(({ at, cancelledAt }, index) => [
        { at, index, cancel: false },
        ...(cancelledAt === undefined ? [] : [{ at: cancelledAt, index, cancel: true }])
      ])
      .toSorted((a, b) => a.at - b.at)
    for (const { at, cancel, index } of agenda) {
      if (at > now()) yield* pattern.pass(at - now())
      const call = timed.calls[index]
      const record = seen[index]
      if (call === undefined || record === undefined) continue
      if (cancel) yield* under[index]?.interrupt ?? Effect.void
      else {
        under[index] = yield* pattern.start(
          {
            started() {
              record.started.push(now())
              return call.attempts[Math.min(record.started.length, call.attempts.length) - 1] ?? { takes: 0, ends: "S" }
            },
            ended(ending) {
              record.ended = ending
              record.at = now()
            }
          },
          call.weight ?? 1
        )
      }
    }
    yield* pattern.pass(Math.max(0, (timed.until ?? 60_000) - now()))
    for (const [index, expected] of timed.expected.entries()) {
      const [wanted, got] = [describe(expected), describe(seen[index])]
      if (wanted !== got) return yield* new Disagrees({ detail: `call ${index + 1} should have ${wanted}, but ${got}` })
    }
  }).pipe(Effect.scoped)

const describe = (expected: Expected | undefined): string =>
  expected === undefined
    ? "was never made"
    : `${expected.started.length === 0 ? "not run" : `run at ${expected.started.join(", ")} ms`} and ${
        expected.ended === "none" ? "not ended" : `ended as ${expected.ended} at ${expected.at} ms`
      }`
