/**
 * Bounds how many calls run at once, so that one slow dependency cannot take everything. Callers beyond that wait their turn in
 * a bounded queue, first come first served whatever their weight, no longer than `maxWaitDuration`.
 */
import { Duration, Effect, type Fiber, Metric, Schema, type Scope } from "effect"
import * as Deadline from "./Deadline.ts"
import { decode, type InvalidOptions } from "./InvalidOptions.ts"
import * as Alarms from "./internal/Alarms.ts"
import { NonNegativeDuration } from "./internal/DurationInput.ts"
import { now } from "./internal/monotonic.ts"
import * as Rejection from "./internal/Rejection.ts"
import * as Series from "./internal/Series.ts"
import * as SpanEvent from "./internal/SpanEvent.ts"
import { stackless } from "./internal/stackless.ts"
import * as WaitingLine from "./internal/WaitingLine.ts"

/**
 * - `maxConcurrentCalls`: calls that run at once, 25 by default; 0 rejects all.
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
  /** Whether there was no place to wait, or the wait was too long. */
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
}

/** A bound on a wait from outside. */
interface Limit<E> {
  readonly remaining: number
  readonly exceeded: () => Effect.Effect<never, E>
}

/** Makes a bulkhead of its own. Its metric series go with the scope. */
export const make: (
  name: string,
  options?: BulkheadOptionsInput
) => Effect.Effect<Bulkhead, InvalidOptions, Scope.Scope> = Effect.fnUntraced(function* (name, input = {}) {
  const options = yield* decode(BulkheadOptions, "Bulkhead", name)(input)
  return yield* makeWith(name, () => options)
})

/** Makes a bulkhead that reads its options at each call. */
export const makeWith: (name: string, options: () => BulkheadOptions) => Effect.Effect<Bulkhead, never, Scope.Scope> =
  Effect.fnUntraced(function* (name, readOptions) {
    const line = WaitingLine.make()
    const alarms = yield* Alarms.make

    yield* Series.register([
      [
        Metric.gauge("resilience4j.bulkhead.max.allowed.concurrent.calls", {
          description: "Calls that may run at once",
          attributes: { name }
        }),
        () => readOptions().maxConcurrentCalls
      ],
      [
        Metric.gauge("resilience4j.bulkhead.available.concurrent.calls", {
          description: "Calls that could start now",
          attributes: { name }
        }),
        () => Math.max(0, readOptions().maxConcurrentCalls - line.taken)
      ],
      [
        Metric.gauge("resilience4j.bulkhead.queue.depth", { description: "Callers that wait", attributes: { name } }),
        () => line.waiting
      ],
      [
        Metric.gauge("resilience4j.bulkhead.queue.capacity", {
          description: "Callers that may wait",
          attributes: { name }
        }),
        () => readOptions().maxQueuedCalls
      ]
    ])

    const reject = (options: BulkheadOptions, reason: BulkheadFull["reason"]): Effect.Effect<never, BulkheadFull> =>
      Effect.withFiber((fiber) => {
        const { maxConcurrentCalls, maxQueuedCalls } = options
        SpanEvent.add(fiber, "resilience4j.bulkhead.rejected", { name, reason })
        return Effect.fail(
          stackless(
            () => new BulkheadFull({ name, reason, maxConcurrentCalls, maxQueuedCalls }, { disableChecks: true })
          )
        )
      })

    const run = <A, E, R, E2 = never>(
      self: Effect.Effect<A, E, R>,
      permits: number,
      within?: (fiber: Fiber.Fiber<unknown, unknown>) => Limit<E2> | undefined
    ): Effect.Effect<A, E | E2 | BulkheadFull, R> =>
      Effect.suspend(() => {
        const options = readOptions()
        const ticket = WaitingLine.ticket(permits)
        // The permit is taken inside the guarded region: an interruption at any point finds the finalizer in place.
        return Effect.onExitPrimitive(
          Effect.suspend((): Effect.Effect<A, E | E2 | BulkheadFull, R> => {
            if (line.enter(ticket, options.maxConcurrentCalls)) return self
            if (permits > options.maxConcurrentCalls || line.waiting >= options.maxQueuedCalls) {
              return reject(options, "queue-full")
            }
            line.queue(ticket)
            return Effect.andThen(
              Effect.withFiber((fiber) => wait(options, ticket, fiber, within?.(fiber))),
              self
            )
          }),
          () => {
            line.leave(ticket, readOptions().maxConcurrentCalls)
            return undefined
          }
        )
      })

    const wait = <E2>(
      options: BulkheadOptions,
      ticket: WaitingLine.Ticket,
      fiber: Fiber.Fiber<unknown, unknown>,
      limit: Limit<E2> | undefined
    ): Effect.Effect<void, BulkheadFull | E2> =>
      Effect.callback<void, BulkheadFull | E2>((resume) => {
        const maxWait = Duration.toMillis(options.maxWaitDuration)
        const patience = Math.min(maxWait, limit?.remaining ?? maxWait)
        const giveUp = () =>
          resume(limit !== undefined && limit.remaining < maxWait ? limit.exceeded() : reject(options, "wait-exceeded"))
        const alarm = Number.isFinite(patience)
          ? alarms.set(fiber, now(fiber) + Math.max(0, patience), giveUp)
          : undefined
        const calm = () => {
          if (alarm !== undefined) alarms.clear(alarm)
        }
        line.onTurn(ticket, () => {
          calm()
          resume(Effect.void)
        })
        return Effect.sync(calm)
      })

    return {
      name,
      execute: (self, permits = 1) => run(self, permits),
      executeWithin: (self, permits = 1) => run(self, permits, Deadline.limit),
      snapshot: Effect.sync(() => ({ running: line.taken, queued: line.waiting }))
    }
  })
