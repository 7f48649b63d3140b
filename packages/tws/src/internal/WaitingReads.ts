import * as Spanned from "@resync/telemetry/Spanned"
import { Effect, Option, Result, Schema, type Scope } from "effect"
import { HttpClientRequest } from "effect/http"
import * as CommonStatus from "../model/CommonStatus.ts"
import type { Dependency } from "../model/Dependency.ts"
import { JobId, type WorkstationId } from "../model/Ids.ts"
import type { Job } from "../model/Job.ts"
import type { Waiting, WaitingReason } from "../model/Waiting.ts"
import type { Workstation } from "../model/Workstation.ts"
import * as Oql from "../Oql.ts"
import type { Tws } from "../Tws.ts"
import type { TwsError, TwsObjectNotFound } from "../TwsError.ts"
import { Issues } from "../wire/Listing.ts"
import { toWorkstation, WorkstationInPlan } from "../wire/WorkstationInPlan.ts"
import { jsonDecoder } from "./Answers.ts"
import { about } from "./Api.ts"
import { tag } from "./Caches.ts"
import { type Core, segment, v2 } from "./Core.ts"
import { compact } from "./compact.ts"
import { fetchJob } from "./JobReads.ts"

const decodeIssues = jsonDecoder(Issues)
const decodeWorkstation = jsonDecoder(WorkstationInPlan)
const isJobId = Schema.decodeUnknownOption(JobId)

/** The substatuses that the reasons below already say in other words. */
const said: ReadonlySet<string> = new Set([
  "HOLD_WAITING_FOR_PREDECESSOR",
  "HOLD_WAITING_FOR_PROMPT",
  "HOLD_WAITING_FOR_FILE",
  "SUCC_COMPLETED",
  "SUCC_DO_NOT_RUN"
])

const bySubstatus = (job: Job, workstation: Workstation | undefined): ReadonlyArray<WaitingReason> => {
  const { substatus } = job.status
  const place = job.workstation ?? workstation?.name ?? ""
  switch (substatus) {
    case undefined:
      return []
    case "HOLD_WAITING_FOR_TIME":
      return [{ _tag: "Time", ...compact({ until: job.restrictions.startTime ?? job.scheduledAt }) }]
    case "HOLD_PRIORITY_ZERO":
      return [{ _tag: "PriorityZero" }]
    case "READY_WAITING_FOR_LIMIT":
      return [{ _tag: "Limit", workstation: place, ...compact({ limit: workstation?.limit }) }]
    case "READY_WAITING_FOR_RESOURCES":
      return [{ _tag: "Resources" }]
    case "READY_WAITING_FOR_USER_INTERVENTION":
      return [{ _tag: "UserIntervention" }]
    case "READY_WAITING_FOR_AGENT":
      // Told by the workstation itself, where it can be read.
      return workstation === undefined ? [{ _tag: "Other", substatus }] : []
    default:
      return said.has(substatus) ? [] : [{ _tag: "Other", substatus }]
  }
}

const byWorkstation = (job: Job, workstation: Workstation | undefined): ReadonlyArray<WaitingReason> => {
  if (workstation === undefined) return []
  const place = job.workstation ?? workstation.name
  const reasons: Array<WaitingReason> = []
  const { linked, running, ignored, fence } = workstation
  if (!linked || !running || ignored) {
    reasons.push({ _tag: "Workstation", workstation: place, linked, running, ignored })
  }
  if (fence !== undefined && job.priority !== undefined && fence > 0 && job.priority <= fence) {
    reasons.push({ _tag: "Fence", workstation: place, fence, priority: job.priority })
  }
  if (workstation.limit === 0 && job.status.substatus !== "READY_WAITING_FOR_LIMIT") {
    reasons.push({ _tag: "Limit", workstation: place, limit: 0 })
  }
  return reasons
}

const isOpen = (dependency: Dependency): boolean => dependency.status !== undefined && dependency.status !== "SATISFIED"

/** Puts together why a job is not running, from the job itself, its workstation and what the scheduler says. */
export const reasonsOf = (
  job: Job,
  workstation: Workstation | undefined,
  issues: ReadonlyArray<WaitingReason>
): ReadonlyArray<WaitingReason> => {
  const waits = job.commonStatus !== "RUNNING" && !CommonStatus.isFinal(job.commonStatus)
  if (!waits) return issues
  return [
    ...(job.priority === 0 && job.status.substatus !== "HOLD_PRIORITY_ZERO" ? [{ _tag: "PriorityZero" } as const] : []),
    ...(job.dependencies ?? []).filter(isOpen).map((dependency) => ({ _tag: "Dependency", dependency }) as const),
    ...bySubstatus(job, workstation),
    ...byWorkstation(job, workstation),
    ...issues
  ]
}

/** Answers why a job is not running. */
export const make: (core: Core) => Effect.Effect<Pick<Tws["Service"], "waiting">, never, Scope.Scope> =
  Effect.fnUntraced(function* (core) {
    const { api, caches } = core
    const policy = "tws_job_dependencies"
    const cache = yield* caches.make<Waiting, TwsError | TwsObjectNotFound>("waiting", "status")

    /** Helpful, not needed: without them the other reasons stand. */
    const issuesOf = (id: JobId): Effect.Effect<ReadonlyArray<WaitingReason>> =>
      Result.match(Oql.render(Oql.equals("id", id)), {
        onFailure: () => Effect.succeed([]),
        onSuccess: (oql) =>
          api
            .ask(
              {
                operation: "waiting",
                policy,
                request: HttpClientRequest.get(`${v2}/plan/job/issues`, { acceptJson: true, urlParams: { oql } })
              },
              decodeIssues
            )
            .pipe(
              Effect.map(({ issues }) =>
                (issues ?? [])
                  .filter((issue) => Option.isNone(isJobId(issue.id)) || issue.id === id)
                  .map((issue) => ({
                    _tag: "Issue" as const,
                    message: issue.issueMessage ?? "",
                    ...compact({ type: issue.issueType })
                  }))
              ),
              Effect.catch((error) =>
                Effect.as(Effect.logDebug("the scheduler named no issues of a job", { error: error._tag }), [])
              )
            )
      })

    const workstationOf = (id: WorkstationId | undefined): Effect.Effect<Workstation | undefined> =>
      id === undefined
        ? Effect.undefined
        : api
            .ask(
              {
                operation: "waiting",
                policy,
                request: HttpClientRequest.get(`${v2}/plan/workstation/${segment(id)}`, { acceptJson: true })
              },
              decodeWorkstation
            )
            .pipe(
              Effect.map(toWorkstation),
              Effect.catch((error) =>
                Effect.as(Effect.logDebug("the workstation of a job cannot be read", { error: error._tag }), undefined)
              )
            )

    const fetch = Effect.fnUntraced(function* (id: JobId) {
      const job = yield* fetchJob(core)("waiting", policy, id)
      const [workstation, issues] = yield* Effect.all([workstationOf(job.workstationId), issuesOf(id)], {
        concurrency: 2
      })
      return { job, reasons: reasonsOf(job, workstation, issues) }
    })

    const waiting = Spanned.fn("Tws.waiting")(function* (id: JobId) {
      return yield* cache.get(id, { load: about("job", id)(fetch(id)), tags: [tag.job(id), tag.workstations] })
    })

    return { waiting }
  })
