import { hash, Subject, unit } from "./Hash.ts"
import { abendRate, estimatedMillis, type RecoveryOption, recoveryOf } from "./JobDefinition.ts"
import { Status } from "./JobStatus.ts"
import type { Plan } from "./Plan.ts"

/** How a run will go. */
export interface RunOutcome {
  readonly status: number
  readonly returnCode: number
  readonly millis: number
  readonly exceedsMaxDuration: boolean
}

export const isSuccess = (status: number): boolean => status === Status.SUCC

const errorCodes = [1, 1, 1, 2, 4, 8, 8, 12, 16, 127, 137, 255] as const

/** Runs of this job are stopped after this time, in milliseconds; `Infinity` for most jobs. */
export const maxDurationMillis = (plan: Plan, job: number): number => {
  const definition = plan.jobs.definition.get(job)
  return !plan.adHoc.has(job) && definition % 40 === 17
    ? estimatedMillis(plan.blueprint, definition) * 2
    : Number.POSITIVE_INFINITY
}

export const estimateOf = (plan: Plan, job: number): number =>
  plan.adHoc.get(job)?.estimatedMillis ?? estimatedMillis(plan.blueprint, plan.jobs.definition.get(job))

export const recoveryOptionOf = (plan: Plan, job: number): RecoveryOption =>
  plan.adHoc.has(job) ? "STOP" : recoveryOf(plan.blueprint, plan.jobs.definition.get(job))

/** The outcome of the numbered run of a job, decided by the seed alone. */
export const runOutcome = (plan: Plan, job: number, run: number): RunOutcome => {
  const seed = plan.blueprint.seed
  const turn = plan.epoch * 256 + run
  const chance = unit(hash(seed, Subject.outcome, job, turn))
  const adHoc = plan.adHoc.get(job)
  const rate = adHoc === undefined ? abendRate(plan.blueprint, plan.jobs.definition.get(job)) : 0.01
  const spread = 0.6 + 0.9 * unit(hash(seed, Subject.runLength, job, turn))
  const millis = Math.round(estimateOf(plan, job) * spread)
  if (chance > 1 - rate / 12) return { status: Status.FAIL, returnCode: 0, millis: 0, exceedsMaxDuration: false }
  const limit = maxDurationMillis(plan, job)
  if (millis > limit) return { status: Status.ABEND, returnCode: 143, millis: limit, exceedsMaxDuration: true }
  if (chance > rate) return { status: Status.SUCC, returnCode: 0, millis, exceedsMaxDuration: false }
  const returnCode = errorCodes[hash(seed, Subject.returnCode, job, turn) % errorCodes.length] ?? 1
  return {
    status: Status.ABEND,
    returnCode,
    millis: Math.round(millis * unit(hash(seed, Subject.runLength, job, turn + 128))) + 1000,
    exceedsMaxDuration: false
  }
}
