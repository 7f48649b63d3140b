import { Clock, Duration, Effect, type Exit, type Fiber, type Scope } from "effect"
import * as Deadline from "../Deadline.ts"
import { RateLimitExceeded, type RateLimiter, type RateLimiterOptions } from "../RateLimiter.ts"
import * as Alarms from "./Alarms.ts"
import * as Permits from "./Permits.ts"
import * as RateLimiterSeries from "./RateLimiterSeries.ts"
import * as SpanEvent from "./SpanEvent.ts"
import { stackless } from "./stackless.ts"

interface Waiter {
  readonly permits: number
  /** Alive as long as it waits. */
  readonly fiber: Fiber.Fiber<unknown, unknown>
  readonly admit: (from: Permits.Permits) => void
  readonly refuse: () => void
}

/** What a call has taken, and whether it has made use of it. */
interface Call {
  taken: Permits.Permits | undefined
  started: boolean
}

/** The limit that one process keeps. */
export const make: (name: string, options: () => RateLimiterOptions) => Effect.Effect<RateLimiter, never, Scope.Scope> =
  Effect.fnUntraced(function* (name, readOptions) {
    const alarms = yield* Alarms.make
    // All times are of one clock, so that those of different callers can be compared.
    const clock = yield* Clock.Clock
    const now = () => Number(clock.monotonicTimeNanosUnsafe()) / 1_000_000
    const line = new Set<Waiter>()
    let alarm: Alarms.Alarm | undefined
    let queued = 0
    /**
     * Since when the head of the line waits. Evenly spread permits are there one by one from then on: reckoned from the present
     * of each look, those for a call that needs several would never be.
     */
    let waitingSince = 0

    const rate = (): Permits.Rate => {
      const { limitForPeriod, limitRefreshPeriod, mode } = readOptions()
      return { limit: limitForPeriod, period: Duration.toMillis(limitRefreshPeriod), smooth: mode === "smooth" }
    }
    let smooth = rate().smooth
    let permits = Permits.make(rate(), now())

    const take = (wanted: number, time: number): Permits.Permits => {
      permits = Permits.take(rate(), permits, wanted, time)
      return permits
    }

    /** When so many permits will be there for the head of the line, or for who comes behind `queued` of them. */
    const dueAt = (current: Permits.Rate, wanted: number, time: number): number =>
      Permits.whenAvailable(current, permits, wanted, current.smooth && line.size > 0 ? waitingSince : time)

    /** Admits those at the head whose permits are there and wakes again for the next. */
    const advance = (time: number): void => {
      if (alarm !== undefined) alarms.clear(alarm)
      alarm = undefined
      const current = rate()
      for (const waiter of line) {
        if (waiter.permits > current.limit) {
          leave(waiter)
          waiter.refuse()
          continue
        }
        const due = dueAt(current, waiter.permits, time)
        if (due > time) {
          alarm = alarms.set(waiter.fiber, due, () => advance(Math.max(due, now())))
          return
        }
        leave(waiter)
        waitingSince = time
        // Spread evenly, all but the last of its permits are of the past by now.
        waiter.admit(take(current.smooth ? 1 : waiter.permits, time))
      }
    }

    const leave = (waiter: Waiter): void => {
      if (line.delete(waiter)) queued -= waiter.permits
    }

    const available = (): number => {
      const [current, time] = [rate(), now()]
      return current.smooth
        ? (Permits.whenAvailable(current, permits, 1, time) <= time ? 1 : 0) - queued
        : Permits.at(current, permits, time).left - queued
    }

    yield* RateLimiterSeries.register(name, { available, waiting: () => line.size })

    const reject = (millis: number): Effect.Effect<never, RateLimitExceeded> =>
      Effect.withFiber((fiber) => {
        SpanEvent.add(fiber, "resilience4j.ratelimiter.rejected", { name, retry_after_ms: millis })
        return Effect.fail(
          stackless(() => new RateLimitExceeded({ name, retryAfter: Duration.millis(millis) }, { disableChecks: true }))
        )
      })

    const wait = (
      fiber: Fiber.Fiber<unknown, unknown>,
      wanted: number,
      call: Call
    ): Effect.Effect<void, RateLimitExceeded> =>
      Effect.callback((resume) => {
        const waiter: Waiter = {
          permits: wanted,
          fiber,
          admit(from) {
            call.taken = from
            resume(Effect.void)
          },
          refuse: () => resume(reject(Number.POSITIVE_INFINITY))
        }
        if (line.size === 0) waitingSince = now()
        line.add(waiter)
        queued += wanted
        advance(now())
        return Effect.sync(() => {
          leave(waiter)
          advance(now())
        })
      })

    /** Takes the permits, or waits for them, or refuses. */
    const enter = (wanted: number, call: Call): Effect.Effect<void, RateLimitExceeded> =>
      Effect.withFiber((fiber) => {
        const time = now()
        const current = rate()
        if (wanted > current.limit) return reject(Number.POSITIVE_INFINITY)
        const due = dueAt(current, queued + wanted, time)
        if (due <= time) {
          call.taken = take(wanted, time)
          return Effect.void
        }
        const patience = Math.min(Duration.toMillis(readOptions().timeoutDuration), Deadline.remaining(fiber))
        return due - time > patience ? reject(due - time) : wait(fiber, wanted, call)
      })

    const drain = (): void => {
      permits = Permits.drain(rate(), permits, now())
    }

    const execute: RateLimiter["execute"] = <A, E, R>(
      self: Effect.Effect<A, E, R>,
      wanted = 1,
      drainOn?: (exit: Exit.Exit<A, E>) => boolean
    ) =>
      Effect.suspend(() => {
        const call: Call = { taken: undefined, started: false }
        const start = Effect.suspend(() => {
          call.started = true
          return self
        })
        return Effect.onExitPrimitive(Effect.andThen(enter(wanted, call), start), (exit) => {
          if (call.started) {
            // Started, so the exit is the call's own.
            if (drainOn?.(exit as Exit.Exit<A, E>) === true) drain()
          } else if (call.taken !== undefined) {
            permits = Permits.refund(rate(), permits, wanted, call.taken, now())
            advance(now())
          }
          return undefined
        })
      })

    return {
      name,
      execute,
      drain: Effect.sync(drain),
      snapshot: Effect.sync(() => ({ available: available(), waiting: line.size })),
      refresh: Effect.sync(() => {
        const current = rate()
        if (current.smooth !== smooth) permits = Permits.drain(current, Permits.make(current, now()), now())
        smooth = current.smooth
        waitingSince = now()
        advance(now())
      })
    }
  })
