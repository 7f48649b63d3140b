/**
 * A bulkhead with a limit for each key below the limit of all: so many calls at once for each tenant, host or user, and so many in
 * all. When all is full, the keys that wait have their turns one after the other, so that a busy one does not crowd out the rest.
 *
 * A key costs nothing while it is not in use. It is in no metric: there may be any number of them.
 *
 * **Example**
 *
 * ```ts
 * import { Effect } from "effect"
 * import * as KeyedBulkhead from "@resync/resilience/KeyedBulkhead"
 *
 * declare const report: (tenant: string) => Effect.Effect<string>
 *
 * const program = Effect.gen(function* () {
 *   const bulkhead = yield* KeyedBulkhead.make("reports", { maxConcurrentCalls: 20, maxConcurrentCallsPerKey: 4 })
 *   return yield* bulkhead.execute("acme", report("acme"))
 * })
 * ```
 */
import { Clock, Duration, Effect, Schema, type Scope, type Stream } from "effect"
import { BulkheadFull } from "./Bulkhead.ts"
import type { BulkheadEvent } from "./BulkheadEvent.ts"
import { decode, type InvalidOptions } from "./InvalidOptions.ts"
import * as Alarms from "./internal/Alarms.ts"
import * as BulkheadEvents from "./internal/BulkheadEvents.ts"
import * as BulkheadSeries from "./internal/BulkheadSeries.ts"
import { NonNegativeDuration } from "./internal/DurationInput.ts"
import * as KeyedLine from "./internal/KeyedLine.ts"
import { stated } from "./internal/stated.ts"
import * as turnstile from "./internal/turnstile.ts"

const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

/**
 * - `maxConcurrentCalls`, `maxConcurrentCallsPerKey`: calls that run at once, of all keys together and of each; 25 and 5.
 * - `maxQueuedCalls`, `maxQueuedCallsPerKey`: callers that may wait, of all keys together and of each; 0 by default, and
 *   for each as many as for all.
 * - `maxWaitDuration`: how long one waits at most; unbounded by default.
 */
export const KeyedBulkheadOptions = Schema.Struct({
  maxConcurrentCalls: Count.pipe(Schema.withDecodingDefaultKey(Effect.succeed(25))),
  maxConcurrentCallsPerKey: Count.pipe(Schema.withDecodingDefaultKey(Effect.succeed(5))),
  maxQueuedCalls: Count.pipe(Schema.withDecodingDefaultKey(Effect.succeed(0))),
  maxQueuedCallsPerKey: Schema.optionalKey(Count),
  maxWaitDuration: NonNegativeDuration.pipe(Schema.withDecodingDefaultKey(Effect.succeed("Infinity")))
}).annotate({ identifier: "KeyedBulkheadOptions" })
export type KeyedBulkheadOptions = typeof KeyedBulkheadOptions.Type

export interface KeyedBulkheadOptionsInput {
  readonly maxConcurrentCalls?: number | undefined
  readonly maxConcurrentCallsPerKey?: number | undefined
  readonly maxQueuedCalls?: number | undefined
  readonly maxQueuedCallsPerKey?: number | undefined
  readonly maxWaitDuration?: Duration.Input | undefined
}

export interface KeyedBulkhead {
  readonly name: string
  /** Runs an effect once there is room for `permits` calls of the key, 1 by default. All come back however it ends. */
  readonly execute: <A, E, R>(
    key: string,
    self: Effect.Effect<A, E, R>,
    permits?: number
  ) => Effect.Effect<A, E | BulkheadFull, R>
  /** What all keys hold together, and how many of them hold or wait for anything. */
  readonly snapshot: Effect.Effect<{ readonly running: number; readonly queued: number; readonly keys: number }>
  readonly snapshotOf: (key: string) => Effect.Effect<{ readonly running: number; readonly queued: number }>
  /** What happens from now on. */
  readonly events: Stream.Stream<BulkheadEvent>
  /** Changes limits while calls go on. What runs is left alone; who waits for more than there is now is refused. */
  readonly resize: (
    limits: Pick<KeyedBulkheadOptionsInput, "maxConcurrentCalls" | "maxConcurrentCallsPerKey">
  ) => Effect.Effect<void, InvalidOptions>
}

/** Makes a keyed bulkhead. Its metric series, which are those of all keys together, go with the scope. */
export const make: (
  name: string,
  options?: KeyedBulkheadOptionsInput
) => Effect.Effect<KeyedBulkhead, InvalidOptions, Scope.Scope> = Effect.fnUntraced(function* (name, input = {}) {
  const decoded = decode(KeyedBulkheadOptions, "KeyedBulkhead", name)
  let options = yield* decoded(input)
  let limits: KeyedLine.Limits = { total: options.maxConcurrentCalls, perKey: options.maxConcurrentCallsPerKey }
  const line = KeyedLine.make(limits)
  const alarms = yield* Alarms.make
  const events = BulkheadEvents.make(name, yield* Clock.Clock)

  yield* BulkheadSeries.register(name, {
    max: () => limits.total,
    taken: () => line.taken,
    waiting: () => line.waiting,
    capacity: () => options.maxQueuedCalls
  })

  /** Whether it is the key that has no place left, rather than all. */
  const isKeyFull = (ticket: KeyedLine.Ticket): boolean => line.of(ticket.key).taken + ticket.permits > limits.perKey

  const gate: turnstile.Gate<KeyedLine.Ticket, BulkheadFull> = {
    arrive(ticket) {
      if (line.enter(ticket)) return "inside"
      const { maxQueuedCalls, maxQueuedCallsPerKey = maxQueuedCalls } = options
      const { key, permits } = ticket
      if (permits > limits.perKey || permits > limits.total) return "full"
      if (line.waiting >= maxQueuedCalls || line.of(key).waiting >= maxQueuedCallsPerKey) return "full"
      line.queue(ticket)
      return "waiting"
    },
    leave: (ticket) => line.leave(ticket),
    maxWaitMillis: () => Duration.toMillis(options.maxWaitDuration),
    reject: (ticket, reason) => {
      const { maxQueuedCalls, maxQueuedCallsPerKey = maxQueuedCalls } = options
      const bound = isKeyFull(ticket)
        ? { maxConcurrentCalls: limits.perKey, maxQueuedCalls: maxQueuedCallsPerKey }
        : { maxConcurrentCalls: limits.total, maxQueuedCalls }
      return events.rejected(
        reason,
        () => new BulkheadFull({ name, key: ticket.key, reason, ...bound }, { disableChecks: true })
      )
    },
    onPermitted: events.permitted,
    onFinished: events.finished
  }

  return {
    name,
    execute: (key, self, permits = 1) => turnstile.pass(gate, alarms, self, () => KeyedLine.ticket(key, permits)),
    snapshot: Effect.sync(() => ({ running: line.taken, queued: line.waiting, keys: line.keys })),
    snapshotOf: (key) =>
      Effect.sync(() => {
        const { taken, waiting } = line.of(key)
        return { running: taken, queued: waiting }
      }),
    events: events.stream,
    resize: Effect.fnUntraced(function* (change) {
      options = yield* decoded({ ...options, ...stated(change) })
      limits = { total: options.maxConcurrentCalls, perKey: options.maxConcurrentCallsPerKey }
      line.refresh(limits)
    })
  }
})
