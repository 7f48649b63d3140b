import type { Effect } from "effect"

/** A load that may find its answer elsewhere than at the scheduler. */
export interface Question<A, E> {
  readonly key: string
  readonly tags: ReadonlyArray<string>
  readonly load: Effect.Effect<A, E>
  /** Whether memory has an answer to stand in. */
  readonly standIn: () => boolean
  /** To be told before the load ends that its answer was read from the scheduler so many milliseconds ago. */
  readonly aged: (millis: number) => void
}

/** What kind of answers they are. */
export interface Behaviour<A, E> {
  readonly weigh: (value: A) => number
  /** Tells failures that a stale answer may stand in for from answers that must come through. */
  readonly isOutage: (error: E) => boolean
  /** Looks elsewhere before it loads. */
  readonly share?: ((question: Question<A, E>) => Effect.Effect<A, E>) | undefined
}
