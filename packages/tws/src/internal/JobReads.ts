import * as Spanned from "@resync/telemetry/Spanned"
import { Effect, Result, type Scope } from "effect"
import { HttpClientRequest } from "effect/http"
import type { JobId } from "../model/Ids.ts"
import type { Job } from "../model/Job.ts"
import type { Page } from "../model/Page.ts"
import type { JobQuery } from "../model/Query.ts"
import * as Reading from "../model/Reading.ts"
import type { Tws } from "../Tws.ts"
import type { TwsError, TwsObjectNotFound } from "../TwsError.ts"
import type { TwsPolicyName } from "../TwsPolicies.ts"
import { JobInPlan, toJob } from "../wire/JobInPlan.ts"
import { Answered } from "./Answered.ts"
import { jsonDecoder } from "./Answers.ts"
import { type ApiCall, type ApiError, about, plainly } from "./Api.ts"
import { tag, weighPage } from "./Caches.ts"
import { type Core, segment, v2 } from "./Core.ts"
import * as Lists from "./Lists.ts"
import * as Selections from "./Selections.ts"

const decodeJob = jsonDecoder(JobInPlan)

const readJob = (text: string): Job => toJob(Result.getOrThrow(decodeJob(text)))

const decodeAnswered = (text: string) => Result.map(decodeJob(text), (wire) => new Answered(text, toJob(wire), readJob))

/** Reads one job past every cache. */
export type FetchJob = (operation: string, policy: TwsPolicyName, id: JobId) => Effect.Effect<Job, ApiError>

const question = (operation: string, policy: TwsPolicyName, id: JobId): ApiCall => ({
  operation,
  policy,
  request: HttpClientRequest.get(`${v2}/plan/job/${segment(id)}`, { acceptJson: true })
})

/** Makes the reader of one job. */
export const fetchJob =
  ({ api }: Core): FetchJob =>
  (operation, policy, id) =>
    Effect.map(api.ask(question(operation, policy, id), decodeJob), toJob)

const taken = (reading: Reading.Reading<Answered<Job>>) => Reading.map(reading, (job) => job.take())

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
    const details = yield* core.caches.make<Answered<Job>, TwsError | TwsObjectNotFound>("job", "status")
    const histories = yield* core.caches.make<Job, TwsError | TwsObjectNotFound>("jobHistory", "status")

    const jobs = Spanned.fn("Tws.jobs")(function* (query: JobQuery = {}) {
      const asked = yield* Lists.question(Selections.jobs(query))
      const offset = yield* Lists.offsetOf(query.cursor, asked.key)
      const limit = query.limit ?? Lists.defaultLimit
      return yield* pages.get(`${asked.key}${offset}:${limit}`, {
        load: plainly(list.page(asked, offset, limit)),
        tags: [tag.jobs]
      })
    })

    const allJobs = (query: JobQuery = {}) =>
      Lists.all(
        query,
        Spanned.fn("Tws.allJobs.page")(function* (query, cursor) {
          const asked = yield* Lists.question(Selections.jobs(query))
          const offset = yield* Lists.offsetOf(cursor ?? query.cursor, asked.key)
          return yield* plainly(list.page(asked, offset, query.limit ?? Lists.streamPage))
        })
      )

    const job = (id: JobId) =>
      Spanned.withSpan(
        Effect.map(
          details.get(id, {
            load: about("job", id)(core.api.ask(question("job", "tws_job_details", id), decodeAnswered)),
            tags: [tag.job(id)]
          }),
          taken
        ),
        "Tws.job"
      )

    const jobHistory = Spanned.fn("Tws.jobHistory")(function* (id: JobId) {
      const reading = yield* histories.get(id, {
        load: about("job", id)(fetch("jobHistory", "tws_job_history", id)),
        tags: [tag.job(id)]
      })
      return Reading.map(reading, ({ runs }) => runs)
    })

    return { jobs, allJobs, job, jobHistory }
  })
