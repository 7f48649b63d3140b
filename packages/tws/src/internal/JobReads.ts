import { Effect, type Scope } from "effect"
import { HttpClientRequest } from "effect/http"
import { type JobId } from "../model/Ids.ts"
import { type Job } from "../model/Job.ts"
import { type Page } from "../model/Page.ts"
import { type JobQuery } from "../model/Query.ts"
import * as Reading from "../model/Reading.ts"
import { type Tws } from "../Tws.ts"
import { type TwsError, type TwsObjectNotFound } from "../TwsError.ts"
import { type TwsPolicyName } from "../TwsPolicies.ts"
import { JobInPlan, toJob } from "../wire/JobInPlan.ts"
import { jsonDecoder } from "./Answers.ts"
import { type ApiError, about, plainly } from "./Api.ts"
import { tag, weighPage } from "./Caches.ts"
import { type Core, segment, v2 } from "./Core.ts"
import * as Lists from "./Lists.ts"
import * as Selections from "./Selections.ts"

const decodeJob = jsonDecoder(JobInPlan)

/** Reads one job past every cache. */
export type FetchJob = (operation: string, policy: TwsPolicyName, id: JobId) => Effect.Effect<Job, ApiError>

/** Makes the reader of one job. */
export const fetchJob =
  ({ api }: Core): FetchJob =>
  (operation, policy, id) =>
    Effect.map(
      api.ask(
        { operation, policy, request: HttpClientRequest.get(`${v2}/plan/job/${segment(id)}`, { acceptJson: true }) },
        decodeJob
      ),
      toJob
    )

/** Jobs in lists and one by one. */
export const make: (
  core: Core
) => Effect.Effect<Pick<Tws["Service"], "jobs" | "allJobs" | "job" | "jobHistory">, never, Scope.Scope> =
  Effect.fnUntraced(function* (core) {
    const fetch = fetchJob(core)
    const list = Lists.make(core.api, {
      operation: "jobs",
      policy: "tws_jobs_status",
      path: `${v2}/plan/job`,
      item: JobInPlan,
      toModel: toJob
    })
    const pages = yield* core.caches.make<Page<Job>, TwsError>("jobs", "status", weighPage)
    const details = yield* core.caches.make<Job, TwsError | TwsObjectNotFound>("job", "status")
    const histories = yield* core.caches.make<Job, TwsError | TwsObjectNotFound>("jobHistory", "status")

    const jobs = Effect.fn("Tws.jobs")(function* (query: JobQuery = {}) {
      const question = yield* Lists.question(Selections.jobs(query))
      const offset = yield* Lists.offsetOf(query.cursor, question.key)
      const limit = query.limit ?? Lists.defaultLimit
      return yield* pages.get(`${question.key}${offset}:${limit}`, {
        load: plainly(list.page(question, offset, limit)),
        tags: [tag.jobs]
      })
    })

    const allJobs = (query: JobQuery = {}) =>
      Lists.all(
        query,
        Effect.fn("Tws.allJobs.page")(function* (query, cursor) {
          const question = yield* Lists.question(Selections.jobs(query))
          const offset = yield* Lists.offsetOf(cursor ?? query.cursor, question.key)
          return yield* plainly(list.page(question, offset, query.limit ?? Lists.streamPage))
        })
      )

    const job = Effect.fn("Tws.job")(function* (id: JobId) {
      return yield* details.get(id, {
        load: about("job", id)(fetch("job", "tws_job_details", id)),
        tags: [tag.job(id)]
      })
    })

    const jobHistory = Effect.fn("Tws.jobHistory")(function* (id: JobId) {
      const reading = yield* histories.get(id, {
        load: about("job", id)(fetch("jobHistory", "tws_job_history", id)),
        tags: [tag.job(id)]
      })
      return Reading.map(reading, ({ runs }) => runs)
    })

    return { jobs, allJobs, job, jobHistory }
  })
