/** How long answers of the scheduler are kept, by kind. Capacities count items (a page of 100 jobs weighs 101). */
import type { Duration } from "effect"

/** How long an answer is fresh, how long past that it may stand in, and how much is kept. */
export interface TwsCacheOptions {
  readonly timeToLive: Duration.Input
  readonly staleFor: Duration.Input
  readonly capacity: number
}

const other = { timeToLive: "60 seconds", staleFor: "2 minutes", capacity: 5_000 } as const

export const TwsCaches = {
  /** Jobs, job streams, workstations, resources, prompts, counts: all that shows a status. */
  status: { timeToLive: "10 seconds", staleFor: "30 seconds", capacity: 20_000 },
  /** Job logs of up to 256 KiB. */
  log: { timeToLive: "30 seconds", staleFor: "60 seconds", capacity: 100 },
  /** Predecessors, successors, impact. */
  graph: { timeToLive: "5 minutes", staleFor: "10 minutes", capacity: 20_000 },
  /** The model, and what an engine can do. */
  definitions: { timeToLive: "1 hour", staleFor: "2 hours", capacity: 20_000 },
  other
} as const satisfies Record<string, TwsCacheOptions>

/** A kind of answers. */
export type TwsCacheName = keyof typeof TwsCaches
