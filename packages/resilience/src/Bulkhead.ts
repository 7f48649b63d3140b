/**
 * Bounds how many calls run at once, so that one slow dependency cannot take everything. Callers beyond that wait their turn in
 * a bounded queue, first come first served whatever their weight, no longer than `maxWaitDuration`.
 */
import { Clock, Duration, Effect, Schema, type Scope, type Stream } from "effect"
import type { BulkheadEvent } from "./BulkheadEvent.ts"
import * as Deadline from "./Deadline.ts"
import { decode, type InvalidOptions } from "./InvalidOptions.ts"
import * as Alarms from "./internal/Alarms.ts"
import * as BulkheadEvents from "./internal/BulkheadEvents.ts"
import * as BulkheadSeries from "./internal/BulkheadSeries.ts"
import { NonNegativeDuration } from "./internal/DurationInput.ts"
import type { Passing } from "./internal/oneRun.ts"
import * as Rejection from "./internal/Rejection.ts"
import * as turnstile from "./internal/turnstile.ts"
import * as WaitingLine from "./internal/WaitingLine.ts"

/**
 * - `maxConcurrentCalls`: calls that run at once, 25 by default; 0 rejects all that come, while those that wait go on waiting.
 * - `maxQueuedCalls`: callers that may wait, 0 by default.
 * - `maxWaitDuration`: how long one waits at most; unbounded by default.
 */
export const BulkheadOptions = Schema.Struct({
  maxConcurrentCalls: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed(25))
  ),
  maxQueuedCalls: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed(0))
  ),
  maxWaitDuration: NonNegativeDuration.pipe(Schema.withDecodingDefaultKey(Effect.succeed("Infinity")))
}).annotate({ identifier: "BulkheadOptions" })
export type BulkheadOptions = typeof BulkheadOptions.Type

export interface BulkheadOptionsInput {
  readonly maxConcurrentCalls?: number | undefined
  readonly maxQueuedCalls?: number | undefined
  readonly maxWaitDuration?: Duration.Input | undefined
}

/** The bulkhead had no place for the call; nothing was sent. It carries no stack trace. */
export class BulkheadFull extends Schema.TaggedError<BulkheadFull>("@resync/resilience/BulkheadFull")("BulkheadFull", {
  /** The policy. */
  name: Schema.String,
  /** The one of the keys whose calls are bounded apart, where there are such. */
  key: Schema.optionalKey(Schema.String),
  /** Whether there was no place, also no more after the bulkhead was made smaller, or the wait was too long. */
  reason: Schema.Literals(["queue-full", "wait-exceeded"]),
  maxConcurrentCalls: Schema.Int,
  maxQueuedCalls: Schema.Int
}) {
  readonly [Rejection.TypeId] = Rejection.TypeId

  override get message(): string {
    return `Bulkhead ${this.name} is full: ${this.maxConcurrentCalls} calls run and ${this.maxQueuedCalls} may wait`
  }
}

export interface Bulkhead {
  readonly name: string
  /** Runs an effect once there is room for `permits` calls, 1 by default. All come back however it ends. */
  readonly execute: <A, E, R>(self: Effect.Effect<A, E, R>, permits?: number) => Effect.Effect<A, E | BulkheadFull, R>
  /** The same, but a wait ends with the current deadline where that leaves less time, and then with its error. */
  readonly executeWithin: <A, E, R>(
    self: Effect.Effect<A, E, R>,
    permits?: number
  ) => Effect.Effect<A, E | BulkheadFull | Deadline.DeadlineExceeded, R>
  readonly snapshot: Effect.Effect<{ readonly running: number; readonly queued: number }>
  /** What happens from now on. */
  readonly events: Stream.Stream<BulkheadEvent>
  /**
   * Goes by options that have changed: lets in those for whom there is room now. What runs is left alone; who waits for
   * more permits than there are now is refused, and holds up nobody.
   */
  readonly refresh: Effect.Effect<void>
}

/** A bulkhead that holds its options itself. */
export interface ResizableBulkhead extends Bulkhead {
  /** Changes `maxConcurrentCalls` while calls go on, as `refresh` says. */
  readonly resize: (maxConcurrentCalls: number) => Effect.Effect<void, InvalidOptions>
}

/** Makes a bulkhead of its own. Its metric series go with the scope. */
export const make: (
  name: string,
  options?: BulkheadOptionsInput
) => Effect.Effect<ResizableBulkhead, InvalidOptions, Scope.Scope> = Effect.fnUntraced(function* (name, input = {}) {
  const decoded = decode(BulkheadOptions, "Bulkhead", name)
  let options = yield* decoded(input)
  const { executeOnce: _once, executeOnceWithin: _within, ...bulkhead } = yield* makeWith(name, () => options)
  return {
    ...bulkhead,
    resize: Effect.fnUntraced(function* (maxConcurrentCalls: number) {
      options = yield* decoded({ ...options, maxConcurrentCalls })
      yield* bulkhead.refresh
    })
  }
})

/** Makes a bulkhead that reads its options at each call. */
export const makeWith: (
  name: string,
  options: () => BulkheadOptions
) => Effect.Effect<Bulkhead & Passing, never, Scope.Scope> = Effect.fnUntraced(function* (name, readOptions) {
  const line = WaitingLine.make()
  const alarms = yield* Alarms.make
  const events = BulkheadEvents.make(name, yield* Clock.Clock)

  yield* BulkheadSeries.register(name, {
    max: () => readOptions().maxConcurrentCalls,
    taken: () => line.taken,
    waiting: () => line.waiting,
    capacity: () => readOptions().maxQueuedCalls
  })

  const gate: turnstile.Gate<WaitingLine.Ticket, BulkheadFull> = {
    arrive(ticket) {
      const { maxConcurrentCalls, maxQueuedCalls } = readOptions()
      if (line.enter(ticket, maxConcurrentCalls)) return "inside"
      if (ticket.permits > maxConcurrentCalls || line.waiting >= maxQueuedCalls) return "full"
      line.queue(ticket)
      return "waiting"
    },
    leave: (ticket) => line.leave(ticket, readOptions().maxConcurrentCalls),
    maxWaitMillis: () => Duration.toMillis(readOptions().maxWaitDuration),
    reject: (_, reason) => {
      const { maxConcurrentCalls, maxQueuedCalls } = readOptions()
      return events.rejected(
        reason,
        () => new BulkheadFull({ name, reason, maxConcurrentCalls, maxQueuedCalls }, { disableChecks: true })
      )
    },
    onPermitted: events.permitted,
    onFinished: events.finished
  }

  return {
    name,
    execute: (self, permits = 1) => turnstile.pass(gate, alarms, self, () => WaitingLine.ticket(permits)),
    executeWithin: (self, permits = 1) =>
      turnstile.pass(gate, alarms, self, () => WaitingLine.ticket(permits), Deadline.limit),
    executeOnce: (self) => turnstile.passOnce(gate, alarms, self, WaitingLine.ticket(1)),
    executeOnceWithin: (self) => turnstile.passOnce(gate, alarms, self, WaitingLine.ticket(1), Deadline.limit),
    snapshot: Effect.sync(() => ({ running: line.taken, queued: line.waiting })),
    events: events.stream,
    refresh: Effect.sync(() => line.refresh(readOptions().maxConcurrentCalls))
  }
})
