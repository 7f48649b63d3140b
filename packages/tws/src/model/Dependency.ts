import { Schema } from "effect"
import { JobId, JobStreamId, PromptId } from "./Ids.ts"
import { InternalJobStatus } from "./JobStatus.ts"
import { openEnum } from "./OpenEnum.ts"
import { Instant } from "./Times.ts"

/** Whether what is waited for has happened. */
export const DependencyStatus = openEnum(["SATISFIED", "UNSATISFIED", "UNDECIDED", "UNBOUND"])
export type DependencyStatus = typeof DependencyStatus.Type

/** Whether a prompt was asked and how it was answered. */
export const PromptStatus = openEnum(["NOT_ASKED", "ASKED", "ANSWERED_YES", "ANSWERED_NO"])
export type PromptStatus = typeof PromptStatus.Type

const common = {
  id: Schema.optionalKey(Schema.String),
  status: Schema.optionalKey(DependencyStatus)
}

const place = {
  jobStreamId: Schema.optionalKey(JobStreamId),
  jobStreamName: Schema.optionalKey(Schema.String),
  jobStreamWorkstation: Schema.optionalKey(Schema.String),
  jobStreamScheduledAt: Schema.optionalKey(Instant),
  conditional: Schema.Boolean,
  /** The predecessor's own internal status, when the engine tells it. */
  predecessorStatus: Schema.optionalKey(InternalJobStatus)
}

/** A job that must come first, of the same job stream (`external: false`) or of another one. */
export const JobDependency = Schema.TaggedStruct("Job", {
  ...common,
  ...place,
  jobId: Schema.optionalKey(JobId),
  jobName: Schema.optionalKey(Schema.String),
  external: Schema.Boolean
})

/** A whole job stream that must come first. */
export const JobStreamDependency = Schema.TaggedStruct("JobStream", { ...common, ...place })

/** A file that must exist. */
export const FileDependency = Schema.TaggedStruct("File", {
  ...common,
  file: Schema.String,
  qualifier: Schema.optionalKey(Schema.String),
  workstation: Schema.optionalKey(Schema.String),
  fileStatus: Schema.optionalKey(openEnum(["Not Checked", "Checking", "Exists", "Unavailable", "Resync"]))
})

/** Units of a resource that must be free. */
export const ResourceDependency = Schema.TaggedStruct("Resource", {
  ...common,
  resource: Schema.String,
  workstation: Schema.optionalKey(Schema.String),
  quantity: Schema.optionalKey(Schema.Int),
  available: Schema.optionalKey(Schema.Int)
})

/** A prompt that a person must answer. */
export const PromptDependency = Schema.TaggedStruct("Prompt", {
  ...common,
  promptId: Schema.optionalKey(PromptId),
  prompt: Schema.optionalKey(Schema.String),
  text: Schema.optionalKey(Schema.String),
  promptStatus: Schema.optionalKey(PromptStatus),
  number: Schema.optionalKey(Schema.Int)
})

/** A job or job stream of another scheduler network. */
export const InternetworkDependency = Schema.TaggedStruct("Internetwork", {
  ...common,
  networkAgent: Schema.optionalKey(Schema.String),
  dependency: Schema.optionalKey(Schema.String)
})

/** Several dependencies of which all, or at least `quantity`, must hold. */
export const JoinDependency = Schema.TaggedStruct("Join", {
  ...common,
  name: Schema.optionalKey(Schema.String),
  criteria: Schema.optionalKey(openEnum(["ALL", "AT_LEAST"])),
  quantity: Schema.optionalKey(Schema.Int),
  members: Schema.Array(Schema.Union([JobDependency, JobStreamDependency]))
})

/** A kind of dependency this version does not know, by the engine's name for it. */
export const OtherDependency = Schema.TaggedStruct("Other", { ...common, dependencyType: Schema.String })

/** What a job or a job stream waits for. */
export const Dependency = Schema.Union([
  JobDependency,
  JobStreamDependency,
  FileDependency,
  ResourceDependency,
  PromptDependency,
  InternetworkDependency,
  JoinDependency,
  OtherDependency
]).annotate({ identifier: "Dependency" })
export type Dependency = typeof Dependency.Type

/** How many dependencies there are and how many are still open; known even where the dependencies are not listed. */
export const DependencyCounts = Schema.Struct({
  total: Schema.Int,
  unresolved: Schema.Int
}).annotate({ identifier: "DependencyCounts" })
export interface DependencyCounts extends Schema.Schema.Type<typeof DependencyCounts> {}
