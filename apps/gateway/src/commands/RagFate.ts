import type { Failed } from "../dispatch/Command.ts"
import * as RagProblem from "../upstream/RagProblem.ts"

type Failure = Parameters<typeof RagProblem.of>[0]

/** What a failed change of the knowledge base tells of its fate. What was not surely refused or never sent may have been done. */
export const fateOf = (error: Failure): Failed<unknown>["fate"] => {
  switch (error._tag) {
    case "DocumentNotFound":
    case "IngestionJobNotFound":
    case "IngestionJobConflict":
      return "refused"
    case "CircuitOpen":
    case "BulkheadFull":
    case "RateLimitExceeded":
      return "notDone"
    case "RagUnavailable":
      return error.notProcessed === true || error.reason === "refused" || error.reason === "disk-full"
        ? "notDone"
        : "unknown"
    default:
      return "unknown"
  }
}

/** The failure of a change, with what it tells of its fate. */
export const of = <E extends Failure>(error: E): Failed<ReturnType<typeof RagProblem.of<E>>> => ({
  fate: fateOf(error),
  problem: RagProblem.of(error)
})

/** The failure of a look: nothing was done, whatever it was. */
export const ofLook = <E extends Failure>(error: E): Failed<ReturnType<typeof RagProblem.of<E>>> => ({
  fate: "notDone",
  problem: RagProblem.of(error)
})
