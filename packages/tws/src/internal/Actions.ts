import * as Spanned from "@resync/telemetry/Spanned"
import { DateTime, Effect, Option, Result, Schema } from "effect"
import { HttpClientRequest } from "effect/http"
import type { Accepted, BulkAccepted, Expectation, Refused } from "../model/Accepted.ts"
import { JobId, type JobStreamId, type PromptId, type WorkstationId } from "../model/Ids.ts"
import { type Job, lastRun } from "../model/Job.ts"
import type { JobAction } from "../model/JobAction.ts"
import type { JobStreamAction } from "../model/JobStreamAction.ts"
import type { JobQuery } from "../model/Query.ts"
import type { WorkstationAction } from "../model/WorkstationAction.ts"
import * as Oql from "../Oql.ts"
import type { ActionOptions, BulkActionOptions, Tws } from "../Tws.ts"
import { TwsInvalidQuery, TwsObjectNotFound, TwsRejected } from "../TwsError.ts"
import { ActionAnswer, BulkAnswer, isRefusal, toRefused } from "../wire/ActionAnswer.ts"
import { rerunDetails } from "../wire/Requests.ts"
import { type Decoder, jsonDecoder, nothing } from "./Answers.ts"
import { type ApiError, about, plainly } from "./Api.ts"
import { tag } from "./Caches.ts"
import { type Core, segment, v1, v2 } from "./Core.ts"
import { inDoubt } from "./inDoubt.ts"
import { fetchJob } from "./JobReads.ts"
import { justification } from "./justification.ts"
import * as Lists from "./Lists.ts"
import * as Selections from "./Selections.ts"
import {
  put,
  type Wording,
  wordJobAction,
  wordJobStreamAction,
  wordPriority,
  wordWorkstationAction
} from "./Wordings.ts"

const decodeJson = jsonDecoder(ActionAnswer)
/** Some engines answer an action with nothing, which is an answer with nothing in it. */
export const decodeAnswer: Decoder<typeof ActionAnswer.Type> = (text) =>
  text.trim() === "" ? Result.succeed({}) : decodeJson(text)
const decodeBulk = jsonDecoder(BulkAnswer)
const jobIdOf = Schema.decodeUnknownOption(JobId)

type Actions = Pick<Tws["Service"], "actOnJob" | "actOnJobs" | "actOnJobStream" | "actOnWorkstation" | "replyToPrompt">

