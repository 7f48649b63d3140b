import { minute } from "../plan/Blueprint.ts"
import { dependenciesOfJob } from "../plan/Dependency.ts"
import { isCritical } from "../plan/JobDefinition.ts"
import { isActive, isTerminal } from "../plan/JobStatus.ts"
import { isPlanned, jobsOfStream, type Plan, positionOf, StreamFlag } from "../plan/Plan.ts"
import { estimateOf } from "../plan/RunOutcome.ts"
import { deadlineOf } from "./JobV2.ts"

export type Risk = "HIGH_RISK" | "POTENTIAL_RISK" | "ON_TRACK"

/** A critical job with what has to be done before it. */
export interface CriticalNetwork {
  readonly job: number
  readonly deadline: number
  /** When the job will be done if every run takes as long as it is used to. */
  readonly estimatedEnd: number
  readonly risk: Risk
  /** Its predecessors within the stream that are not complete. */
  readonly open: ReadonlyArray<number>
  /** The chain of jobs that decides when it ends, the first one first. */
  readonly path: ReadonlyArray<number>
}

/** The share of the time to the deadline that is kept as a reserve. */
const slack = 10 * minute

interface Reached {
  readonly at: number
  readonly path: ReadonlyArray<number>
}

/** The estimated end of a job, and the chain that leads to it. */
const reach = (plan: Plan, job: number, begin: number, known: Map<number, Reached>): Reached => {
  const seen = known.get(job)
  if (seen !== undefined) return seen
  const status = plan.jobs.status.get(job)
  const before = dependenciesOfJob(plan, job).filter(
    (one) => one.kind === "job" && plan.jobs.stream.get(one.target) === plan.jobs.stream.get(job)
  )
  let latest: Reached = { at: begin, path: [] }
  for (const one of before) {
    const other = reach(plan, one.target, begin, known)
    if (other.at > latest.at || latest.path.length === 0) latest = other
  }
  const end = isTerminal(status)
    ? plan.jobs.end.get(job)
    : isActive(status)
      ? Math.max(plan.now, plan.jobs.start.get(job) + estimateOf(plan, job))
      : Math.max(plan.now, latest.at) + estimateOf(plan, job)
  const reached = { at: end, path: [...latest.path, job] }
  known.set(job, reached)
  return reached
}

const riskOf = (plan: Plan, job: number, deadline: number, estimatedEnd: number): Risk => {
  if (isTerminal(plan.jobs.status.get(job))) return plan.jobs.end.get(job) > deadline ? "HIGH_RISK" : "ON_TRACK"
  if (estimatedEnd > deadline) return "HIGH_RISK"
  return estimatedEnd > deadline - slack ? "POTENTIAL_RISK" : "ON_TRACK"
}

export const criticalNetwork = (plan: Plan, job: number): CriticalNetwork | undefined => {
  const deadline = deadlineOf(plan, job)
  if (deadline === undefined) return undefined
  const stream = plan.jobs.stream.get(job)
  const due = (plan.streams.flags.get(stream) & StreamFlag.due) !== 0
  const { at, path } = reach(plan, job, due ? plan.now : plan.streams.sched.get(stream), new Map())
  return {
    job,
    deadline,
    estimatedEnd: at,
    risk: riskOf(plan, job, deadline, at),
    open: jobsOfStream(plan, stream).filter((one) => one !== job && !isTerminal(plan.jobs.status.get(one))),
    path
  }
}

/** The critical jobs of the plan with their networks. */
export const criticalNetworks = (plan: Plan): ReadonlyArray<CriticalNetwork> => {
  const found: Array<CriticalNetwork> = []
  for (let stream = 6; stream < plan.streams.count; stream += isPlanned(plan, stream + 10) ? 10 : 1) {
    const last = jobsOfStream(plan, stream).findLast((job) => !plan.adHoc.has(job))
    const definition = plan.streams.definition.get(stream)
    if (last === undefined || definition < 0 || !isCritical(plan.blueprint, definition, positionOf(plan, last)))
      continue
    const network = criticalNetwork(plan, last)
    if (network !== undefined) found.push(network)
  }
  return found
}
