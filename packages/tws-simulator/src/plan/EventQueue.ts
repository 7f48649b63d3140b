interface Entry<A> {
  readonly time: number
  readonly order: number
  readonly event: A
}

/** Events in order of time; events of one time come out in the order they went in. */
export class EventQueue<A> {
  readonly #heap: Array<Entry<A>> = []
  #order = 0

  get size(): number {
    return this.#heap.length
  }

  /** The time of the next event, `Infinity` when there is none. */
  get nextTime(): number {
    return this.#heap[0]?.time ?? Number.POSITIVE_INFINITY
  }

  push(time: number, event: A): void {
    const heap = this.#heap
    const entry = { time, order: this.#order++, event }
    let at = heap.push(entry) - 1
    while (at > 0) {
      const up = (at - 1) >> 1
      const parent = heap[up]
      if (parent === undefined || !before(entry, parent)) break
      heap[at] = parent
      at = up
    }
    heap[at] = entry
  }

  pop(): { readonly time: number; readonly event: A } | undefined {
    const heap = this.#heap
    const top = heap[0]
    const last = heap.pop()
    if (top === undefined || last === undefined || heap.length === 0) return top
    let at = 0
    for (;;) {
      let down = at * 2 + 1
      const left = heap[down]
      if (left === undefined) break
      const right = heap[down + 1]
      let child = left
      if (right !== undefined && before(right, left)) {
        child = right
        down++
      }
      if (!before(child, last)) break
      heap[at] = child
      at = down
    }
    heap[at] = last
    return top
  }
}

const before = <A>(a: Entry<A>, b: Entry<A>): boolean => a.time < b.time || (a.time === b.time && a.order < b.order)
