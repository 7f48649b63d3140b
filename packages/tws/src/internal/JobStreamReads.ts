import * as Spanned from "@resync/telemetry/Spanned"
import { Effect, type Scope } from "effect"
import { HttpClientRequest } from "effect/http"
import type { JobStreamId } from "../model/Ids.ts"
import type { JobStream } from "../model/JobStream.ts"
import type { Page } from "../model/Page.ts"
import type { JobStreamQuery } from "../model/Query.ts"
import type { Tws } from "../Tws.ts"
import type { TwsError, TwsObjectNotFound } from "../TwsError.ts"
import { JobStreamInPlan, toJobStream } from "../wire/JobStreamInPlan.ts"
import { jsonDecoder } from "./Answers.ts"
import { type ApiError, about, plainly } from "./Api.ts"
import { tag, weighPage } from "./Caches.ts"
import { type Core, segment, v2 } from "./Core.ts"
import * as Lists from "./Lists.ts"
import * as Selections from "./Selections.ts"

const decodeJobStream = jsonDecoder(JobStreamInPlan)

/** Reads one job stream past every cache, in the scheduler's words: some of them are of use within this package alone. */
export type FetchJobStream = (
  operation: string,
  id: JobStreamId
) => Effect.Effect<typeof JobStreamInPlan.Type, ApiError>

/** Makes the reader of one job stream. */
export const fetchJobStream =
  ({ api }: Core): FetchJobStream =>
  (operation, id) =>
    api.ask(
      {
        operation,
        policy: "tws_job_streams",
        request: HttpClientRequest.get(`${v2}/plan/jobstream/${segment(id)}`, { acceptJson: true })
      },
      decodeJobStream
    )

/** Job streams in lists and one by one. */
export const make: (
  core: Core
) => Effect.Effect<Pick<Tws["Service"], "jobStreams" | "allJobStreams" | "jobStream">, never, Scope.Scope> =
  Effect.fnUntraced(function* (core) {
    const fetch = fetchJobStream(core)
    const list = Lists.make(core.api, {
      operation: "jobStreams",
      policy: "tws_job_streams",
      path: `${v2}/plan/jobstream`,
      item: JobStreamInPlan,
      toModel: toJobStream
    })
    const pages = yield* core.caches.make<Page<JobStream>, TwsError>("jobStreams", "status", weighPage)
    const details = yield* core.caches.make<JobStream, TwsError | TwsObjectNotFound>("jobStream", "status")

    const jobStreams = Spanned.fn("Tws.jobStreams")(function* (query: JobStreamQuery = {}) {
      const question = yield* Lists.question(Selections.jobStreams(query))
      const offset = yield* Lists.offsetOf(query.cursor, question.key)
      const limit = query.limit ?? Lists.defaultLimit
      return yield* pages.get(`${question.key}${offset}:${limit}`, {
        load: plainly(list.page(question, offset, limit)),
        tags: [tag.jobStreams]
      })
    })

    const allJobStreams = (query: JobStreamQuery = {}) =>
      Lists.all(
        query,
        Spanned.fn("Tws.allJobStreams.page")(function* (query, cursor) {
          const question = yield* Lists.question(Selections.jobStreams(query))
          const offset = yield* Lists.offsetOf(cursor ?? query.cursor, question.key)
          return yield* plainly(list.page(question, offset, query.limit ?? Lists.streamPage))
        })
      )

    const jobStream = Spanned.fn("Tws.jobStream")(function* (id: JobStreamId) {
      return yield* details.get(id, {
        load: about("jobStream", id)(Effect.map(fetch("jobStream", id), toJobStream)),
        tags: [tag.jobStream(id)]
      })
    })

    return { jobStreams, allJobStreams, jobStream }
  })
