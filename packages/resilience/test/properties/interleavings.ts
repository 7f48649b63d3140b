/**
 * Random calls that cross each other in every way: they start at random times, take a random time, end in a random way, and some
 * are interrupted after a random number of steps, with a fibre that yields after as few operations as it can.
 */
import { Effect, Exit, Fiber, Scheduler, Schema } from "effect"
import { TestClock } from "effect/testing"

const Ends = Schema.Literals(["S", "S", "S", "F", "F", "D", "I"])

export const Visit = Schema.Struct({
  after: Schema.Literals([0, 0, 0, 1, 4, 11]),
  takes: Schema.Literals([0, 0, 1, 5, 40]),
  ends: Ends,
  /** How many steps or milliseconds later it is interrupted. */
  interrupted: Schema.Union([
    Schema.Struct({ steps: Schema.Literals([0, 1, 2, 3, 4, 5, 6, 8, 10, 13]) }),
    Schema.Struct({ millis: Schema.Literals([0, 1, 3, 8]) }),
    Schema.Null,
    Schema.Null
  ]),
  /** For whoever has a use for it. */
  dice: Schema.Literals([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
})
export type Visit = typeof Visit.Type

export const Visits = Schema.Array(Visit).check(Schema.isMaxLength(24))

/** What bodies and callers saw. */
export interface Log {
  /** Bodies that began, and the most that ran together, weighed. */
  ran: number
  running: number
  most: number
  ended: { S: number; F: number; X: number }
  /** Errors that callers got and no body gave, by their tag. */
  readonly refused: Map<string, number>
  interrupted: number
  /** Bodies that ran on after their caller was gone. */
  orphans: number
}

const exitOf = (ends: Visit["ends"]): Exit.Exit<string, string> =>
  ends === "S" ? Exit.succeed("up") : ends === "D" ? Exit.die("bug") : Exit.fail(ends === "I" ? "ignored" : "down")

export interface Scenario {
  /** Puts a body of a visit under what is looked at. */
  readonly execute: (body: Effect.Effect<string, string>, visit: Visit) => Effect.Effect<unknown, unknown>
  readonly weight?: (visit: Visit) => number
  /** Runs as a body begins; what it gives, if it is a function, as it ends. */
  readonly onStart?: (log: Log, visit: Visit) => unknown
  /** Runs before each visit, and at the end. */
  readonly check?: (log: Log) => Effect.Effect<void>
  readonly command?: (visit: Visit) => Effect.Effect<void>
}

/** Runs the visits and waits until all have ended. */
export const interleave = Effect.fnUntraced(function* (visits: ReadonlyArray<Visit>, scenario: Scenario) {
  const log: Log = {
    ran: 0,
    running: 0,
    most: 0,
    ended: { S: 0, F: 0, X: 0 },
    refused: new Map(),
    interrupted: 0,
    orphans: 0
  }
  const { check = () => Effect.void, command = () => Effect.void, execute, onStart, weight = () => 1 } = scenario
  const fibers: Array<Fiber.Fiber<unknown, unknown>> = []
  const interrupt = (fiber: Fiber.Fiber<unknown, unknown>) => {
    if (fiber.pollUnsafe() === undefined) log.interrupted++
    return Fiber.interrupt(fiber)
  }
  for (const visit of visits) {
    yield* TestClock.adjust(visit.after)
    yield* command(visit)
    yield* check(log)
    let mine = 0
    const body = Effect.acquireUseRelease(
      Effect.sync(() => {
        mine++
        log.ran++
        log.running += weight(visit)
        log.most = Math.max(log.most, log.running)
        return onStart?.(log, visit)
      }),
      () => Effect.andThen(visit.takes === 0 ? Effect.yieldNow : Effect.sleep(visit.takes), exitOf(visit.ends)),
      (done, exit) =>
        Effect.sync(() => {
          mine--
          log.running -= weight(visit)
          log.ended[Exit.isSuccess(exit) ? "S" : Exit.hasInterrupts(exit) ? "X" : "F"]++
          if (typeof done === "function") done()
        })
    )
    const call = Effect.onExit(
      Effect.suspend(() => execute(body, visit)),
      (exit) =>
        Effect.sync(() => {
          if (mine > 0) log.orphans++
          if (!Exit.isFailure(exit)) return
          for (const reason of exit.cause.reasons) {
            if (reason._tag !== "Fail" || typeof reason.error !== "object" || reason.error === null) continue
            const tag = "_tag" in reason.error ? String(reason.error._tag) : "?"
            log.refused.set(tag, (log.refused.get(tag) ?? 0) + 1)
          }
        })
    )
    const fiber = yield* call.pipe(
      Effect.provideService(Scheduler.MaxOpsBeforeYield, 3),
      Effect.forkChild({ startImmediately: visit.dice % 2 === 0 })
    )
    fibers.push(fiber)
    if (visit.interrupted === null) continue
    if ("steps" in visit.interrupted) {
      for (let step = 0; step < visit.interrupted.steps; step++) yield* Effect.yieldNow
      yield* interrupt(fiber)
    } else {
      const { millis } = visit.interrupted
      yield* Effect.forkChild(
        Effect.andThen(
          Effect.sleep(millis),
          Effect.suspend(() => interrupt(fiber))
        )
      )
    }
  }
  // A fibre that yields so often gets to its next wait only after many turns, which the clock does not wait for.
  for (let round = 0; fibers.some((fiber) => fiber.pollUnsafe() === undefined); round++) {
    if (round > 1000) return yield* Effect.die("a call never ends")
    for (let turn = 0; turn < 10; turn++) yield* Effect.yieldNow
    yield* TestClock.adjust(25)
    yield* check(log)
  }
  yield* check(log)
  return log
})

export const sum = (counts: Iterable<number>): number => {
  let total = 0
  for (const count of counts) total += count
  return total
}
