import { type Effect, Metric, type Scope } from "effect"
import * as Series from "./Series.ts"

/** The series of one rate limiter, by resilience4j's names. */
export const register = (
  name: string,
  read: { readonly available: () => number; readonly waiting: () => number }
): Effect.Effect<void, never, Scope.Scope> => {
  const gauge = (id: string, description: string) =>
    Metric.gauge(`resilience4j.ratelimiter.${id}`, { description, attributes: { name } })
  return Series.register([
    [gauge("available.permissions", "Permits left, minus those that waiting callers will take"), read.available],
    [gauge("waiting_threads", "Callers that wait for a permit"), read.waiting]
  ])
}
