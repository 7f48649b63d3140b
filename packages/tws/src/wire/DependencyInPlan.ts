import { Schema } from "effect"
import { compact } from "../internal/compact.ts"
import * as Model from "../model/Dependency.ts"
import { JobId, JobStreamId, PromptId } from "../model/Ids.ts"
import { InternalJobStatus } from "../model/JobStatus.ts"
import { field, flag, idOf, instant, instantOf, int, text } from "./Field.ts"

/**
 * All kinds of `DependencyInPlanV2` in one record, told apart by `dependencyType`: what one kind lacks is simply absent,
 * and a kind this version does not know still decodes.
 */
const flat = {
  dependencyType: Schema.String,
  id: text,
  dependencyStatus: field(Model.DependencyStatus),
  conditional: flag,
  jobId: text,
  jobName: text,
  jobStreamId: text,
  jobStreamName: text,
  jobStreamWorkstation: text,
  jobStreamSchedTime: instant,
  predecessorStatus: field(Schema.Struct({ status: field(InternalJobStatus) })),
  file: field(
    Schema.Struct({
      name: text,
      workstation: text,
      qualifier: text,
      status: field(Model.FileDependency.fields.fileStatus.schema)
    })
  ),
  name: text,
  workstation: text,
  quantity: int,
  available: int,
  promptName: text,
  text: text,
  promptStatus: field(Model.PromptStatus),
  number: int,
  networkAgent: text,
  dependency: text,
  joinName: text,
  joinQuantity: int,
  criteria: field(Model.JoinDependency.fields.criteria.schema)
} as const

const Member = Schema.Struct(flat)

/** `DependencyInPlanV2` and its eight forms. */
export const DependencyInPlan = Schema.Struct({ ...flat, members: field(Schema.Array(Member)) })

const isJobId = Schema.is(JobId)
const isJobStreamId = Schema.is(JobStreamId)
const isPromptId = Schema.is(PromptId)

const common = (wire: typeof Member.Type) => compact({ id: wire.id, status: wire.dependencyStatus })

const place = (wire: typeof Member.Type) => ({
  ...common(wire),
  ...compact({
    jobStreamId: idOf(isJobStreamId, wire.jobStreamId),
    jobStreamName: wire.jobStreamName,
    jobStreamWorkstation: wire.jobStreamWorkstation,
    jobStreamScheduledAt: instantOf(wire.jobStreamSchedTime),
    predecessorStatus: wire.predecessorStatus?.status
  }),
  conditional: wire.conditional ?? false
})

const toFlowNode = (
  wire: typeof Member.Type
): typeof Model.JobDependency.Type | typeof Model.JobStreamDependency.Type =>
  wire.dependencyType === "EXTERNAL_JOBSTREAM"
    ? { _tag: "JobStream", ...place(wire) }
    : {
        _tag: "Job",
        ...place(wire),
        ...compact({ jobId: idOf(isJobId, wire.jobId), jobName: wire.jobName }),
        external: wire.dependencyType !== "INTERNAL"
      }

/** The dependency in the words of the model. */
export const toDependency = (wire: typeof DependencyInPlan.Type): Model.Dependency => {
  switch (wire.dependencyType) {
    case "INTERNAL":
    case "EXTERNAL_JOB":
    case "EXTERNAL_JOBSTREAM":
      return toFlowNode(wire)
    case "FILE":
      return {
        _tag: "File",
        ...common(wire),
        file: wire.file?.name ?? "",
        ...compact({
          qualifier: wire.file?.qualifier,
          workstation: wire.file?.workstation,
          fileStatus: wire.file?.status
        })
      }
    case "RESOURCE":
      return {
        _tag: "Resource",
        ...common(wire),
        resource: wire.name ?? "",
        ...compact({ workstation: wire.workstation, quantity: wire.quantity, available: wire.available })
      }
    case "PROMPT":
      return {
        _tag: "Prompt",
        ...common(wire),
        ...compact({
          promptId: idOf(isPromptId, wire.id),
          prompt: wire.promptName,
          text: wire.text,
          promptStatus: wire.promptStatus,
          number: wire.number
        })
      }
    case "INTERNETWORK":
      return {
        _tag: "Internetwork",
        ...common(wire),
        ...compact({ networkAgent: wire.networkAgent, dependency: wire.dependency })
      }
    case "JOIN":
      return {
        _tag: "Join",
        ...common(wire),
        ...compact({ name: wire.joinName, criteria: wire.criteria, quantity: wire.joinQuantity }),
        members: (wire.members ?? []).map(toFlowNode)
      }
    default:
      return { _tag: "Other", ...common(wire), dependencyType: wire.dependencyType }
  }
}

/** `DependenciesStatsV2` */
export const DependenciesStats = Schema.Struct({
  numberOfDependencies: int,
  numberOfUnresolvedDependencies: int
})

export const toDependencyCounts = (
  wire: typeof DependenciesStats.Type | null | undefined
): Model.DependencyCounts | undefined =>
  wire === null || wire === undefined
    ? undefined
    : { total: wire.numberOfDependencies ?? 0, unresolved: wire.numberOfUnresolvedDependencies ?? 0 }
