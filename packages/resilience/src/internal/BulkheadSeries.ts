import { type Effect, Metric, type Scope } from "effect"
import * as Series from "./Series.ts"

/** The series of one bulkhead, by resilience4j's names. */
export const register = (
  name: string,
  read: {
    readonly max: () => number
    readonly taken: () => number
    readonly waiting: () => number
    readonly capacity: () => number
  }
): Effect.Effect<void, never, Scope.Scope> => {
  const gauge = (id: string, description: string) =>
    Metric.gauge(`resilience4j.bulkhead.${id}`, { description, attributes: { name } })
  return Series.register([
    [gauge("max.allowed.concurrent.calls", "Calls that may run at once"), read.max],
    [gauge("available.concurrent.calls", "Calls that could start now"), () => Math.max(0, read.max() - read.taken())],
    [gauge("queue.depth", "Callers that wait"), read.waiting],
    [gauge("queue.capacity", "Callers that may wait"), read.capacity]
  ])
}
