import { CriticalJob } from "@resync/tws/model/CriticalJob"
import { EngineInfo } from "@resync/tws/model/EngineInfo"
import { FlowGraph } from "@resync/tws/model/FlowNode"
import { JobId, JobStreamId, ResourceId, WorkstationId } from "@resync/tws/model/Ids"
import { Impact } from "@resync/tws/model/Impact"
import { Job } from "@resync/tws/model/Job"
import { JobLogOptions } from "@resync/tws/model/JobLog"
import { JobRun } from "@resync/tws/model/JobRun"
import { JobStream } from "@resync/tws/model/JobStream"
import { Plan, PlanSummary } from "@resync/tws/model/Plan"
import { Prompt } from "@resync/tws/model/Prompt"
import {
  CriticalJobQuery,
  JobQuery,
  JobStreamQuery,
  PromptQuery,
  ResourceQuery,
  WorkstationQuery
} from "@resync/tws/model/Query"
import { Reachability } from "@resync/tws/model/Reachability"
import { Resource } from "@resync/tws/model/Resource"
import { Waiting } from "@resync/tws/model/Waiting"
import { Workstation } from "@resync/tws/model/Workstation"
import { Schema } from "effect"
import { HttpApi, HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { RequiredPermission } from "./Access.ts"
import { JobStatusView } from "./JobStatusView.ts"
import { Item, Listing } from "./Reading.ts"
import { InvalidRequest } from "./RequestProblems.ts"
import { JobDependencies, PerformanceSample, SystemStatus } from "./SchedulerStatus.ts"
import { ObjectNotFound, SchedulerForbids, SchedulerRejected } from "./TwsProblems.ts"
import * as UpstreamProblems from "./UpstreamProblems.ts"

const reading = [...UpstreamProblems.all, SchedulerForbids, SchedulerRejected] as const
const readingOne = [...reading, ObjectNotFound] as const
const readingList = [...reading, InvalidRequest] as const

/** Several jobs at once, 1 to 100: `id` once for each. */
export const batch = { id: Schema.Array(JobId).check(Schema.isMinLength(1), Schema.isMaxLength(100)) }

/** A part of a name; `*` and `?` in it stand for other characters. */
export const search = {
  q: Schema.NonEmptyString.check(Schema.isMaxLength(200)),
  status: JobQuery.fields.status,
  limit: JobQuery.fields.limit,
  cursor: JobQuery.fields.cursor
}

/** How far to walk the graph of dependencies; 1, the direct neighbours, when absent. */
const graph = { depth: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 20 }))) }

