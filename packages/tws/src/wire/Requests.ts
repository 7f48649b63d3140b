import { DateTime } from "effect"
import { compact } from "../internal/compact.ts"
import type { RerunOptions } from "../model/JobAction.ts"
import type { AdHocJob, JobStreamSubmission, JobSubmission } from "../model/Submission.ts"

const instant = (at: DateTime.Utc | undefined): string | undefined => at && DateTime.formatIso(at)

/** `RerunDetailsV2`. The body must be there even when it says nothing: without one the scheduler answers 415. */
export const rerunDetails = (options: RerunOptions) =>
  compact({
    jobDefinitionDbKey: options.definition,
    userLogin: options.login,
    variables: options.variables,
    priority: options.priority,
    startTime: instant(options.startAt),
    stepName: options.step,
    rerunJobOnSameWorkstation: options.sameWorkstation,
    successorsInfo:
      options.successors === undefined
        ? undefined
        : options.successors._tag === "Depth"
          ? { depth: options.successors.depth }
          : { successorsIds: options.successors.ids }
  })

const common = (submission: JobStreamSubmission | JobSubmission | AdHocJob) => ({
  alias: submission.alias,
  priority: submission.priority,
  inputArrivalTime: instant(submission.scheduledAt),
  earliestDate: instant(submission.earliestStart),
  deadlineTime: instant(submission.deadline),
  parameters: submission.variables,
  variableTableKey: submission.variableTable
})

/** `SubmitJobStreamOptionsV2` */
export const submitJobStreamOptions = (submission: JobStreamSubmission) =>
  compact({ ...common(submission), limit: submission.limit, carryForward: submission.carryForward })

/** `SubmitJobOptionsV2` */
export const submitJobOptions = (submission: JobSubmission) =>
  compact({
    ...common(submission),
    jobStreamId: submission.jobStreamId,
    workstationKey: submission.workstation,
    critical: submission.critical,
    requiresConfirmation: submission.requiresConfirmation
  })

const task = ({ task }: AdHocJob) =>
  task._tag === "Jsdl"
    ? { OTHER: { taskString: task.document } }
    : {
        // `isCommand` is the text "true" or "false" in the vendor's own examples.
        [task._tag === "Unix" ? "UNIX" : "WINDOWS"]: compact({
          taskString: task.text,
          isCommand: task.script === true ? "false" : "true",
          userName: task.login
        })
      }

/** `SubmitAdHocJobOptionsV2` */
export const submitAdHocJobOptions = (job: AdHocJob) =>
  compact({
    ...common(job),
    workstationKey: job.workstation,
    task: task(job),
    critical: job.critical,
    requiresConfirmation: job.requiresConfirmation
  })
