import { Api } from "@resync/api/Api"
import { TwsQueries as TwsQueriesGroup } from "@resync/api/TwsQueries"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { Queries } from "../dispatch/Queries.ts"
import * as Answer from "../http/Answer.ts"
import * as Group from "../http/Group.ts"
import * as Kinds from "./TwsQueryKinds.ts"

const written = Answer.of(TwsQueriesGroup)

/** Writes the answer of an endpoint in one pass. */
const as =
  (endpoint: Parameters<typeof written>[0]) =>
  <A, E, R>(asked: Effect.Effect<A, E, R>) =>
    Effect.map(asked, (answer) => written(endpoint, answer))

/** Reads of the scheduler. */
export const layer = Group.layer(
  Effect.gen(function* () {
    const { ask } = yield* Queries
    const nothing = {}
    return HttpApiBuilder.group(Api, "tws", (handlers) =>
      handlers.handleAll({
        engine: () => ask(Kinds.Engine, nothing).pipe(as("engine")),
        plan: () => ask(Kinds.PlanDetails, nothing).pipe(as("plan")),
        summary: () => ask(Kinds.Summary, nothing).pipe(as("summary")),
        systemStatus: () => ask(Kinds.SystemStatusQuery, nothing).pipe(as("systemStatus")),
        connection: () => ask(Kinds.ConnectionCheck, nothing).pipe(as("connection")),
        performanceMetrics: () => ask(Kinds.PerformanceMetrics, nothing).pipe(as("performanceMetrics")),
        jobs: ({ query }) => ask(Kinds.Jobs, query).pipe(as("jobs")),
        searchJobs: ({ query }) => ask(Kinds.SearchJobs, query).pipe(as("searchJobs")),
        jobStatuses: ({ query }) => ask(Kinds.JobStatuses, query).pipe(as("jobStatuses")),
        criticalJobs: ({ query }) => ask(Kinds.CriticalJobs, query).pipe(as("criticalJobs")),
        job: ({ params }) => ask(Kinds.JobDetails, params).pipe(as("job")),
        jobStatus: ({ params }) => ask(Kinds.JobStatusQuery, params).pipe(as("jobStatus")),
        jobHistory: ({ params }) => ask(Kinds.JobHistory, params).pipe(as("jobHistory")),
        jobLog: ({ params, query }) => ask(Kinds.JobLog, { ...params, ...query }),
        jobDependencies: ({ params }) => ask(Kinds.Dependencies, params).pipe(as("jobDependencies")),
        predecessors: ({ params, query }) => ask(Kinds.Predecessors, { ...params, ...query }).pipe(as("predecessors")),
        successors: ({ params, query }) => ask(Kinds.Successors, { ...params, ...query }).pipe(as("successors")),
        waiting: ({ params }) => ask(Kinds.WaitingFor, params).pipe(as("waiting")),
        impact: ({ params }) => ask(Kinds.RerunImpact, params).pipe(as("impact")),
        jobStreams: ({ query }) => ask(Kinds.JobStreams, query).pipe(as("jobStreams")),
        jobStream: ({ params }) => ask(Kinds.JobStreamDetails, params).pipe(as("jobStream")),
        workstations: ({ query }) => ask(Kinds.Workstations, query).pipe(as("workstations")),
        workstation: ({ params }) => ask(Kinds.WorkstationDetails, params).pipe(as("workstation")),
        resources: ({ query }) => ask(Kinds.ResourceUsage, query).pipe(as("resources")),
        resource: ({ params }) => ask(Kinds.ResourceDetails, params).pipe(as("resource")),
        prompts: ({ query }) => ask(Kinds.Prompts, query).pipe(as("prompts"))
      })
    )
  })
)
