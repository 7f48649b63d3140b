import { Schema } from "effect"
import { CommonStatus } from "./CommonStatus.ts"
import { openEnum } from "./OpenEnum.ts"
import { Instant } from "./Times.ts"

/** A job whose deadline matters, with the risk of missing it as the engine reckons it. */
export const CriticalJob = Schema.Struct({
  /** The V1 id, `WORKSTATION;JOBSTREAM_ID;JOB`: the critical path is not part of V2. */
  id: Schema.String,
  name: Schema.String,
  jobStream: Schema.optionalKey(Schema.String),
  workstation: Schema.optionalKey(Schema.String),
  commonStatus: CommonStatus,
  risk: openEnum(["HIGH_RISK", "POTENTIAL_RISK", "ON_TRACK"]),
  deadline: Schema.optionalKey(Instant),
  estimatedEnd: Schema.optionalKey(Instant),
  criticalStart: Schema.optionalKey(Instant)
}).annotate({ identifier: "CriticalJob" })
export interface CriticalJob extends Schema.Schema.Type<typeof CriticalJob> {}
