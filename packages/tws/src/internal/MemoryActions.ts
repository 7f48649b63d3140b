import type { Job } from "../model/Job.ts"
import type { JobAction } from "../model/JobAction.ts"
import type { JobStream } from "../model/JobStream.ts"
import type { JobStreamAction } from "../model/JobStreamAction.ts"
import type { Workstation } from "../model/Workstation.ts"
import type { WorkstationAction } from "../model/WorkstationAction.ts"
import { jobRun } from "../TwsTestPlan.ts"

/** The job after an action that took effect at once. */
export const applyToJob = (job: Job, action: JobAction): Job => {
  switch (action._tag) {
    case "Cancel":
      return action.pending === true
        ? { ...job, status: { ...job.status, cancelPending: true } }
        : { ...job, commonStatus: "CANCELED", status: { ...job.status, internal: "CANCL", canceled: true } }
    case "Kill":
      return { ...job, commonStatus: "ERROR", status: { ...job.status, internal: "ABEND", error: true } }
    case "Hold":
      return { ...job, priority: 0, commonStatus: "HELD", status: { ...job.status, internal: "HOLD" } }
    case "Release":
      return { ...job, priority: 10, commonStatus: "READY", status: { ...job.status, internal: "READY" } }
    case "ReleaseDependencies":
      return { ...job, dependencies: [], dependencyCounts: { total: 0, unresolved: 0 } }
    case "ConfirmSuccess":
      return { ...job, commonStatus: "SUCCESSFUL", status: { ...job.status, internal: "SUCC", error: false } }
    case "ConfirmAbend":
      return { ...job, commonStatus: "ERROR", status: { ...job.status, internal: "ABEND", error: true } }
    case "SetPriority":
      return { ...job, priority: action.priority }
    case "Rerun": {
      const runs = job.runs.map((run) => ({ ...run, last: false }))
      const rerun = jobRun({ name: `${job.name} ${runs.length}`, commonStatus: "RUNNING", rerunType: "RERUN" })
      return {
        ...job,
        commonStatus: "RUNNING",
        status: { ...job.status, internal: "EXEC", error: false, started: true },
        runs: [...runs, rerun]
      }
    }
  }
}

/** The job stream after an action that took effect at once. */
export const applyToJobStream = (stream: JobStream, action: JobStreamAction): JobStream => {
  switch (action._tag) {
    case "Cancel":
      return action.pending === true
        ? { ...stream, status: { ...stream.status, cancelPending: true } }
        : { ...stream, commonStatus: "CANCELED", status: { ...stream.status, internal: "CANCL", canceled: true } }
    case "Hold":
      return { ...stream, priority: 0, commonStatus: "HELD" }
    case "Release":
      return { ...stream, priority: 10, commonStatus: "READY" }
    case "ReleaseDependencies":
      return { ...stream, dependencies: [], dependencyCounts: { total: 0, unresolved: 0 } }
    case "SetPriority":
      return { ...stream, priority: action.priority }
    case "SetLimit":
      return { ...stream, limit: action.limit }
  }
}

/** The workstation after an action that took effect at once. */
export const applyToWorkstation = (workstation: Workstation, action: WorkstationAction): Workstation => {
  switch (action._tag) {
    case "Link":
      return { ...workstation, linked: true }
    case "Unlink":
      return { ...workstation, linked: false }
    case "Start":
      return { ...workstation, running: true }
    case "Stop":
      return { ...workstation, running: false }
    case "SetLimit":
      return { ...workstation, limit: action.limit }
    case "SetFence":
      return { ...workstation, fence: action.fence }
  }
}
