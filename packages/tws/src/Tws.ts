import { Context, type Duration, type Effect, type Scope, type Stream } from "effect"
import type { Accepted, BulkAccepted, Confirmation } from "./model/Accepted.ts"
import type { Capabilities } from "./model/Capabilities.ts"
import type { CriticalJob } from "./model/CriticalJob.ts"
import type { EngineInfo } from "./model/EngineInfo.ts"
import type { FlowGraph } from "./model/FlowNode.ts"
import type { JobId, JobStreamId, ModelObjectId, PromptId, ResourceId, WorkstationId } from "./model/Ids.ts"
import type { Impact } from "./model/Impact.ts"
import type { Job } from "./model/Job.ts"
import type { JobAction } from "./model/JobAction.ts"
import type { JobLogOptions } from "./model/JobLog.ts"
import type { JobRun } from "./model/JobRun.ts"
import type { JobStream } from "./model/JobStream.ts"
import type { JobStreamAction } from "./model/JobStreamAction.ts"
import type { Justification } from "./model/Justification.ts"
import type { ModelKind, ModelObject } from "./model/ModelObject.ts"
import type { Page } from "./model/Page.ts"
import type { Plan, PlanSummary } from "./model/Plan.ts"
import type { Prompt } from "./model/Prompt.ts"
import type {
  CriticalJobQuery,
  JobQuery,
  JobStreamQuery,
  ModelQuery,
  PromptQuery,
  ResourceQuery,
  WorkstationQuery
} from "./model/Query.ts"
import type { Reachability } from "./model/Reachability.ts"
import type { Reading } from "./model/Reading.ts"
import type { Resource } from "./model/Resource.ts"
import type { AdHocJob, JobStreamSubmission, JobSubmission } from "./model/Submission.ts"
import type { Waiting } from "./model/Waiting.ts"
import type { Workstation } from "./model/Workstation.ts"
import type { WorkstationAction } from "./model/WorkstationAction.ts"
import type { TwsConflict, TwsError, TwsInvalidQuery, TwsObjectNotFound } from "./TwsError.ts"

/** A read of one object or figure. */
type Read<A, E = never> = Effect.Effect<Reading<A>, TwsError | E>

/** A read of one page. */
type ReadPage<A> = Effect.Effect<Reading<Page<A>>, TwsError | TwsInvalidQuery>

/** All pages, one after the other, each read when the one before it is used up. */
type ReadAll<A> = Stream.Stream<A, TwsError | TwsInvalidQuery>

/** How far to walk the graph of dependencies. */
export interface GraphOptions {
  /** Steps from the job; 1 (the direct neighbours) when absent. */
  readonly depth?: number | undefined
}

/** What goes with an action. */
export interface ActionOptions {
  readonly justification?: Justification | undefined
}

/** What goes with an action on everything a query matches. */
export interface BulkActionOptions extends ActionOptions {
  /** How many objects the caller saw in his preview. The scheduler refuses to touch more. */
  readonly expected: number
}

/** How long to look for the effect of an action. */
export interface ConfirmOptions {
  /** 30 seconds when absent. */
  readonly within?: Duration.Input | undefined
  /** The pause between two looks, 2 seconds when absent. */
  readonly every?: Duration.Input | undefined
}

/**
 * The workload scheduler.
 *
 * **Details**
 *
 * Reads answer with a `Reading`: the scheduler's API serves a mirror of the plan that lags, and the client may serve a
 * cached answer while the scheduler is away, so every answer says when it was read and whether it is stale.
 *
 * Actions answer with `Accepted`: the scheduler queues them and does them later. `confirm` reads the plan again until it
 * shows the effect.
 */
