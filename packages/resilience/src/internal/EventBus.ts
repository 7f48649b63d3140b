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
  /** Only the events of one name: others take no place in the buffer. */
  readonly streamOf: (name: string) => Stream.Stream<A>
  /** Events that slow subscribers lost so far. */
  readonly dropped: Effect.Effect<number>
  /** Those of one name. */
  readonly droppedOf: (name: string) => Effect.Effect<number>
}

interface Subscriber<in out A> {
  readonly queue: Queue.Queue<A>
  readonly name: string | undefined
}

/** A bus whose events have names, for those who listen to one of them only. */
export const make = <A>(capacity = 256, nameOf: (event: A) => string | undefined = () => undefined): EventBus<A> =>
  new Bus(capacity, nameOf)

class Bus<A> implements EventBus<A> {
  private readonly capacity: number
  private readonly nameOf: (event: A) => string | undefined
  // Made when needed: nearly every breaker lives without a listener.
  private subscribers: Set<Subscriber<A>> | undefined
  private losses: Map<string | undefined, number> | undefined

  constructor(capacity: number, nameOf: (event: A) => string | undefined) {
    this.capacity = capacity
    this.nameOf = nameOf
  }

  heard(): boolean {
    return this.subscribers !== undefined && this.subscribers.size > 0
  }

  publish(event: () => A): void {
    if (this.subscribers === undefined || this.subscribers.size === 0) return
    const value = event()
    const of = this.nameOf(value)
    for (const { name, queue } of this.subscribers) {
      if (name !== undefined && name !== of) continue
      if (Queue.isFullUnsafe(queue)) this.lose(queue)
      Queue.offerUnsafe(queue, value)
    }
  }

  private lose(queue: Queue.Queue<A>): void {
    const oldest = Queue.takeUnsafe(queue)
    if (oldest?._tag !== "Success") return
    const name = this.nameOf(oldest.value)
    this.losses ??= new Map()
    this.losses.set(name, (this.losses.get(name) ?? 0) + 1)
  }

  private subscribe(name: string | undefined): Stream.Stream<A> {
    const acquire = Effect.map(Queue.sliding<A>(this.capacity), (queue): Subscriber<A> => {
      const subscriber = { queue, name }
      this.subscribers ??= new Set()
      this.subscribers.add(subscriber)
      return subscriber
    })
    const release = (subscriber: Subscriber<A>) => {
      this.subscribers?.delete(subscriber)
      return Queue.shutdown(subscriber.queue)
    }
    return Stream.unwrap(
      Effect.map(Effect.acquireRelease(acquire, release), (subscriber) => Stream.fromQueue(subscriber.queue))
    )
  }

  get stream(): Stream.Stream<A> {
    return this.subscribe(undefined)
  }

  streamOf(name: string): Stream.Stream<A> {
    return this.subscribe(name)
  }

  get dropped(): Effect.Effect<number> {
    return Effect.sync(() => {
      let sum = 0
      for (const lost of this.losses?.values() ?? []) sum += lost
      return sum
    })
  }

  droppedOf(name: string): Effect.Effect<number> {
    return Effect.sync(() => this.losses?.get(name) ?? 0)
  }
}
