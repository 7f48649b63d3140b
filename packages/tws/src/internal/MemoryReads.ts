import { DateTime, Duration, Effect, Stream } from "effect"
import type { FlowNode } from "../model/FlowNode.ts"
import type { JobId } from "../model/Ids.ts"
import { type Job, lastRun } from "../model/Job.ts"
import type { Reachability } from "../model/Reachability.ts"
import type { Tws } from "../Tws.ts"
import { TwsObjectNotFound } from "../TwsError.ts"
import type { TwsTestPlan } from "../TwsTestPlan.ts"
import { find, type Memory, page, reading } from "./Memory.ts"
import type { Commands } from "./MemoryCommands.ts"
import { isJobOf, isJobStreamOf, named, oneOf, onWorkstation, sorted } from "./MemoryQueries.ts"
import { reasonsOf } from "./WaitingReads.ts"

const selectJobs = ({ jobs }: TwsTestPlan, query: Parameters<Tws["Service"]["jobs"]>[0] = {}) =>
  sorted(
    jobs.filter(isJobOf(query)),
    query.sort &&
      {
        name: (job: Job) => job.name,
        workstation: (job: Job) => job.workstation,
        jobStream: (job: Job) => job.jobStreamName,
        scheduledAt: (job: Job) => job.scheduledAt?.epochMilliseconds,
        priority: (job: Job) => job.priority,
        status: (job: Job) => job.commonStatus
      }[query.sort],
    query.direction
  )

const selectStreams = ({ jobStreams }: TwsTestPlan, query: Parameters<Tws["Service"]["jobStreams"]>[0] = {}) =>
  jobStreams.filter(isJobStreamOf(query))

const nodeOf = (job: Job, distance: number): FlowNode => ({
  _tag: "Job",
  id: job.id,
  name: job.name,
  commonStatus: job.commonStatus,
  distance
})

const waitsFor = (job: Job, id: JobId) =>
  job.dependencies?.some((dependency) => dependency._tag === "Job" && dependency.jobId === id) ?? false

/** All that can be reached from a job within `depth` steps. */
const reach = (start: Job, depth: number, neighbours: (job: Job) => ReadonlyArray<Job>) => {
  const nodes = new Map<string, FlowNode>()
  let level: ReadonlyArray<Job> = [start]
  for (let distance = 1; distance <= depth && level.length > 0; distance++) {
    level = level.flatMap(neighbours).filter(({ id }) => id !== start.id && !nodes.has(id))
    for (const job of level) nodes.set(job.id, nodeOf(job, distance))
  }
  return { nodes: [...nodes.values()], truncated: false }
}

const successorsOf =
  ({ jobs }: TwsTestPlan) =>
  (of: Job) =>
    jobs.filter((job) => waitsFor(job, of.id))
const predecessorsOf =
  ({ jobs }: TwsTestPlan) =>
  (of: Job) =>
    jobs.filter(({ id }) => waitsFor(of, id))

const count = (keys: ReadonlyArray<string>) => {
  const counts = new Map<string, number>()
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
  return Object.fromEntries(counts)
}

