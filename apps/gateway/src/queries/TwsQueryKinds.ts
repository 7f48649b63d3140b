import type { CurrentPrincipal } from "@resync/api/CurrentPrincipal"
import type { JobStatusView } from "@resync/api/JobStatusView"
import type { Listing } from "@resync/api/Reading"
import type { InvalidRequest } from "@resync/api/RequestProblems"
import type { JobDependencies, PerformanceSample, SystemStatus } from "@resync/api/SchedulerStatus"
import type { ObjectNotFound, SchedulerForbids, SchedulerRejected } from "@resync/api/TwsProblems"
import * as Contract from "@resync/api/TwsQueries"
import type { UpstreamProblem } from "@resync/api/UpstreamProblems"
import type { CriticalJob } from "@resync/tws/model/CriticalJob"
import type { EngineInfo } from "@resync/tws/model/EngineInfo"
import type { FlowGraph } from "@resync/tws/model/FlowNode"
import { JobId, JobStreamId, ResourceId, WorkstationId } from "@resync/tws/model/Ids"
import type { Impact } from "@resync/tws/model/Impact"
import type { Job } from "@resync/tws/model/Job"
import { JobLogOptions } from "@resync/tws/model/JobLog"
import type { JobRun } from "@resync/tws/model/JobRun"
import type { JobStream } from "@resync/tws/model/JobStream"
import type { Plan, PlanSummary } from "@resync/tws/model/Plan"
import type { Prompt } from "@resync/tws/model/Prompt"
import {
  CriticalJobQuery,
  JobQuery,
  JobStreamQuery,
  PromptQuery,
  ResourceQuery,
  WorkstationQuery
} from "@resync/tws/model/Query"
import type { Reachability } from "@resync/tws/model/Reachability"
import type { Resource } from "@resync/tws/model/Resource"
import type { Waiting } from "@resync/tws/model/Waiting"
import type { Workstation } from "@resync/tws/model/Workstation"
import { TwsCaches } from "@resync/tws/TwsCaches"
import { type DateTime, Schema, type Scope, type Stream } from "effect"
import * as Query from "../dispatch/Query.ts"

/** How far an answer can be trusted. */
interface Trust {
  readonly asOf: DateTime.Utc
  readonly stale: boolean
}
export interface One<A> extends Trust {
  readonly item: A
}
export interface Page<A> extends Trust {
  readonly items: ReadonlyArray<A>
  readonly nextCursor: Schema.Schema.Type<ReturnType<typeof Listing<Schema.Top>>>["nextCursor"]
  readonly total?: number
}

type Reading = UpstreamProblem | SchedulerForbids | SchedulerRejected
type ReadingOne = Reading | ObjectNotFound
type ReadingList = Reading | InvalidRequest

const access = "tws:read"
const nothing = Schema.Struct({})
const byJob = Schema.Struct({ id: JobId })
const walk = Schema.Struct({ id: JobId, depth: Schema.optionalKey(Schema.Int) })

const status = { access, cacheTime: TwsCaches.status.timeToLive } as const
const graph = { access, cacheTime: TwsCaches.graph.timeToLive } as const
const other = { access, cacheTime: TwsCaches.other.timeToLive } as const

export const Engine = Query.make<One<EngineInfo>, Reading>()("tws.engine", { request: nothing, ...other })
export const PlanDetails = Query.make<One<Plan>, Reading>()("tws.plan", { request: nothing, ...other })
export const Summary = Query.make<One<PlanSummary>, Reading>()("tws.summary", { request: nothing, ...status })
export const SystemStatusQuery = Query.make<One<SystemStatus>, Reading>()("tws.system-status", {
  request: nothing,
  ...other
})
/** Never from a cache: it asks the scheduler. */
export const ConnectionCheck = Query.make<Reachability, Reading>()("tws.connection", { request: nothing, access })
export const PerformanceMetrics = Query.make<One<ReadonlyArray<PerformanceSample>>, Reading>()(
  "tws.performance-metrics",
  { request: nothing, ...other }
)

export const Jobs = Query.make<Page<Job>, ReadingList>()("tws.jobs", { request: JobQuery, ...status })
export const SearchJobs = Query.make<Page<Job>, ReadingList>()("tws.jobs.search", {
  request: Schema.Struct(Contract.search),
  ...status
})
export const JobDetails = Query.make<One<Job>, ReadingOne>()("tws.job", { request: byJob, ...status })
export const JobStatusQuery = Query.make<One<JobStatusView>, ReadingOne>()("tws.job.status", {
  request: byJob,
  ...status
})
export const JobStatuses = Query.make<Page<JobStatusView>, ReadingList>()("tws.jobs.status", {
  request: Schema.Struct(Contract.batch),
  ...status
})
export const JobHistory = Query.make<One<ReadonlyArray<JobRun>>, ReadingOne>()("tws.job.history", {
  request: byJob,
  ...status
})
export const JobLog = Query.make<Stream.Stream<Uint8Array>, ReadingOne, Scope.Scope>()("tws.job.log", {
  request: Schema.Struct({ id: JobId, ...JobLogOptions.fields }),
  access,
  cacheTime: TwsCaches.log.timeToLive
})
export const Predecessors = Query.make<One<FlowGraph>, ReadingOne>()("tws.job.predecessors", {
  request: walk,
  ...graph
})
export const Successors = Query.make<One<FlowGraph>, ReadingOne>()("tws.job.successors", { request: walk, ...graph })
export const Dependencies = Query.make<One<JobDependencies>, ReadingOne>()("tws.job.dependencies", {
  request: byJob,
  ...graph
})
export const WaitingFor = Query.make<One<Waiting>, ReadingOne>()("tws.job.waiting", { request: byJob, ...status })
export const RerunImpact = Query.make<One<Impact>, ReadingOne>()("tws.job.impact", { request: byJob, ...graph })
export const CriticalJobs = Query.make<One<ReadonlyArray<CriticalJob>>, Reading>()("tws.critical-jobs", {
  request: CriticalJobQuery,
  ...status
})

export const JobStreams = Query.make<Page<JobStream>, ReadingList>()("tws.job-streams", {
  request: JobStreamQuery,
  ...status
})
export const JobStreamDetails = Query.make<One<JobStream>, ReadingOne>()("tws.job-stream", {
  request: Schema.Struct({ id: JobStreamId }),
  ...status
})
export const Workstations = Query.make<Page<Workstation>, ReadingList>()("tws.workstations", {
  request: WorkstationQuery,
  ...status
})
export const WorkstationDetails = Query.make<One<Workstation>, ReadingOne>()("tws.workstation", {
  request: Schema.Struct({ id: WorkstationId }),
  ...status
})
export const ResourceUsage = Query.make<Page<Resource>, ReadingList>()("tws.resources", {
  request: ResourceQuery,
  ...status
})
export const ResourceDetails = Query.make<One<Resource>, ReadingOne>()("tws.resource", {
  request: Schema.Struct({ id: ResourceId }),
  ...status
})
export const Prompts = Query.make<Page<Prompt>, ReadingList>()("tws.prompts", { request: PromptQuery, ...status })

/** What happens in the plan, as it is seen. */
export const Events = Query.make<Stream.Stream<string>, never, Scope.Scope | CurrentPrincipal>()("tws.events", {
  request: Schema.Struct({ lastEventId: Schema.optional(Schema.String) }),
  access
})