export class Tws extends Context.Service<
  Tws,
  {
    /** Asks the scheduler for a sign of life, past every cache. */
    readonly ping: Effect.Effect<Reachability, TwsError>
    /** What the background ping sees: its last result first, then each change. */
    readonly reachability: Stream.Stream<Reachability>

    readonly engine: Read<EngineInfo>
    readonly capabilities: Read<Capabilities>
    readonly plan: Read<Plan>
    readonly summary: Read<PlanSummary>
    /** The scheduler's own figures, as the text it publishes for Prometheus. */
    readonly metrics: Read<string>

    jobs(query?: JobQuery): ReadPage<Job>
    allJobs(query?: JobQuery): ReadAll<Job>
    /** One job with its runs and dependencies. */
    job(id: JobId): Read<Job, TwsObjectNotFound>
    /** The runs of a job, oldest first, apart from `job` so that a slow history cannot hold up the job itself. */
    jobHistory(id: JobId): Read<ReadonlyArray<JobRun>, TwsObjectNotFound>
    /**
     * The log of the job's last run as text, in chunks as they arrive; `TwsObjectNotFound` before its first run. The scope
     * holds the connection.
     */
    jobLog(
      id: JobId,
      options?: JobLogOptions
    ): Effect.Effect<Reading<Stream.Stream<string, TwsError>>, TwsError | TwsObjectNotFound, Scope.Scope>
    predecessors(id: JobId, options?: GraphOptions): Read<FlowGraph, TwsObjectNotFound>
    successors(id: JobId, options?: GraphOptions): Read<FlowGraph, TwsObjectNotFound>
    /** Why a job is not running. */
    waiting(id: JobId): Read<Waiting, TwsObjectNotFound>
    /** What a rerun of the job with its successors would touch. */
    impact(id: JobId): Read<Impact, TwsObjectNotFound>
    criticalJobs(query?: CriticalJobQuery): Read<ReadonlyArray<CriticalJob>>

    jobStreams(query?: JobStreamQuery): ReadPage<JobStream>
    allJobStreams(query?: JobStreamQuery): ReadAll<JobStream>
    jobStream(id: JobStreamId): Read<JobStream, TwsObjectNotFound>

    workstations(query?: WorkstationQuery): ReadPage<Workstation>
    workstation(id: WorkstationId): Read<Workstation, TwsObjectNotFound>
    resources(query?: ResourceQuery): ReadPage<Resource>
    resource(id: ResourceId): Read<Resource, TwsObjectNotFound>
    prompts(query?: PromptQuery): ReadPage<Prompt>

    /** Definitions of one kind. */
    model(kind: ModelKind, query?: ModelQuery): ReadPage<ModelObject>
    modelObject(kind: ModelKind, id: ModelObjectId): Read<ModelObject, TwsObjectNotFound>

    actOnJob(
      id: JobId,
      action: JobAction,
      options?: ActionOptions
    ): Effect.Effect<Accepted, TwsError | TwsObjectNotFound>
    /** Acts on every job the query matches; paging and order do not matter. `Rerun` repeats each job's last run. */
    actOnJobs(
      query: JobQuery,
      action: JobAction,
      options: BulkActionOptions
    ): Effect.Effect<BulkAccepted, TwsError | TwsInvalidQuery>
    actOnJobStream(
      id: JobStreamId,
      action: JobStreamAction,
      options?: ActionOptions
    ): Effect.Effect<Accepted, TwsError | TwsObjectNotFound>
    actOnWorkstation(
      id: WorkstationId,
      action: WorkstationAction,
      options?: ActionOptions
    ): Effect.Effect<Accepted, TwsError | TwsObjectNotFound>
    replyToPrompt(
      id: PromptId,
      answer: boolean,
      options?: ActionOptions
    ): Effect.Effect<Accepted, TwsError | TwsObjectNotFound>

    /** Brings a job stream of the model into the plan. */
    submitJobStream(
      definition: ModelObjectId,
      submission?: JobStreamSubmission,
      options?: ActionOptions
    ): Effect.Effect<Accepted, TwsError | TwsObjectNotFound | TwsConflict>
    /** Brings a job of the model into the plan. */
    submitJob(
      definition: ModelObjectId,
      submission?: JobSubmission,
      options?: ActionOptions
    ): Effect.Effect<Accepted, TwsError | TwsObjectNotFound | TwsConflict>
    /** Brings a job that has no definition into the plan. */
    submitAdHocJob(job: AdHocJob, options?: ActionOptions): Effect.Effect<Accepted, TwsError | TwsConflict>

    /** Reads the plan again until it shows the effect of an accepted action, or the time is up. */
    confirm(accepted: Accepted, options?: ConfirmOptions): Effect.Effect<Confirmation, TwsError>
  }
>()("@resync/tws/Tws") {}
