/**
 * Collects the events of a breaker, a registry or a policy and holds them against what a test expects.
 *
 * **Example**
 *
 * ```ts
 * import { CircuitBreakerRegistry } from "@resync/resilience/CircuitBreakerRegistry"
 * import { Events } from "@resync/resilience/testing"
 * import { Effect } from "effect"
 *
 * export const test = Effect.gen(function* () {
 *   const registry = yield* CircuitBreakerRegistry
 *   const events = yield* Events.collect(registry.events)
 *   // ... three calls that fail and one that is refused
 *   yield* events.expect("Error", "Error", "Error", Events.transition("CLOSED", "OPEN"), { _tag: "NotPermitted" })
 *   yield* events.expectNone
 * })
 * ```
 */
import { Data, Effect, Equal, Predicate, type Scope, Stream } from "effect"
import type { StateName } from "../CircuitBreakerState.ts"

/** An event by its tag, or by some of its fields. */
export type Pattern = string | Readonly<Record<string, unknown>>

/** The events that came are not those that were expected. */
export class UnexpectedEvents extends Data.TaggedError("UnexpectedEvents")<{
  readonly expected: ReadonlyArray<Pattern>
  readonly seen: ReadonlyArray<unknown>
}> {
  override get message(): string {
    const list = (items: ReadonlyArray<unknown>) =>
      items.length === 0 ? "  none" : items.map((item) => `  ${JSON.stringify(item)}`).join("\n")
    return `Unexpected events\nexpected:\n${list(this.expected)}\nseen:\n${list(this.seen)}`
  }
}

/** A change of a breaker's state. */
export const transition = (from: StateName, to: StateName): Pattern => ({ _tag: "StateTransition", from, to })

/** Whether an event is one of this pattern. */
export const matches = (event: unknown, pattern: Pattern): boolean =>
  typeof pattern === "string"
    ? Predicate.isTagged(event, pattern)
    : Object.entries(pattern).every(
        ([key, value]) => Predicate.hasProperty(event, key) && Equal.equals(event[key], value)
      )

export interface Events<A> {
  /** What came so far and was not yet expected. */
  readonly seen: Effect.Effect<ReadonlyArray<A>>
  /** The next events are these, in this order; dies with `UnexpectedEvents` if not. They are then done with. */
  readonly expect: (...patterns: ReadonlyArray<Pattern>) => Effect.Effect<ReadonlyArray<A>>
  /** No other event came. */
  readonly expectNone: Effect.Effect<void>
  /** Forgets what came so far. */
  readonly clear: Effect.Effect<void>
}

/** Collects what a stream brings from now on. */
export const collect = <A, E, R>(stream: Stream.Stream<A, E, R>): Effect.Effect<Events<A>, never, R | Scope.Scope> =>
  Effect.gen(function* () {
    const collected: Array<A> = []
    yield* stream.pipe(
      Stream.runForEach((event) => Effect.sync(() => collected.push(event))),
      Effect.forkScoped({ startImmediately: true })
    )
    // What was published before is with the collector after it had its turn.
    const settled = Effect.andThen(Effect.yieldNow, Effect.yieldNow)
    return {
      seen: Effect.map(settled, () => [...collected]),
      expect: (...patterns) =>
        Effect.flatMap(settled, () => {
          const seen = collected.splice(0, patterns.length)
          return patterns.every((pattern, index) => index < seen.length && matches(seen[index], pattern))
            ? Effect.succeed(seen)
            : Effect.die(new UnexpectedEvents({ expected: patterns, seen: [...seen, ...collected] }))
        }),
      expectNone: Effect.flatMap(settled, () =>
        collected.length === 0 ? Effect.void : Effect.die(new UnexpectedEvents({ expected: [], seen: [...collected] }))
      ),
      clear: Effect.map(settled, () => {
        collected.length = 0
      })
    }
  })
