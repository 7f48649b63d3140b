import { openEnum } from "./OpenEnum.ts"

/**
 * The status that means the same for jobs and job streams and on every engine: what an operator reads first. The first
 * ten are those of a distributed engine, the others belong to its relatives.
 */
export const CommonStatus = openEnum([
  "WAITING",
  "READY",
  "RUNNING",
  "SUCCESSFUL",
  "ERROR",
  "CANCELED",
  "HELD",
  "UNDECIDED",
  "BLOCKED",
  "SUPPRESS",
  "WAITING_FOR_TRIGGER",
  "READY_PREV_WS_NONREP",
  "COMPLETED",
  "SUPPRESS_BY_COND",
  "INTERRUPTED",
  "DUMMY_COMPLETED"
])
export type CommonStatus = typeof CommonStatus.Type

const byInternal: ReadonlyMap<string, CommonStatus> = new Map(
  Object.entries({
    ADD: "WAITING",
    HOLD: "WAITING",
    SCHED: "WAITING",
    WAIT: "WAITING",
    READY: "READY",
    FENCE: "READY",
    INTRO: "RUNNING",
    EXEC: "RUNNING",
    PEND: "RUNNING",
    SUCCP: "RUNNING",
    ABENP: "RUNNING",
    BOUND: "RUNNING",
    STARTED: "RUNNING",
    SUCC: "SUCCESSFUL",
    ABEND: "ERROR",
    FAIL: "ERROR",
    ERROR: "ERROR",
    DONE: "UNDECIDED",
    EXTRN: "UNDECIDED",
    UNDCDED: "UNDECIDED",
    UNDECIDED: "UNDECIDED",
    CANCL: "CANCELED",
    SUPPR: "SUPPRESS",
    STUCK: "BLOCKED"
  } as const)
)

/**
 * The common status of an engine's internal one, for answers that carry only the latter; `UNDECIDED` when the internal
 * word is unknown. `HOLD` is `WAITING` here: whether a person holds the job shows in its priority, not in the word.
 */
export const fromInternal = (internal: string): CommonStatus => byInternal.get(internal) ?? "UNDECIDED"

/** Whether nothing more will happen to an object in this status unless somebody acts. */
export const isFinal = (status: CommonStatus): boolean =>
  status === "SUCCESSFUL" || status === "ERROR" || status === "CANCELED" || status === "SUPPRESS"
