import { isWaiting } from "./JobStatus.ts"
import { jobNode, type Plan, streamNode } from "./Plan.ts"
import { decode, encode, IdKind } from "./Uuid.ts"

/** The id of the plan itself. */
export const planId = (plan: Plan): string => encode(plan.blueprint.seed, IdKind.plan, plan.epoch, 0)

export const jobId = (plan: Plan, job: number): string => {
  const serial = plan.submittedRows.get(jobNode(job))
  return serial === undefined
    ? encode(plan.blueprint.seed, IdKind.job, plan.epoch, job)
    : encode(plan.blueprint.seed, IdKind.submittedJob, 0, serial)
}

export const streamId = (plan: Plan, stream: number): string => {
  const serial = plan.submittedRows.get(streamNode(stream))
  return serial === undefined
    ? encode(plan.blueprint.seed, IdKind.stream, plan.epoch, stream)
    : encode(plan.blueprint.seed, IdKind.submittedStream, 0, serial)
}

const bySerial = (plan: Plan, kind: IdKind, id: string): number | undefined => {
  const serial = decode(plan.blueprint.seed, kind, 0, id)
  return serial === undefined ? undefined : plan.submitted.get(serial)
}

/** The row of the job with this id, or `undefined`. */
export const findJob = (plan: Plan, id: string): number | undefined => {
  const row = decode(plan.blueprint.seed, IdKind.job, plan.epoch, id)
  if (row !== undefined && row < plan.jobs.count) return row
  const node = bySerial(plan, IdKind.submittedJob, id)
  return node === undefined ? undefined : node >> 1
}

/** The row of the job stream with this id, or `undefined`. */
export const findStream = (plan: Plan, id: string): number | undefined => {
  const row = decode(plan.blueprint.seed, IdKind.stream, plan.epoch, id)
  if (row !== undefined && row < plan.streams.count) return row
  const node = bySerial(plan, IdKind.submittedStream, id)
  return node === undefined ? undefined : node >> 1
}

const runsPerJob = 256

export const runId = (plan: Plan, job: number, run: number): string =>
  encode(plan.blueprint.seed, IdKind.run, plan.epoch, job * runsPerJob + run)

/** The job row and run number (from 1) that this id stands for, or `undefined`. */
export const findRun = (plan: Plan, id: string): { readonly job: number; readonly run: number } | undefined => {
  const index = decode(plan.blueprint.seed, IdKind.run, plan.epoch, id)
  if (index === undefined) return undefined
  const job = Math.floor(index / runsPerJob)
  const run = index % runsPerJob
  // A job that waits to be run again has its next run already.
  const waits = isWaiting(plan.jobs.status.get(job)) ? 1 : 0
  return job < plan.jobs.count && run >= 1 && run <= Math.max(1, plan.jobs.run.get(job) + waits)
    ? { job, run }
    : undefined
}

/** The id of a workstation, resource, prompt or file of the plan. */
export const objectId = (
  plan: Plan,
  kind: typeof IdKind.workstation | typeof IdKind.resource | typeof IdKind.prompt | typeof IdKind.file,
  index: number
): string => encode(plan.blueprint.seed, kind, kind === IdKind.workstation ? 0 : plan.epoch, index)

/** The index of a workstation, resource, prompt or file, or `undefined`. */
export const findObject = (
  plan: Plan,
  kind: typeof IdKind.workstation | typeof IdKind.resource | typeof IdKind.prompt | typeof IdKind.file,
  id: string
): number | undefined => {
  const index = decode(plan.blueprint.seed, kind, kind === IdKind.workstation ? 0 : plan.epoch, id)
  const size = {
    [IdKind.workstation]: plan.workstations.length,
    [IdKind.resource]: plan.resources.length,
    [IdKind.prompt]: plan.prompts.length,
    [IdKind.file]: plan.files.length
  }[kind]
  return index !== undefined && index < size ? index : undefined
}

/** The id of something defined, which outlives the plan. */
export const modelId = (plan: Plan, kind: IdKind, index: number): string => encode(plan.blueprint.seed, kind, 0, index)