/** Actions on what is in the plan. */
export const make = (core: Core): Actions => {
  const { api, caches, routes } = core
  const policy = "tws_actions"

  const requestFor = (
    base: string,
    wording: Wording,
    options: ActionOptions,
    urlParams: Readonly<Record<string, string | number>> = {}
  ) => {
    const request = HttpClientRequest.make(wording.method)(`${base}${wording.path}`, {
      acceptJson: true,
      headers: justification(options.justification),
      urlParams: { ...wording.urlParams, ...urlParams }
    })
    return wording.body === undefined ? request : HttpClientRequest.bodyJsonUnsafe(request, wording.body)
  }

  /** An answer can say within a 200 that the action failed. */
  const done = (operation: string, answer: typeof ActionAnswer.Type) => {
    if (!isRefusal(answer)) return Effect.succeed(answer.id ?? undefined)
    const refused = toRefused(answer)
    return Effect.fail(
      new TwsRejected({
        operation,
        status: 200,
        messages: [refused.message],
        messageIds: refused.messageId === undefined ? [] : [refused.messageId]
      })
    )
  }

  const act = (operation: string, request: HttpClientRequest.HttpClientRequest) =>
    Effect.flatMap(api.ask({ operation, policy, request, action: true }, decodeAnswer), (answer) =>
      done(operation, answer)
    )

  const accepted = Effect.fnUntraced(function* (
    id: string | undefined,
    expects: Expectation,
    tags: ReadonlyArray<string>
  ) {
    yield* caches.invalidate(tags)
    return {
      ids: id === undefined ? [] : [id],
      acceptedAt: yield* DateTime.now,
      expects
    } satisfies Accepted
  })

  const actOnJob = Spanned.fn("Tws.actOnJob")(function* (id: JobId, action: JobAction, options: ActionOptions = {}) {
    yield* Effect.annotateCurrentSpan("tws.action", action._tag)
    const operation = `actOnJob.${action._tag}`
    const base = `${v2}/plan/job/${segment(id)}`
    const tags = [tag.jobs, tag.job(id)]
    if (action._tag === "Rerun") {
      const job = yield* about("job", id)(fetchJob(core)(operation, policy, id))
      const run = action.runId ?? lastRun(job)?.id
      if (run === undefined) return yield* new TwsObjectNotFound({ kind: "run", id })
      const wording = put("/action/rerun", { body: rerunDetails(action) })
      const request = requestFor(`${v2}/plan/job/run/${segment(run)}`, wording, options)
      const answer = yield* about("run", run)(act(operation, request)).pipe(inDoubt(caches, tags))
      return yield* accepted(answer, { _tag: "Job", id, action, knownRuns: job.runs.map((known) => known.id) }, tags)
    }
    const wording = action._tag === "SetPriority" ? wordPriority(action.priority, options) : wordJobAction(action)
    const acted = act(operation, requestFor(base, wording, options))
    const answer = yield* about("job", id)(acted).pipe(inDoubt(caches, tags))
    return yield* accepted(answer, { _tag: "Job", id, action }, tags)
  })

  const actOnJobs = Spanned.fn("Tws.actOnJobs")(function* (
    query: JobQuery,
    action: JobAction,
    options: BulkActionOptions
  ) {
    yield* Effect.annotateCurrentSpan("tws.action", action._tag)
    const operation = `actOnJobs.${action._tag}`
    const question = yield* Lists.question<Job>({ ...Selections.jobs(query), orderBy: [] })
    if (question.oql === "") {
      return yield* new TwsInvalidQuery({ field: "query", reason: "it names no jobs, so it would mean all of them" })
    }
    if (question.residual !== undefined) {
      return yield* new TwsInvalidQuery({
        field: "query",
        reason: "the scheduler's query language cannot say exactly this, so more jobs could be touched than meant"
      })
    }
    if (!Number.isSafeInteger(options.expected) || options.expected < 1) {
      return yield* new TwsInvalidQuery({ field: "expected", reason: "a whole number of at least 1" })
    }
    const wording: Wording =
      action._tag === "Rerun"
        ? put("/action/rerun", { body: rerunDetails(action) })
        : action._tag === "SetPriority"
          ? { method: "PATCH", path: "", body: { priority: action.priority } }
          : wordJobAction(action)
    const request = requestFor(`${v2}/plan/job`, wording, options, {
      oql: question.oql,
      max_object_affected: options.expected
    })
    const answer = yield* plainly(api.ask({ operation, policy, request, action: true }, decodeBulk)).pipe(
      inDoubt(caches, [tag.jobs])
    )
    const acceptedAt = yield* DateTime.now
    const good: Array<Accepted> = []
    const bad: Array<Refused> = (answer.failedResourceResponses ?? []).map(toRefused)
    for (const item of answer.successfulResourceResponses ?? []) {
      const id = Option.getOrUndefined(jobIdOf(item.id))
      if (isRefusal(item)) bad.push(toRefused(item))
      else if (id !== undefined) good.push({ ids: [id], acceptedAt, expects: { _tag: "Job", id, action } })
      // Accepted without an id of the plan: nothing to look for afterwards.
      else good.push({ ids: [item.id ?? ""], acceptedAt, expects: { _tag: "SubmittedJobs", ids: [] } })
    }
    yield* caches.invalidate([tag.jobs, ...good.flatMap(({ ids }) => ids.map(tag.job))])
    return { accepted: good, refused: bad } satisfies BulkAccepted
  })

  const actOnJobStream = Spanned.fn("Tws.actOnJobStream")(function* (
    id: JobStreamId,
    action: JobStreamAction,
    options: ActionOptions = {}
  ) {
    yield* Effect.annotateCurrentSpan("tws.action", action._tag)
    const request = requestFor(`${v2}/plan/jobstream/${segment(id)}`, wordJobStreamAction(action), options)
    const tags = [tag.jobs, tag.jobStreams, tag.jobStream(id)]
    const acted = act(`actOnJobStream.${action._tag}`, request)
    const answer = yield* about("jobStream", id)(acted).pipe(inDoubt(caches, tags))
    return yield* accepted(answer, { _tag: "JobStream", id, action }, tags)
  })

  /**
   * The action on one workstation takes no justification, but the one on all that a filter selects does: so it is asked with
   * a filter that selects the one.
   */
  const justifiedOnWorkstation = Effect.fnUntraced(function* (
    operation: string,
    id: WorkstationId,
    wording: Wording,
    options: ActionOptions
  ) {
    const { oql } = yield* Effect.orDie(Lists.question<never>({ conditions: [Oql.equals("id", id)], orderBy: [] }))
    const request = requestFor(`${v2}/plan/workstation`, wording, options, { oql, max_object_affected: 1 })
    const { successfulResourceResponses, failedResourceResponses } = yield* plainly(
      api.ask({ operation, policy, request, action: true }, decodeBulk)
    )
    const [answer] = [
      ...(failedResourceResponses ?? []).map((failed) => ({ ...failed, isError: true })),
      ...(successfulResourceResponses ?? [])
    ]
    return answer === undefined
      ? yield* new TwsObjectNotFound({ kind: "workstation", id })
      : yield* done(operation, answer)
  })

  const actOnWorkstation = Spanned.fn("Tws.actOnWorkstation")(function* (
    id: WorkstationId,
    action: WorkstationAction,
    options: ActionOptions = {}
  ) {
    yield* Effect.annotateCurrentSpan("tws.action", action._tag)
    const operation = `actOnWorkstation.${action._tag}`
    const wording = wordWorkstationAction(action)
    const request = requestFor(`${v2}/plan/workstation/${segment(id)}`, wording, options)
    const tags = [tag.workstations, tag.workstation(id)]
    const acted =
      options.justification === undefined
        ? about("workstation", id)(act(operation, request))
        : justifiedOnWorkstation(operation, id, wording, options)
    const answer = yield* inDoubt(caches, tags)(acted)
    return yield* accepted(answer, { _tag: "Workstation", id, action }, tags)
  })

  const replyToPrompt = Spanned.fn("Tws.replyToPrompt")(function* (
    id: PromptId,
    answer: boolean,
    options: ActionOptions = {}
  ) {
    const operation = "replyToPrompt"
    const byV2 = act(
      operation,
      requestFor(`${v2}/plan/prompt/${segment(id)}`, put("/action/reply", { body: { answer } }), options)
    )
    // V1 takes the answer as a header and answers 202 without a body.
    const byV1 = api
      .ask(
        {
          operation,
          policy,
          action: true,
          request: HttpClientRequest.put(`${v1}/prompt/${segment(id)}/action/reply`, {
            headers: { ...justification(options.justification), Answer: String(answer) }
          })
        },
        nothing
      )
      .pipe(Effect.as(undefined))
    // An id from a V1 list is no UUID, and V2 cannot know it.
    const listedByV1 = Option.isNone(jobIdOf(id)) || (yield* routes.isMissing("prompts"))
    const reply: Effect.Effect<string | undefined, ApiError> = listedByV1 ? byV1 : byV2
    const tags = [tag.prompts, tag.jobs, tag.jobStreams]
    const ids = yield* about("prompt", id)(reply).pipe(inDoubt(caches, tags))
    return yield* accepted(ids, { _tag: "Prompt", id, answer }, tags)
  })

  return { actOnJob, actOnJobs, actOnJobStream, actOnWorkstation, replyToPrompt }
}
