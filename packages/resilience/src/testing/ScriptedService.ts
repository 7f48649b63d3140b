/**
 * What the next calls of a service in memory are to meet, operation by operation, and a record of all that were made. For the
 * test layer of a service: its methods `begin` with their name and arguments, and its users say what happens.
 *
 * **Example**
 *
 * ```ts
 * import { Effect } from "effect"
 * import { ScriptedService } from "@resync/resilience/testing"
 *
 * const test = Effect.gen(function* () {
 *   const script = yield* ScriptedService.make<"quote" | "order", "busy">()
 *   const quote = (weight: number) => Effect.as(script.begin("quote", weight), 700 + weight)
 *   yield* script.fail("quote", "busy", 2)
 *   const error = yield* Effect.flip(quote(40)) // "busy"
 *   return { error, calls: yield* script.calls } // calls: [{ operation: "quote", arguments: [40] }]
 * })
 * ```
 */
import { Duration, Effect, Ref } from "effect"

/** One call that was made. */
export interface Call<out Operation extends string> {
  readonly operation: Operation
  readonly arguments: ReadonlyArray<unknown>
}

export interface ScriptedService<in out Operation extends string, in out E> {
  /** What happens before every call: it is recorded, takes its time, and fails if it is its turn. */
  readonly begin: (operation: Operation, ...args: ReadonlyArray<unknown>) => Effect.Effect<void, E>
  /** The calls so far, oldest first, those that failed included. */
  readonly calls: Effect.Effect<ReadonlyArray<Call<Operation>>>
  /** Lets the next `times` calls (1 when absent) of an operation fail, after those that are to fail already. */
  readonly fail: (operation: Operation, error: E, times?: number) => Effect.Effect<void>
  /** Lets every call of an operation take that long from now on. */
  readonly delay: (operation: Operation, duration: Duration.Input) => Effect.Effect<void>
}

export const make = Effect.fnUntraced(function* <Operation extends string, E>(): Effect.fn.Return<
  ScriptedService<Operation, E>
> {
  const calls = yield* Ref.make<ReadonlyArray<Call<Operation>>>([])
  const failures = yield* Ref.make<ReadonlyMap<Operation, ReadonlyArray<E>>>(new Map())
  const delays = yield* Ref.make<ReadonlyMap<Operation, Duration.Duration>>(new Map())

  /** The failure whose turn it is. */
  const next = (operation: Operation) =>
    Ref.modify(failures, (known) => {
      const [first, ...rest] = known.get(operation) ?? []
      return [first, new Map(known).set(operation, rest)]
    })

  return {
    begin: Effect.fnUntraced(function* (operation, ...args) {
      yield* Ref.update(calls, (known) => [...known, { operation, arguments: args }])
      const duration = (yield* Ref.get(delays)).get(operation)
      if (duration !== undefined) yield* Effect.sleep(duration)
      const failure = yield* next(operation)
      if (failure !== undefined) return yield* Effect.fail(failure)
    }),
    calls: Ref.get(calls),
    fail: (operation, error, times = 1) =>
      Ref.update(failures, (known) =>
        new Map(known).set(operation, [...(known.get(operation) ?? []), ...Array.from({ length: times }, () => error)])
      ),
    delay: (operation, duration) =>
      Ref.update(delays, (known) => new Map(known).set(operation, Duration.fromInputUnsafe(duration)))
  }
})
