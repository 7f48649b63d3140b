import { Api } from "@resync/api/Api"
import { toItem, toListing } from "@resync/api/Reading"
import { TwsQueries as TwsQueriesGroup } from "@resync/api/TwsQueries"
import { type Page } from "@resync/tws/model/Page"
import { type Reading } from "@resync/tws/model/Reading"
import { Tws } from "@resync/tws/Tws"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import * as Answer from "../http/Answer.ts"
import * as Group from "../http/Group.ts"
import * as TwsProblem from "../upstream/TwsProblem.ts"
import * as JobLog from "./JobLog.ts"

type Failure = Parameters<typeof TwsProblem.of>[0]

const answer = Answer.of(TwsQueriesGroup)
type Name = Parameters<typeof answer>[0]

const item = <A, E extends Failure>(name: Name, read: Effect.Effect<Reading<A>, E>) =>
  Effect.mapBoth(read, { onSuccess: (reading) => answer(name, toItem(reading)), onFailure: TwsProblem.of<E> })

const listing = <A, E extends Failure>(name: Name, read: Effect.Effect<Reading<Page<A>>, E>) =>
  Effect.mapBoth(read, { onSuccess: (reading) => answer(name, toListing(reading)), onFailure: TwsProblem.of<E> })

/** Reads of the scheduler. */
export const layer = Group.layer(
  Effect.gen(function* () {
    const tws = yield* Tws
    return HttpApiBuilder.group(Api, "tws", (handlers) =>
      handlers.handleAll({
        engine: () => item("engine", tws.engine),
        plan: () => item("plan", tws.plan),
        summary: () => item("summary", tws.summary),
        jobs: ({ query }) => listing("jobs", tws.jobs(query)),
        job: ({ params }) => item("job", tws.job(params.id)),
        jobLog: ({ params, query }) => JobLog.stream(tws, params.id, query),
        predecessors: ({ params, query }) => item("predecessors", tws.predecessors(params.id, query)),
        successors: ({ params, query }) => item("successors", tws.successors(params.id, query)),
        jobStreams: ({ query }) => listing("jobStreams", tws.jobStreams(query)),
        jobStream: ({ params }) => item("jobStream", tws.jobStream(params.id)),
        workstations: ({ query }) => listing("workstations", tws.workstations(query)),
        workstation: ({ params }) => item("workstation", tws.workstation(params.id)),
        resources: ({ query }) => listing("resources", tws.resources(query)),
        prompts: ({ query }) => listing("prompts", tws.prompts(query))
      })
    )
  })
)