/** The reads of a scheduler in memory. */
export const make = ({ begin }: Memory): Omit<Tws["Service"], keyof Commands> => {
  const ping = Effect.gen(function* () {
    yield* begin("ping")
    const now = yield* DateTime.now
    return { _tag: "Reachable", host: "memory", since: now, checkedAt: now, latency: Duration.zero } as const
  })

  return {
    ping,
    reachability: Stream.fromEffect(
      Effect.catch(ping, (error) =>
        Effect.map(
          DateTime.now,
          (now): Reachability => ({
            _tag: "Unreachable",
            since: now,
            checkedAt: now,
            reason: error.message
          })
        )
      )
    ),
    engine: Effect.flatMap(begin("engine"), ({ engine }) => reading(engine)),
    capabilities: Effect.flatMap(begin("capabilities"), ({ engine }) =>
      reading({
        engineVersion: engine.version,
        jobGraph: true,
        jobStreamGraph: true,
        jobStreamCount: true,
        prompts: true,
        files: false,
        source: "specification" as const
      })
    ),
    plan: Effect.flatMap(begin("plan"), ({ plan }) => reading(plan)),
    summary: Effect.flatMap(begin("summary"), ({ jobs, jobStreams, workstations }) =>
      reading({
        jobs: {
          total: jobs.length,
          byStatus: count(jobs.map(({ commonStatus }) => commonStatus)),
          byWorkstation: count(jobs.flatMap(({ workstation }) => (workstation === undefined ? [] : [workstation])))
        },
        jobStreams: { total: jobStreams.length },
        workstations: { total: workstations.length, unlinked: workstations.filter(({ linked }) => !linked).length }
      })
    ),
    metrics: Effect.flatMap(begin("metrics"), () => reading("")),

    jobs: Effect.fn("TwsTest.jobs")(function* (query = {}) {
      return yield* reading(yield* page(selectJobs(yield* begin("jobs", query), query), query))
    }),
    allJobs: (query = {}) =>
      Stream.fromIterableEffect(Effect.map(begin("allJobs", query), (plan) => selectJobs(plan, query))),
    job: Effect.fn("TwsTest.job")(function* (id) {
      return yield* reading(yield* find("job", (yield* begin("job", id)).jobs, id))
    }),
    jobHistory: Effect.fn("TwsTest.jobHistory")(function* (id) {
      return yield* reading((yield* find("job", (yield* begin("jobHistory", id)).jobs, id)).runs)
    }),
    jobLog: Effect.fn("TwsTest.jobLog")(function* (id, options = {}) {
      const { jobs, logs } = yield* begin("jobLog", id, options)
      const run = lastRun(yield* find("job", jobs, id))
      const log = logs[id]
      if (run === undefined || log === undefined) return yield* new TwsObjectNotFound({ kind: "run", id })
      const lines = log.split("\n").slice((options.fromLine ?? 1) - 1, options.toLine)
      return yield* reading(Stream.make(lines.join("\n")))
    }),
    predecessors: Effect.fn("TwsTest.predecessors")(function* (id, options = {}) {
      const plan = yield* begin("predecessors", id, options)
      return yield* reading(reach(yield* find("job", plan.jobs, id), options.depth ?? 1, predecessorsOf(plan)))
    }),
    successors: Effect.fn("TwsTest.successors")(function* (id, options = {}) {
      const plan = yield* begin("successors", id, options)
      return yield* reading(reach(yield* find("job", plan.jobs, id), options.depth ?? 1, successorsOf(plan)))
    }),
    waiting: Effect.fn("TwsTest.waiting")(function* (id) {
      const { jobs, workstations } = yield* begin("waiting", id)
      const job = yield* find("job", jobs, id)
      const workstation = workstations.find(({ key, id, name }) =>
        [key, id, name].some(
          (given) => given !== undefined && (given === job.workstation || given === job.workstationId)
        )
      )
      return yield* reading({ job, reasons: reasonsOf(job, workstation, []) })
    }),
    impact: Effect.fn("TwsTest.impact")(function* (id) {
      const plan = yield* begin("impact", id)
      const { nodes } = reach(yield* find("job", plan.jobs, id), Number.POSITIVE_INFINITY, successorsOf(plan))
      const jobs = nodes.map(({ id, name }) => ({ id, name }))
      return yield* reading({ jobs, tooMany: false, source: "graph" as const })
    }),
    criticalJobs: Effect.fn("TwsTest.criticalJobs")(function* (query = {}) {
      const { criticalJobs } = yield* begin("criticalJobs", query)
      return yield* reading(criticalJobs.filter(({ risk }) => oneOf(query.risk, risk)).slice(0, query.limit ?? 100))
    }),

    jobStreams: Effect.fn("TwsTest.jobStreams")(function* (query = {}) {
      return yield* reading(yield* page(selectStreams(yield* begin("jobStreams", query), query), query))
    }),
    allJobStreams: (query = {}) =>
      Stream.fromIterableEffect(Effect.map(begin("allJobStreams", query), (plan) => selectStreams(plan, query))),
    jobStream: Effect.fn("TwsTest.jobStream")(function* (id) {
      return yield* reading(yield* find("jobStream", (yield* begin("jobStream", id)).jobStreams, id))
    }),
    workstations: Effect.fn("TwsTest.workstations")(function* (query = {}) {
      const { workstations } = yield* begin("workstations", query)
      const items = workstations.filter(
        ({ name, linked }) => named(query.name, name) && (query.linked === undefined || linked === query.linked)
      )
      return yield* reading(yield* page(items, query))
    }),
    workstation: Effect.fn("TwsTest.workstation")(function* (id) {
      return yield* reading(yield* find("workstation", (yield* begin("workstation", id)).workstations, id))
    }),
    resources: Effect.fn("TwsTest.resources")(function* (query = {}) {
      const { resources } = yield* begin("resources", query)
      const items = resources.filter(
        ({ name, workstation }) => named(query.name, name) && onWorkstation(query.workstation, workstation)
      )
      return yield* reading(yield* page(items, query))
    }),
    resource: Effect.fn("TwsTest.resource")(function* (id) {
      return yield* reading(yield* find("resource", (yield* begin("resource", id)).resources, id))
    }),
    prompts: Effect.fn("TwsTest.prompts")(function* (query = {}) {
      const { prompts } = yield* begin("prompts", query)
      return yield* reading(
        yield* page(
          prompts.filter(({ status }) => oneOf(query.status, status)),
          query
        )
      )
    }),
    model: Effect.fn("TwsTest.model")(function* (kind, query = {}) {
      const { model } = yield* begin("model", kind, query)
      const items = model.filter((object) => object.kind === kind && named(query.name, object.name))
      return yield* reading(yield* page(items, query))
    }),
    modelObject: Effect.fn("TwsTest.modelObject")(function* (kind, id) {
      const { model } = yield* begin("modelObject", kind, id)
      const object = model.find((object) => object.kind === kind && object.id === id)
      return object === undefined ? yield* new TwsObjectNotFound({ kind: "definition", id }) : yield* reading(object)
    })
  }
}
