import { dependenciesOfJob } from "../plan/Dependency.ts"
import { isTerminal, JobFlag, statusName } from "../plan/JobStatus.ts"
import { workstationOf } from "../plan/Launch.ts"
import { jobsOfStream, type Plan } from "../plan/Plan.ts"
import { objectId } from "../plan/PlanId.ts"
import { estimateOf, recoveryOptionOf } from "../plan/RunOutcome.ts"
import { IdKind } from "../plan/Uuid.ts"
import { type ApiError, badKey, notFound } from "./ApiError.ts"
import type { CriticalNetwork } from "./CriticalNetwork.ts"
import { dependenciesStats } from "./DependencyV2.ts"
import { isoSeconds } from "./Instant.ts"
import { findInternalStream, internalStreamId } from "./InternalStreamId.ts"
import { jobCommonStatus } from "./JobStatusV2.ts"
import { streamCommonStatus, streamStatus } from "./JobStreamStatusV2.ts"
import { deadlineOf } from "./JobV2.ts"
import { planJobName, planStreamName, workstationName } from "./Naming.ts"

const streamWorkstation = (plan: Plan, stream: number): string =>
  workstationName(plan, plan.streams.workstation.get(stream))

/** `WORKSTATION;JOBSTREAM_ID` */
export const streamIdV1 = (plan: Plan, stream: number): string =>
  `${streamWorkstation(plan, stream)};${internalStreamId(plan, stream)}`

/** `WORKSTATION;JOBSTREAM_ID;JOBNAME`, with JOBS in the middle for ad hoc jobs of that stream. */
export const jobIdV1 = (plan: Plan, job: number): string => {
  const stream = plan.jobs.stream.get(job)
  const middle = plan.streams.definition.get(stream) < 0 ? "JOBS" : internalStreamId(plan, stream)
  return `${workstationName(plan, workstationOf(plan, job))};${middle};${planJobName(plan, job)}`
}

const streamOfKey = (plan: Plan, workstation: string, id: string): number | undefined => {
  if (id !== "JOBS") {
    const stream = findInternalStream(plan, id)
    return stream !== undefined && streamWorkstation(plan, stream) === workstation ? stream : undefined
  }
  for (const stream of plan.adHocStreams.values()) if (streamWorkstation(plan, stream) === workstation) return stream
  return undefined
}

/** The row behind a composite id of a stream. */
export const findStreamV1 = (plan: Plan, id: string): number | ApiError => {
  const [workstation, stream, ...rest] = id.split(";")
  if (workstation === undefined || stream === undefined || rest.length > 0) return badKey(id)
  return streamOfKey(plan, workstation, stream) ?? notFound("job stream", id)
}

/** The row behind a composite id of a job. */
export const findJobV1 = (plan: Plan, id: string): number | ApiError => {
  const [workstation, streamId, name, ...rest] = id.split(";")
  if (workstation === undefined || streamId === undefined || name === undefined || rest.length > 0) return badKey(id)
  const stream = streamOfKey(plan, workstation, streamId)
  const job =
    stream === undefined ? undefined : jobsOfStream(plan, stream).find((one) => planJobName(plan, one) === name)
  return job ?? notFound("job", id)
}

const streamKey = (plan: Plan, stream: number) => ({
  name: planStreamName(plan, stream),
  workstationKey: { name: streamWorkstation(plan, stream) },
  startTime: isoSeconds(plan.streams.sched.get(stream))
})

const streamInPlan = (plan: Plan, stream: number) => ({
  id: streamIdV1(plan, stream),
  jobStreamId: internalStreamId(plan, stream),
  ...streamKey(plan, stream)
})

export const streamViewV1 = (plan: Plan, stream: number) => ({
  id: streamIdV1(plan, stream),
  key: streamKey(plan, stream),
  name: planStreamName(plan, stream),
  jobStreamId: internalStreamId(plan, stream),
  status: { commonStatus: streamCommonStatus(plan, stream), internalStatus: streamStatus(plan, stream) },
  priority: plan.streams.priority.get(stream),
  limit: plan.streams.limit.get(stream),
  totalJobs: jobsOfStream(plan, stream).length
})

