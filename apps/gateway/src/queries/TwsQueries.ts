import { Api } from "@resync/api/Api"
import { toItem, toListing } from "@resync/api/Reading"
import { type Page } from "@resync/tws/model/Page"
import { type Reading } from "@resync/tws/model/Reading"
import { Tws } from "@resync/tws/Tws"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import * as Group from "../http/Group.ts"
import * as TwsProblem from "../upstream/TwsProblem.ts"
import * as JobLog from "./JobLog.ts"

type Failure = Parameters<typeof TwsProblem.of>[0]

const item = <A, E extends Failure>(read: Effect.Effect<Reading<A>, E>) =>
  Effect.mapBoth(read, { onSuccess: toItem, onFailure: TwsProblem.of<E> })

const listing = <A, E extends Failure>(read: Effect.Effect<Reading<Page<A>>, E>) =>
  Effect.mapBoth(read, { onSuccess: toListing, onFailure: TwsProblem.of<E> })

/** Reads of the scheduler. */
export const layer = Group.layer(
  Effect.gen(function* () {
    const tws = yield* Tws
    return HttpApiBuilder.group(Api, "tws", (handlers) =>
      handlers.handleAll({
        engine: () => item(tws.engine),
        plan: () => item(tws.plan),
        summary: () => item(tws.summary),
        jobs: ({ query }) => listing(tws.jobs(query)),
        job: ({ params }) => item(tws.job(params.id)),
        jobLog: ({ params, query }) => JobLog.stream(tws, params.id, query),
        predecessors: ({ params, query }) => item(tws.predecessors(params.id, query)),
        successors: ({ params, query }) => item(tws.successors(params.id, query)),
        jobStreams: ({ query }) => listing(tws.jobStreams(query)),
        jobStream: ({ params }) => item(tws.jobStream(params.id)),
        workstations: ({ query }) => listing(tws.workstations(query)),
        workstation: ({ params }) => item(tws.workstation(params.id)),
        resources: ({ query }) => listing(tws.resources(query)),
        prompts: ({ query }) => listing(tws.prompts(query))
      })
    )
  })
)
