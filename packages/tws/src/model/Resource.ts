import { Schema } from "effect"
import { JobId, JobStreamId, ResourceId } from "./Ids.ts"
import { openEnum } from "./OpenEnum.ts"

/** Who uses a resource and how much of it. */
export const ResourceHolder = Schema.Struct({
  jobId: Schema.optionalKey(JobId),
  job: Schema.optionalKey(Schema.String),
  jobStreamId: Schema.optionalKey(JobStreamId),
  jobStream: Schema.optionalKey(Schema.String),
  quantity: Schema.optionalKey(Schema.Int)
}).annotate({ identifier: "ResourceHolder" })
export interface ResourceHolder extends Schema.Schema.Type<typeof ResourceHolder> {}

/** A resource of the plan: so many units that jobs take and give back. */
export const Resource = Schema.Struct({
  id: ResourceId,
  key: Schema.optionalKey(Schema.String),
  name: Schema.String,
  folder: Schema.optionalKey(Schema.String),
  workstation: Schema.optionalKey(Schema.String),
  description: Schema.optionalKey(Schema.String),
  status: Schema.optionalKey(openEnum(["AVAILABLE", "NOT_AVAILABLE", "UNDECIDED"])),
  quantity: Schema.optionalKey(Schema.Int),
  available: Schema.optionalKey(Schema.Int),
  inUse: Schema.optionalKey(Schema.Int),
  holders: Schema.Array(ResourceHolder)
}).annotate({ identifier: "Resource" })
export interface Resource extends Schema.Schema.Type<typeof Resource> {}
