/**
 * A dependency that does what a test says: it succeeds, fails, hangs or takes its time, call by call, and keeps a record.
 *
 * **Example**
 *
 * ```ts
 * import { Script } from "@resync/resilience/testing"
 *
 * // Busy twice, then slow, then up for good.
 * export const carrier = Script.make(
 *   Script.fail("busy" as const),
 *   Script.fail("busy" as const),
 *   Script.delay("2 seconds", Script.succeed(750)),
 *   Script.succeed(740)
 * )
 * ```
 */
import { Cause, Clock, type Duration, Effect, Exit } from "effect"

/** How a call ends. */
export type Step<A, E> = { readonly run: Effect.Effect<A, E> }

/** Ends well. */
export const succeed = <A>(value: A): Step<A, never> => ({ run: Effect.succeed(value) })

/** Ends with an error. */
export const fail = <E>(error: E): Step<never, E> => ({ run: Effect.fail(error) })

/** Ends with a defect. */
export const die = (defect: unknown): Step<never, never> => ({ run: Effect.die(defect) })

/** Never ends unless it is interrupted. */
export const hang: Step<never, never> = { run: Effect.never }

/** Takes this long by the clock of the test, and ends as the step says. */
export const delay = <A, E>(duration: Duration.Input, step: Step<A, E>): Step<A, E> => ({
  run: Effect.delay(step.run, duration)
})

/** The same step so many times. */
export const times = <A, E>(count: number, step: Step<A, E>): ReadonlyArray<Step<A, E>> =>
  Array.from({ length: count }, () => step)

/** One call of the dependency. Times are milliseconds of the test's clock. */
export interface Call {
  readonly startedAt: number
  readonly endedAt: number | undefined
  readonly outcome: "running" | "success" | "failure" | "defect" | "interrupted"
}

export interface Script<A, E> {
  /** Calls the dependency: the next step of the script, or the last one again when there are no more. */
  readonly call: Effect.Effect<A, E>
  /** How often it was called. */
  readonly count: () => number
  /** All calls, in the order in which they started. */
  readonly calls: () => ReadonlyArray<Call>
  /** Calls under way. */
  readonly running: () => number
  /** Goes on by other steps from the next call on. */
  readonly play: (...steps: ReadonlyArray<Step<A, E>>) => void
}

type ValueOf<S> = S extends Step<infer A, unknown> ? A : never
type ErrorOf<S> = S extends Step<unknown, infer E> ? E : never

const outcomeOf = (exit: Exit.Exit<unknown, unknown>): Call["outcome"] =>
  Exit.isSuccess(exit)
    ? "success"
    : Cause.hasInterruptsOnly(exit.cause)
      ? "interrupted"
      : Cause.hasFails(exit.cause)
        ? "failure"
        : "defect"

/** Makes a dependency. Without steps it hangs. */
export const make = <const Steps extends ReadonlyArray<Step<unknown, unknown>>>(
  ...steps: Steps
): Script<ValueOf<Steps[number]>, ErrorOf<Steps[number]>> => {
  // What the type says of the steps holds for each of them.
  let script = steps as unknown as ReadonlyArray<Step<ValueOf<Steps[number]>, ErrorOf<Steps[number]>>>
  let next = 0
  const calls: Array<Call> = []

  return {
    call: Effect.flatMap(Clock.currentTimeMillis, (startedAt) => {
      const index = calls.push({ startedAt, endedAt: undefined, outcome: "running" }) - 1
      const step = script[Math.min(next++, script.length - 1)]
      return Effect.onExit(step?.run ?? Effect.never, (exit) =>
        Effect.map(Clock.currentTimeMillis, (endedAt) => {
          calls[index] = { startedAt, endedAt, outcome: outcomeOf(exit) }
        })
      )
    }),
    count: () => calls.length,
    calls: () => [...calls],
    running: () => calls.filter(({ outcome }) => outcome === "running").length,
    play: (...more) => {
      script = more
      next = 0
    }
  }
}
