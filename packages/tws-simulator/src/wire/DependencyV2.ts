import { type Dependency, dependenciesOfJob, dependenciesOfStream, isSatisfied } from "../plan/Dependency.ts"
import type { Plan } from "../plan/Plan.ts"
import { jobId, modelId, objectId, streamId } from "../plan/PlanId.ts"
import { IdKind } from "../plan/Uuid.ts"
import { isoInstant } from "./Instant.ts"
import { jobCompositeStatus } from "./JobStatusV2.ts"
import { streamCompositeStatus } from "./JobStreamStatusV2.ts"
import {
  folderIdOf,
  planJobName,
  planJobWorkstation,
  planStreamFolder,
  planStreamName,
  planStreamWorkstation,
  workstationName
} from "./Naming.ts"

/** The id that a dependency is known by: that of the thing waited for. */
export const dependencyId = (plan: Plan, one: Dependency): string => {
  switch (one.kind) {
    case "job":
      return jobId(plan, one.target)
    case "stream":
      return streamId(plan, one.target)
    case "prompt":
      return objectId(plan, IdKind.prompt, one.target)
    case "file":
      return objectId(plan, IdKind.file, one.target)
    case "resource":
      return objectId(plan, IdKind.resource, one.target)
  }
}

/** A stream that a dependency names, with what identifies it. */
const streamFields = (plan: Plan, stream: number) => ({
  jobStreamId: streamId(plan, stream),
  jobStreamName: planStreamName(plan, stream),
  jobStreamWorkstation: planStreamWorkstation(plan, stream),
  jobStreamFolder: planStreamFolder(plan, stream),
  jobStreamSchedTime: isoInstant(plan.streams.sched.get(stream))
})

const base = (plan: Plan, one: Dependency, index: number, available: boolean) => ({
  id: dependencyId(plan, one),
  dependencyStatus: isSatisfied(plan, one) && available ? "SATISFIED" : "UNSATISFIED",
  satisfied: isSatisfied(plan, one) && available,
  depSequence: index + 1,
  mandatory: true
})

const view = (plan: Plan, one: Dependency, index: number, ownStream: number) => {
  switch (one.kind) {
    case "job": {
      const stream = plan.jobs.stream.get(one.target)
      const inner = stream === ownStream
      return {
        dependencyType: inner ? "INTERNAL" : "EXTERNAL_JOB",
        ...base(plan, one, index, true),
        conditional: false,
        critical: false,
        jobId: jobId(plan, one.target),
        jobName: planJobName(plan, one.target),
        ...(inner ? omitStreamId(streamFields(plan, stream)) : streamFields(plan, stream)),
        ...(inner ? {} : { jobWorkstationName: planJobWorkstation(plan, one.target), pending: false, zombie: false }),
        predecessorStatus: jobCompositeStatus(plan, one.target)
      }
    }
    case "stream":
      return {
        dependencyType: "EXTERNAL_JOBSTREAM",
        ...base(plan, one, index, true),
        conditional: false,
        critical: false,
        ...streamFields(plan, one.target),
        pending: false,
        zombie: false,
        predecessorStatus: streamCompositeStatus(plan, one.target)
      }
    case "prompt": {
      const prompt = plan.prompts[one.target]
      return {
        dependencyType: "PROMPT",
        ...base(plan, one, index, true),
        folderId: folderIdOf(plan, "/"),
        folder: "/",
        promptName: prompt?.name ?? "",
        text: prompt?.text ?? "",
        promptStatus: prompt?.status ?? "NOT_ASKED",
        promptType: prompt?.type ?? "Ad Hoc Prompt",
        number: prompt?.number ?? 0
      }
    }
    case "file": {
      const file = plan.files[one.target]
      return {
        dependencyType: "FILE",
        ...base(plan, one, index, true),
        file: {
          id: objectId(plan, IdKind.file, one.target),
          name: file?.name ?? "",
          workstation: `/${workstationName(plan, file?.workstation ?? 0)}`,
          workstationId: modelId(plan, IdKind.workstation, file?.workstation ?? 0),
          status: file?.status ?? "Not Checked"
        },
        ...(file === undefined || file.checkedAt === 0 ? {} : { timeLastChecked: isoInstant(file.checkedAt) })
      }
    }
    case "resource": {
      const resource = plan.resources[one.target]
      const available = resource === undefined ? 0 : Math.max(0, resource.quantity - resource.inUse)
      return {
        dependencyType: "RESOURCE",
        ...base(plan, one, index, available >= one.quantity),
        folderId: folderIdOf(plan, "/"),
        folder: "/",
        name: resource?.name ?? "",
        workstation: `/${workstationName(plan, resource?.workstation ?? 0)}`,
        workstationId: modelId(plan, IdKind.workstation, resource?.workstation ?? 0),
        quantity: one.quantity,
        available,
        totalQuantity: resource?.quantity ?? 0
      }
    }
  }
}

const omitStreamId = ({ jobStreamId: _, ...fields }: ReturnType<typeof streamFields>) => fields

export const jobDependencyViews = (plan: Plan, job: number) => {
  const stream = plan.jobs.stream.get(job)
  return dependenciesOfJob(plan, job).map((one, index) => view(plan, one, index, stream))
}

export const streamDependencyViews = (plan: Plan, stream: number) =>
  dependenciesOfStream(plan, stream).map((one, index) => view(plan, one, index, -1))

/** How many dependencies of each kind, and how many of them are open. */
export const dependenciesStats = (plan: Plan, dependencies: ReadonlyArray<Dependency>) => {
  const count = (kind: Dependency["kind"]): number => dependencies.filter((one) => one.kind === kind).length
  const open = dependencies.filter((one) => !isSatisfied(plan, one)).length
  return {
    numberOfDependencies: dependencies.length,
    numberOfJobDependencies: count("job"),
    numberOfJobStreamDependencies: count("stream"),
    numberOfInternetworkDependencies: 0,
    numberOfPromptDependencies: count("prompt"),
    numberOfResourceDependencies: count("resource"),
    numberOfFileDependencies: count("file"),
    numberOfUnresolvedDependencies: open,
    numberOfNonResourceUnresolvedDependencies: open
  }
}
