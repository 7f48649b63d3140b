/** Items in an order; of those that are equal in it, the one that went in first comes out first. */
export class Heap<A> {
  readonly #heap: Array<{ readonly item: A; readonly order: number }> = []
  readonly #compare: (a: A, b: A) => number
  #order = 0

  /** `compare` is negative where `a` comes out before `b`. */
  constructor(compare: (a: A, b: A) => number) {
    this.#compare = compare
  }

  get size(): number {
    return this.#heap.length
  }

  get first(): A | undefined {
    return this.#heap[0]?.item
  }

  push(item: A): void {
    const heap = this.#heap
    const entry = { item, order: this.#order++ }
    let at = heap.push(entry) - 1
    while (at > 0) {
      const up = (at - 1) >> 1
      const parent = heap[up]
      if (parent === undefined || !this.#before(entry, parent)) break
      heap[at] = parent
      at = up
    }
    heap[at] = entry
  }

  pop(): A | undefined {
    const heap = this.#heap
    const top = heap[0]
    const last = heap.pop()
    if (top === undefined || last === undefined || heap.length === 0) return top?.item
    let at = 0
    for (;;) {
      let down = at * 2 + 1
      const left = heap[down]
      if (left === undefined) break
      const right = heap[down + 1]
      let child = left
      if (right !== undefined && this.#before(right, left)) {
        child = right
        down++
      }
      if (!this.#before(child, last)) break
      heap[at] = child
      at = down
    }
    heap[at] = last
    return top.item
  }

  #before(a: { readonly item: A; readonly order: number }, b: { readonly item: A; readonly order: number }): boolean {
    const compared = this.#compare(a.item, b.item)
    return compared < 0 || (compared === 0 && a.order < b.order)
  }
}
