import { Schema } from "effect"
import { CommonStatus } from "./CommonStatus.ts"
import { JobId, JobStreamId } from "./Ids.ts"
import { Instant } from "./Times.ts"

const common = {
  name: Schema.String,
  workstation: Schema.optionalKey(Schema.String),
  jobStreamName: Schema.optionalKey(Schema.String),
  scheduledAt: Schema.optionalKey(Instant),
  commonStatus: CommonStatus,
  /** Steps from the job that was asked about; 1 is a direct neighbour. Absent where the engine walked several by itself. */
  distance: Schema.optionalKey(Schema.Int)
}

/** A neighbour in the graph of dependencies: a job or a whole job stream. */
export const FlowNode = Schema.Union([
  Schema.TaggedStruct("Job", { ...common, id: JobId }),
  Schema.TaggedStruct("JobStream", { ...common, id: JobStreamId })
]).annotate({ identifier: "FlowNode" })
export type FlowNode = typeof FlowNode.Type

/** The part of the graph that was asked for. */
export const FlowGraph = Schema.Struct({
  nodes: Schema.Array(FlowNode),
  /** True when the walk stopped at its bound, so that there may be more. */
  truncated: Schema.Boolean
}).annotate({ identifier: "FlowGraph" })
export interface FlowGraph extends Schema.Schema.Type<typeof FlowGraph> {}
