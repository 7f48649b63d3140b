import { type FieldReader, type Fields, valuesAt } from "../oql/OqlEvaluate.ts"
import { dependenciesOfJob, dependenciesOfStream } from "../plan/Dependency.ts"
import { statusName } from "../plan/JobStatus.ts"
import type { Plan } from "../plan/Plan.ts"
import { jobId, streamId } from "../plan/PlanId.ts"
import { isoInstant } from "./Instant.ts"
import { jobCommonStatus, substatusOf } from "./JobStatusV2.ts"
import { streamCommonStatus, streamStatus } from "./JobStreamStatusV2.ts"
import { jobStreamView } from "./JobStreamV2.ts"
import { deadlineOf, jobView } from "./JobV2.ts"
import {
  planJobKey,
  planJobName,
  planJobWorkstation,
  planStreamFolder,
  planStreamKey,
  planStreamName,
  planStreamWorkstation
} from "./Naming.ts"

type Readers = Readonly<Record<string, FieldReader<number>>>

/** The ids of the streams that a job or its stream waits for. */
const predecessorStreams = (plan: Plan, own: ReturnType<typeof dependenciesOfJob>): ReadonlyArray<string> =>
  own.flatMap((one) =>
    one.kind === "stream"
      ? [streamId(plan, one.target)]
      : one.kind === "job"
        ? [streamId(plan, plan.jobs.stream.get(one.target))]
        : []
  )

const jobReaders = (plan: Plan): Readers => {
  const { jobs, streams } = plan
  const status: FieldReader<number> = (job) => [statusName(jobs.status.get(job))]
  const common: FieldReader<number> = (job) => [jobCommonStatus(plan, job)]
  const name: FieldReader<number> = (job) => [planJobName(plan, job)]
  const workstation: FieldReader<number> = (job) => [planJobWorkstation(plan, job)]
  return {
    id: (job) => [jobId(plan, job)],
    name,
    "key.name": name,
    key: (job) => [planJobKey(plan, job)],
    folder: (job) => [planStreamFolder(plan, jobs.stream.get(job))],
    workstation,
    jobStreamWorkstation: workstation,
    jobStreamName: (job) => [planStreamName(plan, jobs.stream.get(job))],
    jobStreamId: (job) => [streamId(plan, jobs.stream.get(job))],
    commonStatus: common,
    lastRunCommonStatus: common,
    "jobruns.commonStatus": common,
    "lastRunCompositeStatus.status": status,
    "lastRunCompositeStatus.substatus": (job) => {
      const substatus = substatusOf(plan, job)
      return substatus === undefined ? [] : [substatus]
    },
    priority: (job) => [jobs.priority.get(job)],
    "jobruns.returnCode": (job) => [
      ...(plan.pastRuns.get(job) ?? []).map((run) => run.returnCode),
      jobs.returnCode.get(job)
    ],
    "jobruns.compositeStatus.status": (job) => [
      ...(plan.pastRuns.get(job) ?? []).map((run) => statusName(run.status)),
      statusName(jobs.status.get(job))
    ],
    "jobOptions.critical": (job) => [deadlineOf(plan, job) !== undefined],
    schedTime: (job) => [isoInstant(streams.sched.get(jobs.stream.get(job)))],
    "dependencies.jobStreamId": (job) => predecessorStreams(plan, dependenciesOfJob(plan, job)),
    "dependencies.jobId": (job) =>
      dependenciesOfJob(plan, job).flatMap((one) => (one.kind === "job" ? [jobId(plan, one.target)] : []))
  }
}

const streamReaders = (plan: Plan): Readers => {
  const { streams } = plan
  const name: FieldReader<number> = (stream) => [planStreamName(plan, stream)]
  return {
    id: (stream) => [streamId(plan, stream)],
    name,
    "key.name": name,
    key: (stream) => [planStreamKey(plan, stream)],
    folder: (stream) => [planStreamFolder(plan, stream)],
    workstation: (stream) => [planStreamWorkstation(plan, stream)],
    commonStatus: (stream) => [streamCommonStatus(plan, stream)],
    "compositeStatus.status": (stream) => [streamStatus(plan, stream)],
    priority: (stream) => [streams.priority.get(stream)],
    limit: (stream) => [streams.limit.get(stream)],
    schedTime: (stream) => [isoInstant(streams.sched.get(stream))],
    "dependencies.jobStreamId": (stream) => predecessorStreams(plan, dependenciesOfStream(plan, stream)),
    "dependencies.jobId": (stream) =>
      dependenciesOfStream(plan, stream).flatMap((one) => (one.kind === "job" ? [jobId(plan, one.target)] : []))
  }
}

/** Common fields are read from the plan directly; any other from the whole JSON form of the row. */
const withFallback =
  (readers: Readers, view: (row: number) => unknown): Fields<number> =>
  (path) =>
    (Object.hasOwn(readers, path) ? readers[path] : undefined) ?? ((row) => valuesAt(view(row), path))

export const jobFields = (plan: Plan): Fields<number> =>
  withFallback(jobReaders(plan), (job) => jobView(plan, job, { definition: true, dependencies: true }))

export const jobStreamFields = (plan: Plan): Fields<number> =>
  withFallback(streamReaders(plan), (stream) => jobStreamView(plan, stream, { dependencies: true }))
