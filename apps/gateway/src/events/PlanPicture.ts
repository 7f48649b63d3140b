import type { PlanEvent } from "@resync/api/TwsEvents"
import type { CommonStatus } from "@resync/tws/model/CommonStatus"
import type { Job } from "@resync/tws/model/Job"
import type { JobStream } from "@resync/tws/model/JobStream"
import type { Workstation } from "@resync/tws/model/Workstation"
import type { DateTime } from "effect"
import { placeOf } from "../queries/placeOf.ts"

/** What is remembered of the plan between two readings: just what an event can be made of. */
export interface PlanPicture {
  /** Which plan it is: each new one gives all objects new ids. */
  readonly plan: string
  readonly jobs: ReadonlyMap<Job["id"], CommonStatus>
  readonly jobStreams: ReadonlyMap<JobStream["id"], CommonStatus>
  readonly workstations: ReadonlyMap<Workstation["id"], string>
}

/** One reading of the plan. */
export interface PlanReading {
  readonly plan: string
  readonly jobs: ReadonlyArray<Job>
  readonly jobStreams: ReadonlyArray<JobStream>
  readonly workstations: ReadonlyArray<Workstation>
}

const stateOf = (workstation: Workstation) => `${workstation.linked} ${workstation.running}`

export const picture = (reading: PlanReading): PlanPicture => ({
  plan: reading.plan,
  jobs: new Map(reading.jobs.map((job) => [job.id, job.commonStatus])),
  jobStreams: new Map(reading.jobStreams.map((stream) => [stream.id, stream.commonStatus])),
  workstations: new Map(reading.workstations.map((workstation) => [workstation.id, stateOf(workstation)]))
})

/** Where an object lies, as far as the plan says. */
const place = ({ folder, workstation }: { readonly folder?: string; readonly workstation?: string }) => ({
  ...(workstation === undefined ? {} : { workstation }),
  ...(folder === undefined ? {} : { folder })
})

const change = (from: CommonStatus | undefined, to: CommonStatus) => (from === undefined ? { to } : { from, to })

/**
 * What happened between two readings. What is no longer in the plan makes no event: the scheduler's API reads a mirror
 * that lags, so one reading without an object does not prove that it is gone.
 */
export const changes = (before: PlanPicture, reading: PlanReading, at: DateTime.Utc): ReadonlyArray<PlanEvent> => {
  if (before.plan !== reading.plan) return [{ _tag: "Reset", at, reason: "newPlan" }]
  const events: Array<PlanEvent> = []
  for (const job of reading.jobs) {
    const { commonStatus, id, name } = job
    const from = before.jobs.get(id)
    if (from !== commonStatus) {
      events.push({ _tag: "JobChanged", at, id, name, ...place(job), ...change(from, commonStatus) })
    }
  }
  for (const jobStream of reading.jobStreams) {
    const { commonStatus, id, name } = jobStream
    const from = before.jobStreams.get(id)
    if (from !== commonStatus) {
      events.push({ _tag: "JobStreamChanged", at, id, name, ...place(jobStream), ...change(from, commonStatus) })
    }
  }
  for (const workstation of reading.workstations) {
    if (before.workstations.get(workstation.id) !== stateOf(workstation)) {
      const { id, linked, name, running } = workstation
      events.push({ _tag: "WorkstationChanged", at, id, name, ...placeOf(workstation), linked, running })
    }
  }
  return events
}
