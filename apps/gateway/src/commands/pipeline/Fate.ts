import type { Failed } from "../../dispatch/Command.ts"
import * as TwsProblem from "../../upstream/TwsProblem.ts"

type Failure = Parameters<typeof TwsProblem.of>[0]

/**
 * What a failed call tells of the fate of an action. Sure that nothing was done: it was never sent, or the scheduler said so. A
 * verdict: the scheduler answered that it will not. Everything else may have been done: no answer came in time, the
 * connection was lost after the request had gone, or the answer cannot be read.
 */
const fateOf = (error: Failure): Failed<unknown>["fate"] => {
  switch (error._tag) {
    case "TwsRejected":
    case "TwsForbidden":
    case "TwsConflict":
    case "TwsInvalidQuery":
      return "refused"
    // The plan is mirrored late: what is not there now may be there in a moment.
    case "TwsObjectNotFound":
    case "TwsUnauthorized":
    case "CircuitOpen":
    case "BulkheadFull":
    case "RateLimitExceeded":
    case "ConcurrencyLimited":
    case "CallThrottled":
      return "notDone"
    case "TwsUnavailable":
      return error.notProcessed ? "notDone" : "unknown"
    default:
      return "unknown"
  }
}

/** The failure of an action on the scheduler, with what it tells of its fate. */
export const of = <E extends Failure>(error: E): Failed<ReturnType<typeof TwsProblem.of<E>>> => ({
  fate: fateOf(error),
  problem: TwsProblem.of(error)
})

/** The failure of a look at the scheduler: nothing was done, whatever it was. */
export const ofLook = <E extends Failure>(error: E): Failed<ReturnType<typeof TwsProblem.of<E>>> => ({
  fate: "notDone",
  problem: TwsProblem.of(error)
})
