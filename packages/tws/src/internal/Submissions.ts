import * as Spanned from "@resync/telemetry/Spanned"
import { DateTime, Effect, Option, Schedule, Schema } from "effect"
import { HttpClientRequest } from "effect/http"
import type { Accepted, Expectation } from "../model/Accepted.ts"
import { JobId, JobStreamId, type ModelObjectId } from "../model/Ids.ts"
import type { AdHocJob, JobStreamSubmission, JobSubmission } from "../model/Submission.ts"
import * as Oql from "../Oql.ts"
import type { ActionOptions, Tws } from "../Tws.ts"
import { type TwsError, TwsRejected } from "../TwsError.ts"
import { ActionAnswer, isRefusal, toRefused } from "../wire/ActionAnswer.ts"
import { JobInPlan, toJob } from "../wire/JobInPlan.ts"
import { Listing } from "../wire/Listing.ts"
import { submitAdHocJobOptions, submitJobOptions, submitJobStreamOptions } from "../wire/Requests.ts"
import { decodeAnswer } from "./Actions.ts"
import { jsonDecoder } from "./Answers.ts"
import { type ApiError, plainly, submitting } from "./Api.ts"
import { tag } from "./Caches.ts"
import { type Core, segment, v2 } from "./Core.ts"
import { inDoubt } from "./inDoubt.ts"
import { justification } from "./justification.ts"
import * as Lists from "./Lists.ts"

const decodeAnswers = jsonDecoder(Listing(ActionAnswer))
const jobIdOf = Schema.decodeUnknownOption(JobId)
const jobStreamIdOf = Schema.decodeUnknownOption(JobStreamId)

/** Looks for a submitted job once a second, for ten seconds at most: the plan's mirror shows it a little later. */
const lookAgain = Schedule.spaced("1 second").pipe(Schedule.upTo({ times: 10 }))

type Submissions = Pick<Tws["Service"], "submitJobStream" | "submitJob" | "submitAdHocJob">

/** Brings job streams and jobs into the plan. */
export const make = (core: Core): Submissions => {
  const { api, caches } = core
  const policy = "tws_submit"
  const tags = [tag.jobs, tag.jobStreams]

  const requestFor = (path: string, body: object, options: ActionOptions) =>
    HttpClientRequest.post(path, { acceptJson: true, headers: justification(options.justification) }).pipe(
      HttpClientRequest.bodyJsonUnsafe(body)
    )

  const accepted = Effect.fnUntraced(function* (ids: ReadonlyArray<string>, expects: Expectation) {
    yield* caches.invalidate(tags)
    return { ids, acceptedAt: yield* DateTime.now, expects } satisfies Accepted
  })

  const refusal = (operation: string, answer: typeof ActionAnswer.Type) => {
    const { message, messageId } = toRefused(answer)
    return new TwsRejected({
      operation,
      status: 200,
      messages: [message],
      messageIds: messageId === undefined ? [] : [messageId]
    })
  }

  const submitJobStream = Spanned.fn("Tws.submitJobStream")(function* (
    definition: ModelObjectId,
    submission: JobStreamSubmission = {},
    options: ActionOptions = {}
  ) {
    const operation = "submitJobStream"
    const path = `${v2}/plan/jobstream/${segment(definition)}/submit`
    const request = requestFor(path, submitJobStreamOptions(submission), options)
    const answer = yield* submitting(definition)(
      api.ask({ operation, policy, request, action: true }, decodeAnswers)
    ).pipe(inDoubt(caches, tags))
    const results = answer.results ?? []
    const refused = results.find(isRefusal)
    if (refused !== undefined) return yield* refusal(operation, refused)
    const ids = results.flatMap(({ id }) => (id === null || id === undefined ? [] : [id]))
    return yield* accepted(ids, {
      _tag: "SubmittedJobStreams",
      ids: ids.flatMap((id) => Option.toArray(jobStreamIdOf(id)))
    })
  })

  const jobs = Lists.make(api, {
    operation: "submitJob",
    policy: "tws_jobs_status",
    path: `${v2}/plan/job`,
    item: JobInPlan,
    toModel: toJob
  })

  /**
   * Some submissions answer with the composite id `WORKSTATION;JOBSTREAM;JOB`, which no other call of V2 understands. The
   * job's own id is found in the plan: the one job of that name and place that was scheduled last.
   */
  const resolve = (composite: string): Effect.Effect<JobId | undefined, TwsError> => {
    const [workstation, jobStream, name] = composite.split(";")
    if (workstation === undefined || jobStream === undefined || name === undefined) return Effect.undefined
    const look = Effect.gen(function* () {
      const question = yield* Effect.orDie(
        Lists.question<unknown>({
          conditions: [Oql.equals("name", name), Oql.equals("jobStreamName", jobStream)],
          orderBy: [{ field: "schedTime", direction: "desc" }],
          headers: { scope: "WHOLE_NO_JOB_DEFINITIONS_AND_NO_DEPENDENCIES" }
        })
      )
      const { items } = yield* plainly(jobs.page(question, 0, 100))
      return items.find((job) =>
        [job.jobStreamWorkstation, job.workstation].some(
          (path) => path === workstation || path?.endsWith(`/${workstation}`) === true
        )
      )?.id
    })
    return Effect.repeat(look, { schedule: lookAgain, until: (id) => id !== undefined })
  }

  const submitOne = (
    operation: string,
    request: HttpClientRequest.HttpClientRequest
  ): Effect.Effect<Accepted, ApiError> =>
    Effect.gen(function* () {
      const answer = yield* api
        .ask({ operation, policy, request, action: true }, decodeAnswer)
        .pipe(inDoubt(caches, tags))
      if (isRefusal(answer)) return yield* refusal(operation, answer)
      const id = answer.id ?? undefined
      if (id === undefined) return yield* accepted([], { _tag: "SubmittedJobs", ids: [] })
      const known = jobIdOf(id)
      // The job is in the plan by now, so a failure to find its id must not look like a failure to submit it.
      const found = Option.isSome(known)
        ? known.value
        : yield* Effect.catch(resolve(id), (error) =>
            Effect.as(
              Effect.logWarning("the id of a submitted job was not found", { id, error: error._tag }),
              undefined
            )
          )
      return yield* accepted(found === undefined ? [id] : [found], {
        _tag: "SubmittedJobs",
        ids: found === undefined ? [] : [found]
      })
    })

  const submitJob = Spanned.fn("Tws.submitJob")(function* (
    definition: ModelObjectId,
    submission: JobSubmission = {},
    options: ActionOptions = {}
  ) {
    const path = `${v2}/plan/job/${segment(definition)}/submit`
    return yield* submitting(definition)(
      submitOne("submitJob", requestFor(path, submitJobOptions(submission), options))
    )
  })

  const submitAdHocJob = Spanned.fn("Tws.submitAdHocJob")(function* (job: AdHocJob, options: ActionOptions = {}) {
    const operation = "submitAdHocJob"
    const request = requestFor(`${v2}/plan/job/submit-ad-hoc-job`, submitAdHocJobOptions(job), options)
    return yield* Effect.mapError(submitOne(operation, request), (error) =>
      error._tag === "NotFound"
        ? new TwsRejected({ operation, status: 404, messages: error.messages, messageIds: error.messageIds })
        : error
    )
  })

  return { submitJobStream, submitJob, submitAdHocJob }
}
