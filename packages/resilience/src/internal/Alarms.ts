import { Effect, type Fiber, type Scope } from "effect"
import { now } from "./monotonic.ts"

/** Something to be done at a time, unless it is taken back before. */
export interface Alarm {
  readonly at: number
  readonly ring: () => void
}

/**
 * Alarms for many calls that share few sleepers.
 *
 * A timeout nearly never comes, so a timer or a fibre for each call is paid for nothing. Here one fibre sleeps until the
 * earliest alarm; when it wakes, that call is long done and it sleeps on for those that are not. It ends when none is left,
 * so nothing idles, and starts again with the next call. When the scope closes it stays as long as calls under way need it.
 */
export interface Alarms {
  readonly set: (fiber: Fiber.Fiber<unknown, unknown>, at: number, ring: () => void) => Alarm
  readonly clear: (alarm: Alarm) => void
}

export const make: Effect.Effect<Alarms, never, Scope.Scope> = Effect.gen(function* () {
  const alarms = new Set<Alarm>()
  /** When the sleepers wake, the earliest one first in time to serve every alarm. */
  const wakings = new Set<number>()
  const sleepers = new Set<Fiber.Fiber<void>>()
  let closed = false

  const earliest = (times: Iterable<number>): number => {
    let first = Number.POSITIVE_INFINITY
    for (const time of times) if (time < first) first = time
    return first
  }

  const ringDue = (time: number): number => {
    let next = Number.POSITIVE_INFINITY
    for (const alarm of alarms) {
      if (alarm.at <= time) {
        alarms.delete(alarm)
        alarm.ring()
      } else if (alarm.at < next) next = alarm.at
    }
    return next
  }

  const sleeper = (until: number): Effect.Effect<void> =>
    Effect.withFiber((fiber) =>
      Effect.flatMap(Effect.sleep(Math.max(0, until - now(fiber))), () => {
        wakings.delete(until)
        const next = ringDue(Math.max(until, now(fiber)))
        if (next >= earliest(wakings)) return Effect.void
        wakings.add(next)
        return sleeper(next)
      })
    )

  const endIfIdle = (): void => {
    if (!closed || alarms.size > 0) return
    wakings.clear()
    for (const fiber of sleepers) fiber.interruptUnsafe()
  }

  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      closed = true
      endIfIdle()
    })
  )

  return {
    set(fiber, at, ring) {
      const alarm: Alarm = { at, ring }
      alarms.add(alarm)
      if (at < earliest(wakings)) {
        wakings.add(at)
        // The sleeper belongs to these alarms and not to the call that happened to be the first.
        const asleep = Effect.runForkWith(fiber.context)(sleeper(at))
        sleepers.add(asleep)
        asleep.addObserver(() => sleepers.delete(asleep))
      }
      return alarm
    },
    clear(alarm) {
      alarms.delete(alarm)
      endIfIdle()
    }
  }
})
