import * as Spanned from "@resync/telemetry/Spanned"
import { Effect, Schema, type Scope } from "effect"
import { HttpClientRequest } from "effect/http"
import type { CriticalJob } from "../model/CriticalJob.ts"
import type { JobId } from "../model/Ids.ts"
import type { Impact } from "../model/Impact.ts"
import type { CriticalJobQuery } from "../model/Query.ts"
import type { Tws } from "../Tws.ts"
import type { TwsError, TwsObjectNotFound } from "../TwsError.ts"
import * as V1 from "../wire/V1.ts"
import { jsonDecoder } from "./Answers.ts"
import { type ApiError, about, plainly } from "./Api.ts"
import { tag } from "./Caches.ts"
import { type Core, segment, v1 } from "./Core.ts"
import { compact } from "./compact.ts"
import { mostNodes } from "./Graph.ts"
import { fetchJob } from "./JobReads.ts"
import { fetchJobStream } from "./JobStreamReads.ts"

const decodeCritical = jsonDecoder(Schema.Array(V1.CriticalJob))
const decodePreview = jsonDecoder(V1.SuccessorsPreview)

/** V1 names objects without the leading slash of a root folder. */
const bare = (workstation: string): string => workstation.replace(/^\//, "")

/** How far the graph is walked where the engine cannot preview. */
const deepest = 20

/** What V1 alone knows: critical jobs, and what a rerun would take along. */
export const make: (
  core: Core,
  successors: Tws["Service"]["successors"]
) => Effect.Effect<Pick<Tws["Service"], "criticalJobs" | "impact">, never, Scope.Scope> = Effect.fnUntraced(
  function* (core, successors) {
    const { api, caches } = core
    const policy = "tws_critical_path"

    const criticalCache = yield* caches.make<ReadonlyArray<CriticalJob>, TwsError>("criticalJobs", "status")
    const criticalJobs = Spanned.fn("Tws.criticalJobs")(function* (query: CriticalJobQuery = {}) {
      const limit = query.limit ?? 100
      const levels = query.risk === undefined || query.risk.length === 0 ? undefined : query.risk
      return yield* criticalCache.get(`${levels?.join() ?? ""}:${limit}`, {
        load: api
          .ask(
            {
              operation: "criticalJobs",
              policy,
              request: HttpClientRequest.post(`${v1}/criticaljob/query`, {
                acceptJson: true,
                headers: { "How-Many": String(limit) }
              }).pipe(
                HttpClientRequest.bodyJsonUnsafe({
                  filters: { criticalJobInPlanFilter: compact({ alertLevelList: levels }) }
                })
              )
            },
            decodeCritical
          )
          .pipe(
            Effect.map((jobs) => jobs.map(V1.toCriticalJob)),
            plainly
          ),
        tags: [tag.jobs]
      })
    })

    /** The id by which V1 knows a job of V2: `WORKSTATION;JOBSTREAM_ID;JOB`. */
    const idOfV1 = Effect.fnUntraced(function* (id: JobId) {
      const job = yield* fetchJob(core)("impact", policy, id)
      if (job.jobStreamId === undefined) return undefined
      const stream = yield* fetchJobStream(core)("impact", job.jobStreamId)
      const workstation = job.jobStreamWorkstation ?? stream.workstation
      return typeof stream.internalIdentifier === "string" && typeof workstation === "string"
        ? `${bare(workstation)};${stream.internalIdentifier};${job.name}`
        : undefined
    })

    const byGraph = (id: JobId): Effect.Effect<Impact, TwsError | TwsObjectNotFound> =>
      Effect.map(successors(id, { depth: deepest }), ({ value }) => ({
        jobs: value.nodes.flatMap((node) =>
          node._tag === "Job"
            ? [
                {
                  id: node.id,
                  name: node.name,
                  ...compact({ jobStream: node.jobStreamName, workstation: node.workstation })
                }
              ]
            : []
        ),
        tooMany: value.truncated,
        source: "graph"
      }))

    const byEngine = (idV1: string): Effect.Effect<Impact, ApiError> =>
      Effect.map(
        api.ask(
          {
            operation: "impact",
            policy,
            request: HttpClientRequest.get(`${v1}/job/${segment(idV1)}/jobsuccessors/preview`, {
              acceptJson: true,
              // Newer engines encode V1's ids unless told that these are plain.
              headers: { "Id-Encoding": "0" },
              urlParams: { failOnMaxJobs: "false" }
            })
          },
          decodePreview
        ),
        (wire): Impact => {
          const { jobs, tooMany } = V1.toImpact(wire)
          return { jobs, tooMany: tooMany || jobs.length > mostNodes, source: "engine" }
        }
      )

    const impactCache = yield* caches.make<Impact, TwsError | TwsObjectNotFound>(
      "impact",
      "graph",
      ({ jobs }) => jobs.length + 1
    )
    /** An engine without the preview, or one that does not take this id, leaves the graph. */
    const fetchImpact = Effect.fnUntraced(function* (id: JobId) {
      const idV1 = yield* about("job", id)(idOfV1(id))
      if (idV1 === undefined) return yield* byGraph(id)
      return yield* about(
        "job",
        id
      )(Effect.catchTags(byEngine(idV1), { NotFound: () => byGraph(id), TwsRejected: () => byGraph(id) }))
    })
    const impact = Spanned.fn("Tws.impact")(function* (id: JobId) {
      return yield* impactCache.get(id, { load: fetchImpact(id), tags: [tag.job(id)] })
    })

    return { criticalJobs, impact }
  }
)
