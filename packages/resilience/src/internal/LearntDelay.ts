import { Duration } from "effect"
import type { HedgeDelay } from "../HedgeOptions.ts"
import * as Latencies from "./Latencies.ts"

/** The delay before the next attempt, as options say and as the calls so far have shown. */
export interface LearntDelay {
  readonly millis: () => number
  readonly record: (millis: number) => void
}

export const make = (read: () => HedgeDelay): LearntDelay => {
  let latencies: Latencies.Latencies | undefined
  let size = 0

  const known = (samples: number): Latencies.Latencies => {
    if (latencies === undefined || size !== samples) latencies = Latencies.make(samples)
    size = samples
    return latencies
  }

  return {
    millis() {
      const delay = read()
      if (delay._tag === "FixedDelay") return Duration.toMillis(delay.delay)
      const past = known(delay.samples)
      if (past.count() < delay.samples) return Duration.toMillis(delay.initial)
      const usual = delay._tag === "AverageDelay" ? past.average() * delay.factor : past.percentile(delay.share)
      return Math.min(Duration.toMillis(delay.maximum), Math.max(Duration.toMillis(delay.minimum), usual))
    },
    record(millis) {
      const delay = read()
      if (delay._tag !== "FixedDelay") known(delay.samples).record(millis)
    }
  }
}
