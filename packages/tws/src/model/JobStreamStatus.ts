import { Schema } from "effect"
import { openEnum } from "./OpenEnum.ts"

/** The engine's own status of a job stream, in the words of `conman`. */
export const InternalJobStreamStatus = openEnum([
  "READY",
  "HOLD",
  "EXEC",
  "ABEND",
  "CANCL",
  "CANCLP",
  "SUCC",
  "UNKNOWN",
  "ADD",
  "FAIL",
  "WAIT",
  "INTRO",
  "ABENP",
  "SUCCP",
  "SUSP",
  "STUCK",
  "PEND",
  "BOUND",
  "SUPPR",
  "EXTRN",
  "COMPLETE",
  "DELETED",
  "ERROR",
  "PENDINGPRED",
  "STARTED",
  "UNDECIDED",
  "WAITFORINPUT",
  "INTERRUPTED",
  "NONREPORTINGPRED",
  "SUPPRBYCOND"
])
export type InternalJobStreamStatus = typeof InternalJobStreamStatus.Type

/** Why the job stream is in its status. */
export const JobStreamSubStatus = openEnum(["WAITING_FOR_RESOURCE", "WAITING_FOR_USER_INTERVENTION"])
export type JobStreamSubStatus = typeof JobStreamSubStatus.Type

/** The engine's status of a job stream with all that qualifies it. A missing flag is false. */
export const JobStreamStatus = Schema.Struct({
  internal: Schema.optionalKey(InternalJobStreamStatus),
  substatus: Schema.optionalKey(JobStreamSubStatus),
  error: Schema.Boolean,
  started: Schema.Boolean,
  canceled: Schema.Boolean,
  cancelPending: Schema.Boolean,
  dontRun: Schema.Boolean
}).annotate({ identifier: "JobStreamStatus" })
export interface JobStreamStatus extends Schema.Schema.Type<typeof JobStreamStatus> {}
