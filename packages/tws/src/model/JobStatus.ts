import { Schema } from "effect"
import { openEnum } from "./OpenEnum.ts"

/** The engine's own status of a job, in the words of `conman`. */
export const InternalJobStatus = openEnum([
  "HOLD",
  "READY",
  "FENCE",
  "INTRO",
  "FAIL",
  "EXEC",
  "WAIT",
  "SUPPR",
  "END",
  "SUCC",
  "SUCCP",
  "ABEND",
  "CANCL",
  "CANCLP",
  "ABENP",
  "PEND",
  "SUSP",
  "STUCK",
  "EXTRN",
  "INTRPT",
  "COMPLT",
  "ERROR",
  "PENDPRED",
  "STARTED",
  "UNDCDED",
  "ARRVING",
  "NONREPPRED"
])
export type InternalJobStatus = typeof InternalJobStatus.Type

/** Why the job is in its status, in a word a program can read. */
export const JobSubStatus = openEnum([
  "HOLD_WAITING_FOR_PREDECESSOR",
  "HOLD_UNEXPECTED_PREDECESSOR_CONDITION",
  "HOLD_WAITING_FOR_TIME",
  "HOLD_WAITING_FOR_PROMPT",
  "HOLD_WAITING_FOR_FILE",
  "HOLD_WAITING_FOR_INPUT",
  "HOLD_PRIORITY_ZERO",
  "READY_WAITING_FOR_RESOURCES",
  "READY_SUPPRESSED",
  "SUPPR_UNSATISFIED_DEPENDENCY",
  "SUPPR_WORKSTATION_IGNORED",
  "READY_SUBMITTED",
  "READY_WAITING_FOR_LIMIT",
  "READY_WAITING_FOR_AGENT",
  "READY_WAITING_FOR_USER_INTERVENTION",
  "SUCC_DO_NOT_RUN",
  "SUCC_COMPLETED"
])
export type JobSubStatus = typeof JobSubStatus.Type

/** The engine's status of a job with all that qualifies it. A missing flag is false. */
export const JobStatus = Schema.Struct({
  internal: Schema.optionalKey(InternalJobStatus),
  substatus: Schema.optionalKey(JobSubStatus),
  error: Schema.Boolean,
  started: Schema.Boolean,
  canceled: Schema.Boolean,
  cancelPending: Schema.Boolean,
  dontRun: Schema.Boolean
}).annotate({ identifier: "JobStatus" })
export interface JobStatus extends Schema.Schema.Type<typeof JobStatus> {}
