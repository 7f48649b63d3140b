import { DateTime, Effect, Ref } from "effect"
import type { BulkAccepted, Expectation } from "../model/Accepted.ts"
import { lastRun } from "../model/Job.ts"
import type { Tws } from "../Tws.ts"
import { TwsInvalidQuery, TwsObjectNotFound } from "../TwsError.ts"
import { job as makeJob, jobStream as makeJobStream, type TwsTestPlan } from "../TwsTestPlan.ts"
import { jobShows, jobStreamShows, workstationShows } from "./Effects.ts"
import { accepted, find, type Memory } from "./Memory.ts"
import { applyToJob, applyToJobStream, applyToWorkstation } from "./MemoryActions.ts"
import { isJobOf } from "./MemoryQueries.ts"

/** What changes the plan or asks whether it changed. */
export type Commands = Pick<
  Tws["Service"],
  | "actOnJob"
  | "actOnJobs"
  | "actOnJobStream"
  | "actOnWorkstation"
  | "replyToPrompt"
  | "submitJobStream"
  | "submitJob"
  | "submitAdHocJob"
  | "confirm"
>

const shows = (plan: TwsTestPlan, expected: Expectation): boolean => {
  switch (expected._tag) {
    case "Job":
      return plan.jobs.some((job) => job.id === expected.id && jobShows(job, expected))
    case "JobStream":
      return plan.jobStreams.some((stream) => stream.id === expected.id && jobStreamShows(stream, expected))
    case "Workstation":
      return plan.workstations.some((found) => found.id === expected.id && workstationShows(found, expected))
    case "Prompt":
      return plan.prompts.some(
        ({ id, status }) => id === expected.id && status === (expected.answer ? "ANSWERED_YES" : "ANSWERED_NO")
      )
    case "SubmittedJobs":
      return expected.ids.length > 0 && expected.ids.every((id) => plan.jobs.some((job) => job.id === id))
    case "SubmittedJobStreams":
      return expected.ids.length > 0 && expected.ids.every((id) => plan.jobStreams.some((stream) => stream.id === id))
  }
}

/** The actions of a scheduler in memory. They take effect at once. */
export const make = ({ begin, plan }: Memory): Commands => ({
  actOnJob: Effect.fn("TwsTest.actOnJob")(function* (id, action, options = {}) {
    const job = yield* find("job", (yield* begin("actOnJob", id, action, options)).jobs, id)
    if (action._tag === "Rerun" && lastRun(job) === undefined) {
      return yield* new TwsObjectNotFound({ kind: "run", id })
    }
    yield* Ref.update(plan, (plan) => ({
      ...plan,
      jobs: plan.jobs.map((known) => (known.id === id ? applyToJob(known, action) : known))
    }))
    return yield* accepted([id], { _tag: "Job", id, action, knownRuns: job.runs.map(({ id }) => id) })
  }),
  actOnJobs: Effect.fn("TwsTest.actOnJobs")(function* (query, action, options) {
    const { jobs } = yield* begin("actOnJobs", query, action, options)
    const matching = jobs.filter(isJobOf(query))
    if (matching.length > options.expected) {
      return yield* new TwsInvalidQuery({
        field: "expected",
        reason: `${matching.length} jobs match, not ${options.expected}`
      })
    }
    const ids = new Set(matching.map(({ id }) => id))
    yield* Ref.update(plan, (plan) => ({
      ...plan,
      jobs: plan.jobs.map((known) => (ids.has(known.id) ? applyToJob(known, action) : known))
    }))
    return {
      accepted: yield* Effect.forEach(matching, ({ id }) => accepted([id], { _tag: "Job", id, action })),
      refused: []
    } satisfies BulkAccepted
  }),
  actOnJobStream: Effect.fn("TwsTest.actOnJobStream")(function* (id, action, options = {}) {
    yield* find("jobStream", (yield* begin("actOnJobStream", id, action, options)).jobStreams, id)
    yield* Ref.update(plan, (plan) => ({
      ...plan,
      jobStreams: plan.jobStreams.map((known) => (known.id === id ? applyToJobStream(known, action) : known))
    }))
    return yield* accepted([id], { _tag: "JobStream", id, action })
  }),
  actOnWorkstation: Effect.fn("TwsTest.actOnWorkstation")(function* (id, action, options = {}) {
    yield* find("workstation", (yield* begin("actOnWorkstation", id, action, options)).workstations, id)
    yield* Ref.update(plan, (plan) => ({
      ...plan,
      workstations: plan.workstations.map((known) => (known.id === id ? applyToWorkstation(known, action) : known))
    }))
    return yield* accepted([id], { _tag: "Workstation", id, action })
  }),
  replyToPrompt: Effect.fn("TwsTest.replyToPrompt")(function* (id, answer, options = {}) {
    yield* find("prompt", (yield* begin("replyToPrompt", id, answer, options)).prompts, id)
    const status = answer ? ("ANSWERED_YES" as const) : ("ANSWERED_NO" as const)
    yield* Ref.update(plan, (plan) => ({
      ...plan,
      prompts: plan.prompts.map((known) => (known.id === id ? { ...known, status } : known))
    }))
    return yield* accepted([id], { _tag: "Prompt", id, answer })
  }),
  submitJobStream: Effect.fn("TwsTest.submitJobStream")(function* (definition, submission = {}, options = {}) {
    const { model } = yield* begin("submitJobStream", definition, submission, options)
    const object = model.find(({ id }) => id === definition)
    if (object === undefined) return yield* new TwsObjectNotFound({ kind: "definition", id: definition })
    const stream = makeJobStream({ name: submission.alias ?? object.name, modelId: definition })
    yield* Ref.update(plan, (plan) => ({ ...plan, jobStreams: [...plan.jobStreams, stream] }))
    return yield* accepted([stream.id], { _tag: "SubmittedJobStreams", ids: [stream.id] })
  }),
  submitJob: Effect.fn("TwsTest.submitJob")(function* (definition, submission = {}, options = {}) {
    const { model } = yield* begin("submitJob", definition, submission, options)
    const object = model.find(({ id }) => id === definition)
    if (object === undefined) return yield* new TwsObjectNotFound({ kind: "definition", id: definition })
    const job = makeJob({ name: submission.alias ?? object.name })
    yield* Ref.update(plan, (plan) => ({ ...plan, jobs: [...plan.jobs, job] }))
    return yield* accepted([job.id], { _tag: "SubmittedJobs", ids: [job.id] })
  }),
  submitAdHocJob: Effect.fn("TwsTest.submitAdHocJob")(function* (adHoc, options = {}) {
    yield* begin("submitAdHocJob", adHoc, options)
    const job = makeJob({ name: adHoc.alias ?? "ADHOC", jobStreamName: "JOBS", workstation: adHoc.workstation })
    yield* Ref.update(plan, (plan) => ({ ...plan, jobs: [...plan.jobs, job] }))
    return yield* accepted([job.id], { _tag: "SubmittedJobs", ids: [job.id] })
  }),
  confirm: Effect.fn("TwsTest.confirm")(function* (given, options = {}) {
    const confirmed = shows(yield* begin("confirm", given, options), given.expects)
    return { confirmed, reads: 1, checkedAt: yield* DateTime.now }
  })
})
