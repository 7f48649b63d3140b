import { type Context, Effect, type Fiber, type Scope } from "effect"
import { now } from "./monotonic.ts"

/** Something to be done at a time, unless it is taken back before. */
export interface Alarm {
  readonly at: number
  ring(): void
  /** Its neighbours in the circle of those that are set; itself once it is not one of them. */
  next: Alarm
  previous: Alarm
}

/** Where an alarm takes its clock from: the fiber that sets it, as long as that runs, or a context that was kept. */
interface Setter {
  readonly context: Context.Context<never>
}

/**
 * Alarms for many calls that share few sleepers.
 *
 * A timeout nearly never comes, so a timer or a fibre for each call is paid for nothing. Here one fibre sleeps until the
 * earliest alarm; when it wakes, that call is long done and it sleeps on for those that are not. It ends when none is left,
 * so nothing idles, and starts again with the next call.
 */
export interface Alarms {
  readonly set: (setter: Setter, at: number, ring: () => void) => Alarm
  /** The same for an alarm that is more than that; its neighbours are set here. */
  readonly add: (setter: Setter, alarm: Alarm) => void
  readonly clear: (alarm: Alarm) => void
}

export interface OwnedAlarms extends Alarms {
  /** Takes an alarm back for good: with the last one the sleepers end too, and no timer is left. */
  readonly cancel: (alarm: Alarm) => void
  /** Ends the sleepers when no alarm is left that a call under way needs. */
  readonly close: () => void
  /** Ends them at once; nothing rings any more. */
  readonly abandon: () => void
}

/** When the scope closes, the sleepers stay as long as calls under way need them. */
export const make: Effect.Effect<Alarms, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => makeUnsafe()),
  (alarms) => Effect.sync(alarms.close)
)

/**
 * Where the circle of alarms begins and ends. Most alarms are taken back right after they were set; a `Set`, which keeps the
 * places of what it forgets until it makes its table anew, takes several times as long for that.
 */
const makeHead = (): Alarm => {
  const head = { at: Number.NaN, ring: () => {} } as Alarm
  head.next = head
  head.previous = head
  return head
}

const unlink = (alarm: Alarm): void => {
  alarm.previous.next = alarm.next
  alarm.next.previous = alarm.previous
  // What is gone must not hold on to what is not.
  alarm.next = alarm
  alarm.previous = alarm
}

export const makeUnsafe = (): OwnedAlarms => {
  const head = makeHead()
  /** When the sleepers wake, each one sooner than those before it, so that the last is in time to serve every alarm. */
  const wakings = new Set<number>()
  const sleepers = new Set<Fiber.Fiber<void>>()
  /** The first of the wakings: known, so that setting an alarm looks through none. */
  let first = Number.POSITIVE_INFINITY
  let closed = false

  const lookForFirst = (): void => {
    first = Number.POSITIVE_INFINITY
    for (const time of wakings) first = time
  }

  const wakeAt = (time: number): void => {
    wakings.add(time)
    first = time
  }

  /** Rings those that are due, until none is, and says when the next one will be. */
  const ringDue = (time: number): number => {
    for (;;) {
      let next = Number.POSITIVE_INFINITY
      const due: Array<Alarm> = []
      for (let alarm = head.next; alarm !== head; alarm = alarm.next) {
        if (alarm.at <= time) due.push(alarm)
        else if (alarm.at < next) next = alarm.at
      }
      if (due.length === 0) return next
      for (const alarm of due) {
        // One that rang before it may have taken it back.
        if (alarm.next === alarm) continue
        unlink(alarm)
        alarm.ring()
      }
    }
  }

  const sleeper = (until: number): Effect.Effect<void> =>
    Effect.withFiber((fiber) =>
      Effect.flatMap(Effect.sleep(Math.max(0, until - now(fiber))), () => {
        wakings.delete(until)
        lookForFirst()
        const next = ringDue(Math.max(until, now(fiber)))
        if (next >= first) return Effect.void
        wakeAt(next)
        return sleeper(next)
      })
    )

  const endIfIdle = (): void => {
    if (head.next !== head) return
    wakings.clear()
    first = Number.POSITIVE_INFINITY
    for (const fiber of sleepers) fiber.interruptUnsafe()
  }

  const close = (): void => {
    closed = true
    endIfIdle()
  }

  const add = (setter: Setter, alarm: Alarm): void => {
    const last = head.previous
    alarm.next = head
    alarm.previous = last
    last.next = alarm
    head.previous = alarm
    if (alarm.at >= first) return
    wakeAt(alarm.at)
    // The sleeper belongs to these alarms and not to the call that happened to be the first.
    const asleep = Effect.runForkWith(setter.context)(sleeper(alarm.at))
    sleepers.add(asleep)
    asleep.addObserver(() => sleepers.delete(asleep))
  }

  return {
    add,
    set(setter, at, ring) {
      const alarm: Alarm = { at, ring, next: head, previous: head }
      add(setter, alarm)
      return alarm
    },
    clear(alarm) {
      unlink(alarm)
      if (closed) endIfIdle()
    },
    cancel(alarm) {
      unlink(alarm)
      endIfIdle()
    },
    close,
    abandon() {
      while (head.next !== head) unlink(head.next)
      close()
    }
  }
}
