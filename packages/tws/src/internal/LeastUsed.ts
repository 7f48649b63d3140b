/** Values of bounded weight together; the one used longest ago goes first. */
export class LeastUsed<V extends { readonly weight: number }> {
  // A map keeps the order of insertion; every use moves an entry to the end, so the first is the one used longest ago.
  readonly #entries = new Map<string, V>()
  readonly #capacity: number
  #weight = 0

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get size(): number {
    return this.#entries.size
  }

  get weight(): number {
    return this.#weight
  }

  get(key: string): V | undefined {
    return this.#entries.get(key)
  }

  values(): Iterable<V> {
    return this.#entries.values()
  }

  /** Notes that an entry was used. */
  touch(key: string, value: V): void {
    this.#entries.delete(key)
    this.#entries.set(key, value)
  }

  /** Takes out an entry, if it is still this one. */
  remove(key: string, value: V): void {
    if (this.#entries.get(key) !== value) return
    this.#entries.delete(key)
    this.#weight -= value.weight
  }

  /** Puts a value in and answers how many others had to go. One that is too heavy alone is not kept. */
  put(key: string, value: V): number {
    const old = this.#entries.get(key)
    if (old !== undefined) this.remove(key, old)
    if (value.weight > this.#capacity) return 0
    this.#entries.set(key, value)
    this.#weight += value.weight
    let evicted = 0
    for (const [oldest, entry] of this.#entries) {
      if (this.#weight <= this.#capacity) break
      this.remove(oldest, entry)
      evicted++
    }
    return evicted
  }

  /** Drops all and answers how many there were. */
  clear(): number {
    const dropped = this.#entries.size
    this.#entries.clear()
    this.#weight = 0
    return dropped
  }
}
