import { type Effect, Metric, type Scope } from "effect"
import * as Series from "./Series.ts"

const kinds = [
  "successful_without_retry",
  "successful_with_retry",
  "failed_without_retry",
  "failed_with_retry"
] as const

export type Calls = Record<(typeof kinds)[number], number>

/** The series of one retry, by resilience4j's names. */
export const register = (name: string, calls: Calls): Effect.Effect<void, never, Scope.Scope> =>
  Series.register(
    [],
    kinds.map((kind) => [
      Metric.counter("resilience4j.retry.calls", {
        description: "Calls by whether they succeeded and whether they were retried",
        attributes: { name, kind },
        incremental: true
      }),
      () => calls[kind]
    ])
  )
