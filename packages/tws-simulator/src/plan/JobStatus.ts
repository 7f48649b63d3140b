/** The internal states of a job in the plan. */
export const jobStatuses = [
  "HOLD",
  "READY",
  "FENCE",
  "INTRO",
  "EXEC",
  "PEND",
  "SUCC",
  "ABEND",
  "FAIL",
  "CANCL",
  "SUPPR"
] as const
export type JobStatus = (typeof jobStatuses)[number]

/** How the plan's column holds each state. */
export const Status = {
  HOLD: 0,
  READY: 1,
  FENCE: 2,
  INTRO: 3,
  EXEC: 4,
  PEND: 5,
  SUCC: 6,
  ABEND: 7,
  FAIL: 8,
  CANCL: 9,
  SUPPR: 10
} as const

export const statusName = (code: number): JobStatus => jobStatuses[code] ?? "HOLD"

/** Ended, and nothing but an operator or a recovery starts it again. */
export const isTerminal = (code: number): boolean => code >= Status.SUCC

/** A successor may go on. */
export const satisfies = (code: number): boolean =>
  code === Status.SUCC || code === Status.CANCL || code === Status.SUPPR

/** Not started yet. */
export const isWaiting = (code: number): boolean => code <= Status.FENCE

/** Launched and not ended. */
export const isActive = (code: number): boolean => code === Status.INTRO || code === Status.EXEC

/** Bits of the column `flags` of a job. */
export const JobFlag = {
  cancelPending: 1,
  confirmed: 2,
  killed: 4,
  maxDuration: 8,
  held: 16,
  continued: 32,
  released: 64,
  rerun: 128
} as const

/** What the user interfaces show, for jobs and job streams alike. */
export type CommonStatus =
  | "WAITING"
  | "READY"
  | "RUNNING"
  | "SUCCESSFUL"
  | "ERROR"
  | "CANCELED"
  | "HELD"
  | "UNDECIDED"
  | "BLOCKED"
  | "SUPPRESS"

/** The common status of a job in this internal state. */
export const commonStatus = (code: number, held: boolean): CommonStatus => {
  switch (code) {
    case Status.READY:
    case Status.FENCE:
    case Status.INTRO:
      return held ? "HELD" : "READY"
    case Status.EXEC:
    case Status.PEND:
      return "RUNNING"
    case Status.SUCC:
      return "SUCCESSFUL"
    case Status.ABEND:
    case Status.FAIL:
      return "ERROR"
    case Status.CANCL:
      return "CANCELED"
    case Status.SUPPR:
      return "SUPPRESS"
    default:
      return held ? "HELD" : "WAITING"
  }
}
