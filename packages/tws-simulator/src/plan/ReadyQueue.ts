interface Candidate {
  readonly job: number
  readonly priority: number
  readonly order: number
}

/** Jobs ready to be launched on one workstation: the highest priority first, then the longest ready. */
export class ReadyQueue {
  readonly #heap: Array<Candidate> = []
  #order = 0

  get size(): number {
    return this.#heap.length
  }

  push(job: number, priority: number): void {
    const heap = this.#heap
    const candidate = { job, priority, order: this.#order++ }
    let at = heap.push(candidate) - 1
    while (at > 0) {
      const up = (at - 1) >> 1
      const parent = heap[up]
      if (parent === undefined || !first(candidate, parent)) break
      heap[at] = parent
      at = up
    }
    heap[at] = candidate
  }

  /** The best candidate; it may have changed since it was pushed, so the caller looks again. */
  pop(): { readonly job: number; readonly priority: number } | undefined {
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
      if (right !== undefined && first(right, left)) {
        child = right
        down++
      }
      if (!first(child, last)) break
      heap[at] = child
      at = down
    }
    heap[at] = last
    return top
  }
}

const first = (a: Candidate, b: Candidate): boolean =>
  a.priority > b.priority || (a.priority === b.priority && a.order < b.order)
