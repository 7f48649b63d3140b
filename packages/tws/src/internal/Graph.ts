import * as Spanned from "@resync/telemetry/Spanned"
import { Effect, type Scope } from "effect"
import { HttpClientRequest } from "effect/http"
import * as CommonStatus from "../model/CommonStatus.ts"
import type { Dependency } from "../model/Dependency.ts"
import type { FlowGraph, FlowNode } from "../model/FlowNode.ts"
import type { JobId, JobStreamId } from "../model/Ids.ts"
import type { Job } from "../model/Job.ts"
import type { JobStream } from "../model/JobStream.ts"
import * as Oql from "../Oql.ts"
import type { GraphOptions, Tws } from "../Tws.ts"
import type { TwsError, TwsObjectNotFound } from "../TwsError.ts"
import { FlowNodeInPlan, toFlowNode } from "../wire/FlowNodeInPlan.ts"
import { JobInPlan, toJob } from "../wire/JobInPlan.ts"
import { JobStreamInPlan, toJobStream } from "../wire/JobStreamInPlan.ts"
import { Listing } from "../wire/Listing.ts"
import { jsonDecoder } from "./Answers.ts"
import { type ApiError, about } from "./Api.ts"
import { tag } from "./Caches.ts"
import { type Core, segment, v2 } from "./Core.ts"
import { compact } from "./compact.ts"
import { fetchJob } from "./JobReads.ts"
import * as Lists from "./Lists.ts"
import * as Routes from "./Routes.ts"

const decodeNodes = jsonDecoder(Listing(FlowNodeInPlan))

/** How many nodes a walk collects at most; the same bound the scheduler puts on the successors of a rerun. */
export const mostNodes = 1000

/** How many jobs of a level are read at once. */
const breadth = 8

/** The job as a node of the graph. */
const nodeOf = (job: Job): FlowNode => ({
  _tag: "Job",
  id: job.id,
  name: job.name,
  commonStatus: job.commonStatus,
  ...compact({ workstation: job.workstation, jobStreamName: job.jobStreamName, scheduledAt: job.scheduledAt })
})

const nodeOfStream = (stream: JobStream): FlowNode => ({
  _tag: "JobStream",
  id: stream.id,
  name: stream.name,
  commonStatus: stream.commonStatus,
  ...compact({ workstation: stream.workstation, scheduledAt: stream.scheduledAt })
})

/** The predecessors that a job's dependencies name, those within a join included. */
const named = (dependencies: ReadonlyArray<Dependency>): ReadonlyArray<FlowNode> =>
  dependencies.flatMap((dependency): ReadonlyArray<FlowNode> => {
    if (dependency._tag === "Join") return named(dependency.members)
    if (dependency._tag !== "Job" && dependency._tag !== "JobStream") return []
    const common = {
      commonStatus: CommonStatus.fromInternal(dependency.predecessorStatus ?? ""),
      ...compact({ workstation: dependency.jobStreamWorkstation, scheduledAt: dependency.jobStreamScheduledAt })
    }
    if (dependency._tag === "Job") {
      return dependency.jobId === undefined
        ? []
        : [
            {
              _tag: "Job",
              id: dependency.jobId,
              name: dependency.jobName ?? "",
              ...common,
              ...compact({ jobStreamName: dependency.jobStreamName })
            }
          ]
    }
    return dependency.jobStreamId === undefined
      ? []
      : [{ _tag: "JobStream", id: dependency.jobStreamId, name: dependency.jobStreamName ?? "", ...common }]
  })

/** Whether any of the dependencies waits for the job, directly or within a join. */
const waitsFor = (dependencies: ReadonlyArray<Dependency> | undefined, job: JobId): boolean =>
  dependencies?.some((dependency) =>
    dependency._tag === "Join"
      ? waitsFor(dependency.members, job)
      : dependency._tag === "Job" && dependency.jobId === job
  ) ?? false

/** Walks from a job along `neighbours`, level by level, each node once. */
const walk = <E>(
  start: JobId,
  depth: number,
  neighbours: (id: JobId) => Effect.Effect<ReadonlyArray<FlowNode>, E>
): Effect.Effect<FlowGraph, E> =>
  Effect.gen(function* () {
    const seen = new Set<string>([start])
    const nodes: Array<FlowNode> = []
    let level: ReadonlyArray<JobId> = [start]
    for (let distance = 1; distance <= depth && level.length > 0; distance++) {
      const found = (yield* Effect.forEach(level, neighbours, { concurrency: breadth })).flat()
      const next: Array<JobId> = []
      for (const node of found) {
        if (seen.has(node.id)) continue
        if (nodes.length >= mostNodes) return { nodes, truncated: true }
        seen.add(node.id)
        nodes.push({ ...node, distance })
        if (node._tag === "Job") next.push(node.id)
      }
      level = next
    }
    return { nodes, truncated: false }
  })

