import { Clock, Effect, Latch } from "effect"

/** An event with the id under which a listener that comes back says where it was. */
export interface Entry<out A> {
  readonly id: string
  readonly event: A
}

/** What a listener gets next: events in their order, and before them `missed` when some are gone for good. */
export interface Batch<out A> {
  readonly missed: boolean
  readonly entries: ReadonlyArray<Entry<A>>
}

/** Reads on from where the last read ended, waiting for the next event. */
export type Reader<A> = Effect.Effect<Batch<A>>

/**
 * The last events, kept for any number of listeners. Each reads at its own pace from the one log, so that a slow
 * listener holds up nobody and costs no memory: what it has not read before it is overwritten, it has missed.
 */
export interface EventLog<in out A> {
  readonly publish: (event: A) => void
  /** A reader from now on, or from after `lastEventId` when that is still known. */
  readonly reader: (lastEventId?: string) => Reader<A>
}

export const make = <A>(capacity: number): Effect.Effect<EventLog<A>> =>
  Effect.map(Clock.currentTimeMillis, (epoch) => {
    const ring: Array<A> = []
    const changed = Latch.makeUnsafe(false)
    // Ids of another process must not be taken for ours.
    const prefix = epoch.toString(36)
    let next = 0

    const position = (id: string): number | undefined => {
      const [, epochOf, number] = /^([0-9a-z]+)-([0-9]+)$/.exec(id) ?? []
      const after = Number(number) + 1
      return epochOf === prefix && after <= next ? after : undefined
    }

    const reader = (lastEventId?: string): Reader<A> => {
      const known = lastEventId === undefined ? next : position(lastEventId)
      let missed = known === undefined
      let at = known ?? next

      const take = (): Batch<A> => {
        const oldest = Math.max(0, next - capacity)
        const batch = { missed: missed || at < oldest, entries: [] as Array<Entry<A>> }
        for (at = Math.max(at, oldest); at < next; at++) {
          const event = ring[at % capacity]
          if (event !== undefined) batch.entries.push({ id: `${prefix}-${at}`, event })
        }
        missed = false
        return batch
      }

      const read: Reader<A> = Effect.suspend(() =>
        missed || at < next ? Effect.sync(take) : Effect.andThen(changed.await, read)
      )
      return read
    }

    return {
      publish(event) {
        ring[next % capacity] = event
        next++
        changed.openUnsafe()
        changed.closeUnsafe()
      },
      reader
    }
  })