const optionalTime = (millis: number): string | undefined => (millis === 0 ? undefined : isoSeconds(millis))

/** A job in the form of V1: times in UTC without a zone, durations in milliseconds. */
export const jobViewV1 = (plan: Plan, job: number) => {
  const { jobs } = plan
  const stream = jobs.stream.get(job)
  const status = jobs.status.get(job)
  const adHoc = plan.adHoc.get(job)
  return {
    id: jobIdV1(plan, job),
    name: planJobName(plan, job),
    key: {
      name: planJobName(plan, job),
      workstationKey: { name: workstationName(plan, workstationOf(plan, job)) },
      startTime: isoSeconds(plan.streams.sched.get(stream)),
      jobStreamKey: streamKey(plan, stream)
    },
    jobStreamInPlan: streamInPlan(plan, stream),
    status: { commonStatus: jobCommonStatus(plan, job), internalStatus: statusName(status) },
    realStatus: { commonStatus: jobCommonStatus(plan, job), internalStatus: statusName(status) },
    jobNumber: jobs.number.get(job),
    runNumber: Math.max(1, jobs.run.get(job)),
    returnCode: jobs.returnCode.get(job),
    priority: jobs.priority.get(job),
    origPriority: jobs.origPriority.get(job),
    critical: deadlineOf(plan, job) !== undefined,
    canceled: statusName(status) === "CANCL",
    confirmed: (jobs.flags.get(job) & JobFlag.confirmed) !== 0,
    lastInRerunChain: true,
    timeInfo: {
      estimatedDuration: estimateOf(plan, job),
      actualStartTime: optionalTime(jobs.start.get(job)),
      actualEndTime: isTerminal(status) ? optionalTime(jobs.end.get(job)) : undefined
    },
    jobDefinition: {
      recoveryOption: recoveryOptionOf(plan, job),
      ...(adHoc === undefined ? {} : { taskString: adHoc.script, userLogin: adHoc.user })
    },
    dependenciesStats: dependenciesStats(plan, dependenciesOfJob(plan, job))
  }
}

/** A critical job with its network, as the critical path queries answer it. */
export const criticalViewV1 = (plan: Plan, network: CriticalNetwork) => ({
  ...jobViewV1(plan, network.job),
  criticalNetworkInfo: {
    alertLevel: network.risk,
    deadline: isoSeconds(network.deadline),
    estimatedEnd: isoSeconds(network.estimatedEnd),
    confidenceFactor: network.risk === "HIGH_RISK" ? 20 : network.risk === "POTENTIAL_RISK" ? 70 : 99,
    incompletePredecessors: network.open.length
  },
  predecessors: network.open.map((job) => jobIdV1(plan, job)),
  isJob: true,
  isOnCriticalJobPath: true
})

export const workstationViewV1 = (plan: Plan, index: number) => {
  const one = plan.workstations[index]
  return {
    id: workstationName(plan, index),
    name: workstationName(plan, index),
    key: { name: workstationName(plan, index) },
    type: one?.definition.type ?? "AGENT",
    limit: one?.limit ?? 0,
    fence: one?.fence ?? 0,
    linked: one?.linked ?? false,
    started: one?.started ?? false,
    runningJobs: one?.running ?? 0
  }
}

export const promptViewV1 = (plan: Plan, index: number) => {
  const prompt = plan.prompts[index]
  return {
    id: objectId(plan, IdKind.prompt, index),
    name: prompt?.name ?? "",
    key: { name: prompt?.name ?? "" },
    number: prompt?.number ?? 0,
    text: prompt?.text ?? "",
    status: prompt?.status ?? "NOT_ASKED",
    type: prompt?.type ?? "Predefined Prompt"
  }
}

export const resourceViewV1 = (plan: Plan, index: number) => {
  const resource = plan.resources[index]
  const workstation = workstationName(plan, resource?.workstation ?? 0)
  return {
    id: `${workstation};${resource?.name ?? ""}`,
    name: resource?.name ?? "",
    key: { name: resource?.name ?? "", workstationKey: { name: workstation } },
    quantity: resource?.quantity ?? 0,
    available: Math.max(0, (resource?.quantity ?? 0) - (resource?.inUse ?? 0))
  }
}