/** What can be asked about the scheduler's plan. Nothing here changes anything. */
export class TwsQueries extends HttpApiGroup.make("tws")
  .add(
    HttpApiEndpoint.get("engine", "/engine", { success: Item(EngineInfo), error: reading }).annotate(
      OpenApi.Summary,
      "The engine behind the scheduler's API"
    ),
    HttpApiEndpoint.get("plan", "/plan", { success: Item(Plan), error: reading }).annotate(
      OpenApi.Summary,
      "The plan in force"
    ),
    HttpApiEndpoint.get("summary", "/summary", { success: Item(PlanSummary), error: reading }).annotate(
      OpenApi.Summary,
      "The plan in figures"
    ),
    HttpApiEndpoint.get("systemStatus", "/system-status", { success: Item(SystemStatus), error: reading }).annotate(
      OpenApi.Summary,
      "The scheduler as a whole: whether it can be reached, what it is, and the plan in force"
    ),
    HttpApiEndpoint.get("connection", "/connection", { success: Reachability, error: reading }).annotate(
      OpenApi.Summary,
      "Whether the scheduler answers now"
    ),
    HttpApiEndpoint.get("performanceMetrics", "/performance-metrics", {
      success: Item(Schema.Array(PerformanceSample)),
      error: reading
    }).annotate(OpenApi.Summary, "The scheduler's own figures"),
    HttpApiEndpoint.get("criticalJobs", "/critical-jobs", {
      query: CriticalJobQuery,
      success: Item(Schema.Array(CriticalJob)),
      error: reading
    }).annotate(OpenApi.Summary, "Jobs whose deadline matters, with the risk of missing it"),
    HttpApiEndpoint.get("searchJobs", "/jobs/search", {
      query: search,
      success: Listing(Job),
      error: readingList
    }).annotate(OpenApi.Summary, "Jobs with a part of their name"),
    HttpApiEndpoint.get("jobStatuses", "/jobs/statuses", {
      query: batch,
      success: Listing(JobStatusView),
      error: readingList
    }).annotate(OpenApi.Summary, "How several jobs stand; those that the plan does not show are left out"),
    HttpApiEndpoint.get("jobs", "/jobs", { query: JobQuery, success: Listing(Job), error: readingList }).annotate(
      OpenApi.Summary,
      "Jobs of the plan"
    ),
    HttpApiEndpoint.get("job", "/jobs/:id", { params: { id: JobId }, success: Item(Job), error: readingOne }).annotate(
      OpenApi.Summary,
      "One job with its runs and dependencies"
    ),
    HttpApiEndpoint.get("jobStatus", "/jobs/:id/status", {
      params: { id: JobId },
      success: Item(JobStatusView),
      error: readingOne
    }).annotate(OpenApi.Summary, "How a job stands"),
    HttpApiEndpoint.get("jobHistory", "/jobs/:id/history", {
      params: { id: JobId },
      success: Item(Schema.Array(JobRun)),
      error: readingOne
    }).annotate(OpenApi.Summary, "The runs of a job, the oldest first"),
    HttpApiEndpoint.get("jobDependencies", "/jobs/:id/dependencies", {
      params: { id: JobId },
      success: Item(JobDependencies),
      error: readingOne
    }).annotate(OpenApi.Summary, "What a job depends on, and its direct neighbours"),
    HttpApiEndpoint.get("waiting", "/jobs/:id/waiting", {
      params: { id: JobId },
      success: Item(Waiting),
      error: readingOne
    }).annotate(OpenApi.Summary, "Why a job is not running"),
    HttpApiEndpoint.get("impact", "/jobs/:id/impact", {
      params: { id: JobId },
      success: Item(Impact),
      error: readingOne
    }).annotate(OpenApi.Summary, "What a rerun of the job with its successors would touch"),
    HttpApiEndpoint.get("jobLog", "/jobs/:id/log", {
      params: { id: JobId },
      query: JobLogOptions,
      success: HttpApiSchema.StreamUint8Array({ contentType: "text/plain; charset=utf-8" }),
      error: readingOne
    }).annotate(OpenApi.Summary, "The log of a job's last run, as it arrives"),
    HttpApiEndpoint.get("predecessors", "/jobs/:id/predecessors", {
      params: { id: JobId },
      query: graph,
      success: Item(FlowGraph),
      error: readingOne
    }).annotate(OpenApi.Summary, "What a job waits for"),
    HttpApiEndpoint.get("successors", "/jobs/:id/successors", {
      params: { id: JobId },
      query: graph,
      success: Item(FlowGraph),
      error: readingOne
    }).annotate(OpenApi.Summary, "What waits for a job"),
    HttpApiEndpoint.get("jobStreams", "/job-streams", {
      query: JobStreamQuery,
      success: Listing(JobStream),
      error: readingList
    }).annotate(OpenApi.Summary, "Job streams of the plan"),
    HttpApiEndpoint.get("jobStream", "/job-streams/:id", {
      params: { id: JobStreamId },
      success: Item(JobStream),
      error: readingOne
    }).annotate(OpenApi.Summary, "One job stream"),
    HttpApiEndpoint.get("workstations", "/workstations", {
      query: WorkstationQuery,
      success: Listing(Workstation),
      error: readingList
    }).annotate(OpenApi.Summary, "Workstations of the plan"),
    HttpApiEndpoint.get("workstation", "/workstations/:id", {
      params: { id: WorkstationId },
      success: Item(Workstation),
      error: readingOne
    }).annotate(OpenApi.Summary, "One workstation"),
    HttpApiEndpoint.get("resources", "/resources", {
      query: ResourceQuery,
      success: Listing(Resource),
      error: readingList
    }).annotate(OpenApi.Summary, "Resources of the plan"),
    HttpApiEndpoint.get("resource", "/resources/:id", {
      params: { id: ResourceId },
      success: Item(Resource),
      error: readingOne
    }).annotate(OpenApi.Summary, "One resource and who uses it"),
    HttpApiEndpoint.get("prompts", "/prompts", {
      query: PromptQuery,
      success: Listing(Prompt),
      error: readingList
    }).annotate(OpenApi.Summary, "Prompts of the plan")
  )
  .prefix("/api/v1/tws")
  .annotateEndpoints(RequiredPermission, "tws:read")
  // A misspelt filter must not silently answer with everything.
  .annotate(HttpApi.QueryParseOptions, { errors: "all", onExcessProperty: "error" })
  .annotateMerge(
    OpenApi.annotations({ title: "Scheduler queries", description: "What the scheduler's plan holds." })
  ) {}
