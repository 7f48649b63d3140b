import { dependenciesOfJob, dependenciesOfStream, isSatisfied } from "../plan/Dependency.ts"
import { Status } from "../plan/JobStatus.ts"
import { workstationOf } from "../plan/Launch.ts"
import type { Plan } from "../plan/Plan.ts"
import { jobId } from "../plan/PlanId.ts"
import { isoInstant } from "./Instant.ts"
import { substatusOf } from "./JobStatusV2.ts"
import { planJobKey, planStreamKey, workstationName } from "./Naming.ts"

interface Issue {
  readonly id: string
  readonly issueMessage: string
  readonly issueType: string
}

const openDependencies = (plan: Plan, job: number): ReadonlyArray<string> => {
  const all = [...dependenciesOfJob(plan, job), ...dependenciesOfStream(plan, plan.jobs.stream.get(job))]
  return all
    .filter((one) => !isSatisfied(plan, one))
    .map((one) => {
      switch (one.kind) {
        case "job":
          return `the job ${planJobKey(plan, one.target)}`
        case "stream":
          return `the job stream ${planStreamKey(plan, one.target)}`
        case "prompt":
          return `the prompt ${plan.prompts[one.target]?.name ?? ""}`
        case "file":
          return `the file ${plan.files[one.target]?.name ?? ""}`
        case "resource":
          return `the resource ${plan.resources[one.target]?.name ?? ""}`
      }
    })
}

const reason = (plan: Plan, job: number): string => {
  const workstation = workstationName(plan, workstationOf(plan, job))
  switch (substatusOf(plan, job)) {
    case "HOLD_PRIORITY_ZERO":
      return "The priority is 0."
    case "HOLD_WAITING_FOR_TIME":
      return `The start time ${isoInstant(plan.streams.sched.get(plan.jobs.stream.get(job)))} is not reached.`
    case "READY_WAITING_FOR_AGENT":
      return `The workstation ${workstation} is not linked or not running.`
    case "READY_WAITING_FOR_LIMIT":
      return `The limit or the fence of the workstation ${workstation} or the limit of the job stream is reached.`
    case "READY_WAITING_FOR_RESOURCES":
      return "A resource is not available in the needed quantity."
    default:
      return `The job waits for ${openDependencies(plan, job).join(", ") || "its launch"}.`
  }
}

/** Why a job does not run, in words; nothing for a job that runs or has run well. */
export const issuesOf = (plan: Plan, job: number): ReadonlyArray<Issue> => {
  const status = plan.jobs.status.get(job)
  if (status === Status.ABEND || status === Status.FAIL) {
    return [
      {
        id: jobId(plan, job),
        issueMessage: `The job ended in error with return code ${plan.jobs.returnCode.get(job)}.`,
        issueType: "ERROR"
      }
    ]
  }
  if (status > Status.FENCE) return []
  return [{ id: jobId(plan, job), issueMessage: reason(plan, job), issueType: substatusOf(plan, job) ?? "WAITING" }]
}
