import { Effect, Queue, Stream } from "effect"

/**
 * Hands events to any number of subscribers without ever waiting for one.
 *
 * Each subscriber has a buffer of its own; when it is full the oldest event goes and is counted. Without subscribers an
 * event is not even built.
 */
export interface EventBus<in out A> {
  /** Whether anybody listens. A hot path asks first, to save building what `publish` would throw away. */
  readonly heard: () => boolean
  readonly publish: (event: () => A) => void
  readonly stream: Stream.Stream<A>
  /** Events that slow subscribers lost so far. */
  readonly dropped: Effect.Effect<number>
}

export const make = <A>(capacity = 256): EventBus<A> => {
  const subscribers = new Set<Queue.Queue<A>>()
  let dropped = 0

  const subscribe = Effect.acquireRelease(
    Effect.map(Queue.sliding<A>(capacity), (queue) => {
      subscribers.add(queue)
      return queue
    }),
    (queue) => {
      subscribers.delete(queue)
      return Queue.shutdown(queue)
    }
  )

  return {
    heard: () => subscribers.size > 0,
    publish(event) {
      if (subscribers.size === 0) return
      const value = event()
      for (const queue of subscribers) {
        if (Queue.isFullUnsafe(queue)) dropped++
        Queue.offerUnsafe(queue, value)
      }
    },
    stream: Stream.unwrap(Effect.map(subscribe, Stream.fromQueue)),
    dropped: Effect.sync(() => dropped)
  }
}
