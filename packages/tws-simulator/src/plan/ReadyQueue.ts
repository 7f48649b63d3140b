import { Heap } from "./Heap.ts"

interface Candidate {
  readonly job: number
  readonly priority: number
}

/** Jobs ready to be launched on one workstation: the highest priority first, then the longest ready. */
export class ReadyQueue {
  readonly #heap = new Heap<Candidate>((a, b) => b.priority - a.priority)

  get size(): number {
    return this.#heap.size
  }

  push(job: number, priority: number): void {
    this.#heap.push({ job, priority })
  }

  /** The best candidate; it may have changed since it was pushed, so the caller looks again. */
  pop(): Candidate | undefined {
    return this.#heap.pop()
  }
}
