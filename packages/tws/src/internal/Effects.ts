import type { Expectation } from "../model/Accepted.ts"
import * as CommonStatus from "../model/CommonStatus.ts"
import type { Job } from "../model/Job.ts"
import type { JobStream } from "../model/JobStream.ts"
import type { Workstation } from "../model/Workstation.ts"

/** Whether a job shows what was to become of it. */
export const jobShows = (job: Job, expected: Extract<Expectation, { readonly _tag: "Job" }>): boolean => {
  const { action } = expected
  switch (action._tag) {
    case "Cancel":
      return job.commonStatus === "CANCELED" || job.status.canceled || job.status.cancelPending
    case "Kill":
      return job.commonStatus !== "RUNNING" && job.status.internal !== "EXEC"
    case "Hold":
      return job.priority === 0 || job.commonStatus === "HELD"
    case "Release":
      return job.priority !== 0 && job.commonStatus !== "HELD"
    case "ReleaseDependencies":
      return (
        job.dependencyCounts?.unresolved === 0 ||
        (job.dependencies?.every(({ status }) => status === undefined || status === "SATISFIED") ?? false)
      )
    case "ConfirmSuccess":
      return job.commonStatus === "SUCCESSFUL"
    case "ConfirmAbend":
      return job.commonStatus === "ERROR"
    case "SetPriority":
      return job.priority === action.priority
    case "Rerun":
      return expected.knownRuns === undefined
        ? !CommonStatus.isFinal(job.commonStatus)
        : job.runs.some(({ id }) => expected.knownRuns?.includes(id) !== true)
  }
}

/** Whether a job stream shows what was to become of it. */
export const jobStreamShows = (
  stream: JobStream,
  { action }: Extract<Expectation, { readonly _tag: "JobStream" }>
): boolean => {
  switch (action._tag) {
    case "Cancel":
      return stream.commonStatus === "CANCELED" || stream.status.canceled || stream.status.cancelPending
    case "Hold":
      return stream.priority === 0 || stream.commonStatus === "HELD"
    case "Release":
      return stream.priority !== 0 && stream.commonStatus !== "HELD"
    case "ReleaseDependencies":
      return stream.dependencyCounts === undefined || stream.dependencyCounts.unresolved === 0
    case "SetPriority":
      return stream.priority === action.priority
    case "SetLimit":
      return stream.limit === action.limit
  }
}

/** Whether a workstation shows what was to become of it. */
export const workstationShows = (
  workstation: Workstation,
  { action }: Extract<Expectation, { readonly _tag: "Workstation" }>
): boolean => {
  switch (action._tag) {
    case "Link":
      return workstation.linked
    case "Unlink":
      return !workstation.linked
    case "Start":
      return workstation.running
    case "Stop":
      return !workstation.running
    case "SetLimit":
      return workstation.limit === action.limit
    case "SetFence":
      return workstation.fence === action.fence
  }
}
