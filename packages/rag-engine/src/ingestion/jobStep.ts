import { type IngestionState, isFinal } from "@resync/rag/model/IngestionJob"
import { Option } from "effect"
import { type JobEvent, type Stage, stages } from "./JobEvent.ts"
import type { JobProgress } from "./JobProgress.ts"

/** How often a job is tried. */
export interface JobLimits {
  /** Attempts that may fail, by a cause that may pass, before the job has failed. */
  readonly maxFailures: number
  /** Attempts that may end with their process before the job has failed: a document that takes the service down. */
  readonly maxCrashes: number
}

const isStage = (state: IngestionState): state is Stage => stages.some((stage) => stage === state)

const fresh = { done: 0, total: null } as const

/**
 * What a job becomes by an event, or nothing where it does not apply: to a job that has ended, or out of order. Pure, and the
 * only place that knows the states.
 */
export const step = (job: JobProgress, event: JobEvent, limits: JobLimits): Option.Option<JobProgress> => {
  const { state } = job
  switch (event._tag) {
    case "Begin": {
      if (isFinal(state)) return Option.none()
      // Somebody worked on it and never said how that ended.
      const crashes = state === "queued" ? job.crashes : job.crashes + 1
      if (crashes >= limits.maxCrashes) {
        const detail = `The service ended ${crashes} times while it worked on the document`
        return Option.some({ ...job, crashes, state: "failed", failure: { reason: "internal", detail } })
      }
      return Option.some({ ...job, ...fresh, crashes, state: "parsing", attempts: job.attempts + 1, failure: null })
    }
    case "Enter":
      if (!isStage(state) || stages.indexOf(event.stage) !== stages.indexOf(state) + 1) return Option.none()
      return Option.some({ ...job, state: event.stage, done: 0, total: event.total ?? job.total })
    case "Advance":
      if (!isStage(state) || job.total === null || event.done < job.done || event.done > job.total) return Option.none()
      return Option.some({ ...job, done: event.done })
    case "Complete":
      return state === "indexing" ? Option.some({ ...job, state: "completed", done: job.total ?? 0 }) : Option.none()
    case "Supersede":
      return isStage(state) ? Option.some({ ...job, state: "cancelled" }) : Option.none()
    case "Fail": {
      if (!isStage(state)) return Option.none()
      const { failure, passing } = event
      const failures = passing ? job.failures + 1 : job.failures
      return Option.some(
        passing && failures < limits.maxFailures
          ? { ...job, ...fresh, state: "queued", failures, failure }
          : { ...job, state: "failed", failures, failure }
      )
    }
    case "Release":
      return isStage(state) ? Option.some({ ...job, ...fresh, state: "queued" }) : Option.none()
    case "Cancel":
      return isFinal(state) ? Option.none() : Option.some({ ...job, state: "cancelled", failure: null })
    case "Abandon":
      return state === "completed" || state === "cancelled"
        ? Option.none()
        : Option.some({ ...job, state: "cancelled", failure: null })
    case "Retry":
      return state === "failed" ? Option.some(again(job)) : Option.none()
    case "Requeue":
      return state === "cancelled" ? Option.none() : Option.some(again(job))
  }
}

const again = (job: JobProgress): JobProgress => ({
  ...job,
  ...fresh,
  state: "queued",
  failures: 0,
  crashes: 0,
  cycle: job.cycle + 1,
  failure: null
})
