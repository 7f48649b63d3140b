import { Heap } from "./Heap.ts"

interface Entry<A> {
  readonly time: number
  readonly event: A
}

/** Events in order of time; events of one time come out in the order they went in. */
export class EventQueue<A> {
  readonly #heap = new Heap<Entry<A>>((a, b) => (a.time === b.time ? 0 : a.time < b.time ? -1 : 1))

  get size(): number {
    return this.#heap.size
  }

  /** The time of the next event, `Infinity` when there is none. */
  get nextTime(): number {
    return this.#heap.first?.time ?? Number.POSITIVE_INFINITY
  }

  push(time: number, event: A): void {
    this.#heap.push({ time, event })
  }

  pop(): Entry<A> | undefined {
    return this.#heap.pop()
  }
}
