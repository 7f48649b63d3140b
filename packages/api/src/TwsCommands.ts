import { Accepted } from "@resync/tws/model/Accepted"
import { JobId, JobStreamId, ModelObjectId, PromptId, WorkstationId } from "@resync/tws/model/Ids"
import { RerunOptions } from "@resync/tws/model/JobAction"
import { Justification } from "@resync/tws/model/Justification"
import { JobStreamSubmission } from "@resync/tws/model/Submission"
import { Schema } from "effect"
import { HttpApi, HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { IdempotencyKey, IdempotencyKeyReused } from "./Idempotency.ts"
import { ObjectNotFound, SchedulerConflict, SchedulerForbids, SchedulerRejected } from "./TwsProblems.ts"
import * as UpstreamProblems from "./UpstreamProblems.ts"

/** A body may be left out where nothing in it is required. */
const payload = <const Fields extends Schema.Struct.Fields>(fields: Fields) =>
  [Schema.Struct({ justification: Schema.optionalKey(Justification), ...fields }), Schema.Null] as const

const contract = {
  headers: { "idempotency-key": Schema.optionalKey(IdempotencyKey) },
  success: Accepted.pipe(HttpApiSchema.status(202)),
  error: [
    ...UpstreamProblems.all,
    SchedulerForbids,
    SchedulerConflict,
    SchedulerRejected,
    ObjectNotFound,
    IdempotencyKeyReused
  ]
} as const

const cancel = payload({
  /** Cancel once the dependencies are met, so that what waits is not released early. */
  pending: Schema.optionalKey(Schema.Boolean)
})
const plain = payload({})

const job = { params: { id: JobId }, ...contract }
const jobStream = { params: { id: JobStreamId }, ...contract }
const workstation = { params: { id: WorkstationId }, ...contract }

/**
 * What can be done to the scheduler's plan. 202 means that the scheduler accepted the action, not that it is done: the
 * answer names what the plan will show once it is.
 */
export class TwsCommands extends HttpApiGroup.make("twsCommands")
  .add(
    HttpApiEndpoint.post("cancelJob", "/jobs/:id/actions/cancel", { ...job, payload: cancel }),
    HttpApiEndpoint.post("rerunJob", "/jobs/:id/actions/rerun", { ...job, payload: payload(RerunOptions.fields) }),
    HttpApiEndpoint.post("killJob", "/jobs/:id/actions/kill", { ...job, payload: plain }),
    HttpApiEndpoint.post("holdJob", "/jobs/:id/actions/hold", { ...job, payload: plain }),
    HttpApiEndpoint.post("releaseJob", "/jobs/:id/actions/release", { ...job, payload: plain }),
    HttpApiEndpoint.post("confirmJob", "/jobs/:id/actions/confirm", {
      ...job,
      payload: Schema.Struct({
        justification: Schema.optionalKey(Justification),
        /** What the job is to count as. */
        outcome: Schema.Literals(["success", "abend"])
      })
    }),
    HttpApiEndpoint.post("submitJobStream", "/job-streams/:id/actions/submit", {
      ...contract,
      /** The definition: the `modelId` of a job stream. */
      params: { id: ModelObjectId },
      payload: payload(JobStreamSubmission.fields)
    }),
    HttpApiEndpoint.post("cancelJobStream", "/job-streams/:id/actions/cancel", { ...jobStream, payload: cancel }),
    HttpApiEndpoint.post("holdJobStream", "/job-streams/:id/actions/hold", { ...jobStream, payload: plain }),
    HttpApiEndpoint.post("releaseJobStream", "/job-streams/:id/actions/release", { ...jobStream, payload: plain }),
    HttpApiEndpoint.post("linkWorkstation", "/workstations/:id/actions/link", { ...workstation, payload: plain }),
    HttpApiEndpoint.post("unlinkWorkstation", "/workstations/:id/actions/unlink", { ...workstation, payload: plain }),
    HttpApiEndpoint.post("startWorkstation", "/workstations/:id/actions/start", { ...workstation, payload: plain }),
    HttpApiEndpoint.post("stopWorkstation", "/workstations/:id/actions/stop", { ...workstation, payload: plain }),
    HttpApiEndpoint.post("replyToPrompt", "/prompts/:id/actions/reply", {
      ...contract,
      params: { id: PromptId },
      payload: Schema.Struct({
        justification: Schema.optionalKey(Justification),
        answer: Schema.Literals(["yes", "no"])
      })
    })
  )
  .prefix("/api/v1/tws")
  // A misspelt member must not act on something else than was meant.
  .annotate(HttpApi.PayloadParseOptions, { errors: "all", onExcessProperty: "error" })
  .annotateMerge(
    OpenApi.annotations({
      title: "Scheduler commands",
      description:
        "What can be done to the plan. 202 means that the scheduler accepted the action, not that it is done. " +
        "With an Idempotency-Key a command is sent to the scheduler once, however often it is repeated."
    })
  ) {}
