import { Schema } from "effect"
import { Priority } from "./JobAction.ts"

/** What can be done to a workstation of the plan. */
export const WorkstationAction = Schema.Union([
  Schema.TaggedStruct("Link", {}),
  Schema.TaggedStruct("Unlink", {}),
  Schema.TaggedStruct("Start", {}),
  Schema.TaggedStruct("Stop", {}),
  /** How many jobs may run there at once. */
  Schema.TaggedStruct("SetLimit", { limit: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1024 })) }),
  /** Jobs whose priority is not above the fence wait. */
  Schema.TaggedStruct("SetFence", { fence: Priority })
]).annotate({ identifier: "WorkstationAction" })
export type WorkstationAction = typeof WorkstationAction.Type
