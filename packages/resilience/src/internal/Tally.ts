import type { TripPolicy } from "../CircuitBreakerOptions.ts"
import type * as Counts from "./Counts.ts"
import * as CountWindow from "./CountWindow.ts"
import * as TimeWindow from "./TimeWindow.ts"

/** Failures in a row. */
export interface Streak {
  readonly _tag: "Streak"
  readonly failures: number
}

/** Failures in a row, or the window of the last outcomes. */
export type Tally = Streak | CountWindow.CountWindow | TimeWindow.TimeWindow

/** Counts an outcome and gives the tally after it. */
export type Counting = (tally: Tally, failed: boolean, slow: boolean, now: number) => Tally

const noStreak: Streak = { _tag: "Streak", failures: 0 }

export const empty = (trip: TripPolicy): Tally =>
  trip._tag === "ConsecutiveFailures"
    ? noStreak
    : trip.slidingWindowType === "COUNT_BASED"
      ? CountWindow.make(trip.slidingWindowSize)
      : TimeWindow.make(trip.slidingWindowSize)

/** A tally that what is counted from now on does not change. */
export const copy = (tally: Tally): Tally => {
  switch (tally._tag) {
    case "Streak":
      return tally
    case "CountWindow":
      return CountWindow.copy(tally)
    case "TimeWindow":
      return TimeWindow.copy(tally)
  }
}

const streak = (self: Streak, failed: boolean): Streak =>
  failed ? { _tag: "Streak", failures: self.failures + 1 } : self.failures === 0 ? self : noStreak

/** Leaves the tally that it is given as it is. */
export const pure: Counting = (tally, failed, slow, now) => {
  switch (tally._tag) {
    case "Streak":
      return streak(tally, failed)
    case "CountWindow":
      return CountWindow.record(tally, failed, slow)
    case "TimeWindow":
      return TimeWindow.record(tally, failed, slow, now)
  }
}

/** Writes into the window that it is given, which must be the caller's own: the same counts, and nothing to allocate. */
export const inPlace: Counting = (tally, failed, slow, now) => {
  switch (tally._tag) {
    case "Streak":
      return streak(tally, failed)
    case "CountWindow":
      CountWindow.count(tally, failed, slow)
      return tally
    case "TimeWindow":
      TimeWindow.count(tally, failed, slow, now)
      return tally
  }
}

export const counts = (tally: Tally, now: number): Counts.Counts => {
  switch (tally._tag) {
    case "Streak":
      return { calls: tally.failures, failures: tally.failures, slow: 0 }
    case "CountWindow":
      return { calls: tally.calls, failures: tally.failures, slow: tally.slow }
    case "TimeWindow":
      return TimeWindow.counts(tally, now)
  }
}