/** The graph of dependencies: walked by the engine where it can (10.1), from the dependencies otherwise. */
export const make: (
  core: Core
) => Effect.Effect<Pick<Tws["Service"], "predecessors" | "successors">, never, Scope.Scope> = Effect.fnUntraced(
  function* (core) {
    const { api, caches, routes } = core
    const policy = "tws_job_dependencies"
    const fetch = fetchJob(core)
    const jobs = Lists.make(api, {
      operation: "successors",
      policy,
      path: `${v2}/plan/job`,
      item: JobInPlan,
      toModel: toJob
    })
    const jobStreams = Lists.make(api, {
      operation: "successors",
      policy,
      path: `${v2}/plan/jobstream`,
      item: JobStreamInPlan,
      toModel: toJobStream
    })

    const byEngine = (operation: "predecessors" | "successors", id: JobId, depth: number) =>
      Effect.map(
        api.ask(
          {
            operation,
            policy,
            request: HttpClientRequest.get(`${v2}/plan/job/${segment(id)}/${operation}`, {
              acceptJson: true,
              urlParams: { depth }
            })
          },
          decodeNodes
        ),
        ({ results }): FlowGraph => {
          const nodes = (results ?? [])
            .map((node): FlowNode => ({ ...toFlowNode(node), ...(depth === 1 ? { distance: 1 } : {}) }))
            .filter((node) => node.id !== id)
          return { nodes: nodes.slice(0, mostNodes), truncated: nodes.length > mostNodes }
        }
      )

    const predecessorsOf = (id: JobId): Effect.Effect<ReadonlyArray<FlowNode>, ApiError> =>
      Effect.map(fetch("predecessors", policy, id), (job) => named(job.dependencies ?? []))

    const headers = { scope: "WHOLE" }
    const within = (field: string, id: JobStreamId): Effect.Effect<Lists.Question<unknown>> =>
      Effect.orDie(Lists.question<unknown>({ conditions: [Oql.equals(field, id)], orderBy: [], headers }))

    /** Jobs of the own stream wait for it by INTERNAL dependencies, jobs and streams elsewhere by external ones. */
    const successorsOf = Effect.fnUntraced(function* (id: JobId) {
      const { jobStreamId } = yield* fetch("successors", policy, id)
      if (jobStreamId === undefined) return []
      const own = yield* within("jobStreamId", jobStreamId)
      const external = yield* within("dependencies.jobStreamId", jobStreamId)
      const [siblings, others, streams] = yield* Effect.all(
        [jobs.page(own, 0, mostNodes), jobs.page(external, 0, mostNodes), jobStreams.page(external, 0, mostNodes)],
        { concurrency: 3 }
      )
      return [
        ...[...siblings.items, ...others.items].filter((job) => waitsFor(job.dependencies, id)).map(nodeOf),
        ...streams.items.filter((stream) => waitsFor(stream.dependencies, id)).map(nodeOfStream)
      ]
    })

    const graph = Effect.fnUntraced(function* (
      operation: "predecessors" | "successors",
      neighbours: (id: JobId) => Effect.Effect<ReadonlyArray<FlowNode>, ApiError>
    ) {
      const cache = yield* caches.make<FlowGraph, TwsError | TwsObjectNotFound>(
        operation,
        "graph",
        ({ nodes }) => nodes.length + 1
      )
      return (id: JobId, options: GraphOptions = {}) => {
        const depth = Math.max(1, Math.trunc(options.depth ?? 1))
        return cache.get(`${id}:${depth}`, {
          load: about(
            "job",
            id
          )(
            routes.either<FlowGraph, ApiError>({
              route: "jobGraph",
              first: byEngine(operation, id, depth),
              exists: Routes.found(fetch(operation, policy, id)),
              otherwise: walk(id, depth, neighbours)
            })
          ),
          tags: [tag.job(id)]
        })
      }
    })

    const predecessors = yield* graph("predecessors", predecessorsOf)
    const successors = yield* graph("successors", successorsOf)

    return {
      predecessors: (id: JobId, options?: GraphOptions) =>
        Spanned.withSpan(predecessors(id, options), "Tws.predecessors"),
      successors: (id: JobId, options?: GraphOptions) => Spanned.withSpan(successors(id, options), "Tws.successors")
    }
  }
)
