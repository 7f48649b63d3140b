import { JobId, JobStreamId, ModelObjectId, PromptId, WorkstationId } from "@resync/tws/model/Ids"
import { RerunOptions } from "@resync/tws/model/JobAction"
import { Justification } from "@resync/tws/model/Justification"
import { JobStreamSubmission } from "@resync/tws/model/Submission"
import { Schema } from "effect"
import { HttpApi, HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { RequiredPermission } from "./Access.ts"
import { AcceptedCommand, AwaitingApproval } from "./Command.ts"
import * as CommandProblems from "./CommandProblems.ts"
import { IdempotencyKey } from "./Idempotency.ts"
import { ObjectNotFound, SchedulerConflict, SchedulerForbids, SchedulerRejected } from "./TwsProblems.ts"
import * as UpstreamProblems from "./UpstreamProblems.ts"

/** A body may be left out where nothing in it is required. */
const payload = <const Fields extends Schema.Struct.Fields>(fields: Fields) =>
  [Schema.Struct({ justification: Schema.optionalKey(Justification), ...fields }), Schema.Null] as const

const contract = {
  headers: { "idempotency-key": Schema.optionalKey(IdempotencyKey) },
  success: Schema.Union([AcceptedCommand, AwaitingApproval]).pipe(HttpApiSchema.status(202)),
  error: [
    ...UpstreamProblems.all,
    SchedulerForbids,
    SchedulerConflict,
    SchedulerRejected,
    ObjectNotFound,
    ...CommandProblems.all
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
    HttpApiEndpoint.post("cancelJob", "/jobs/:id/actions/cancel", { ...job, payload: cancel }).annotate(
      RequiredPermission,
      "jobs:cancel"
    ),
    HttpApiEndpoint.post("rerunJob", "/jobs/:id/actions/rerun", {
      ...job,
      payload: payload(RerunOptions.fields)
    }).annotate(RequiredPermission, "jobs:rerun"),
    HttpApiEndpoint.post("killJob", "/jobs/:id/actions/kill", { ...job, payload: plain }).annotate(
      RequiredPermission,
      "jobs:kill"
    ),
    HttpApiEndpoint.post("holdJob", "/jobs/:id/actions/hold", { ...job, payload: plain }).annotate(
      RequiredPermission,
      "jobs:hold"
    ),
    HttpApiEndpoint.post("releaseJob", "/jobs/:id/actions/release", { ...job, payload: plain }).annotate(
      RequiredPermission,
      "jobs:release"
    ),
    HttpApiEndpoint.post("confirmJob", "/jobs/:id/actions/confirm", {
      ...job,
      payload: Schema.Struct({
        justification: Schema.optionalKey(Justification),
        /** What the job is to count as. */
        outcome: Schema.Literals(["success", "abend"])
      })
    }).annotate(RequiredPermission, "jobs:confirm"),
    HttpApiEndpoint.post("submitJobStream", "/job-streams/:id/actions/submit", {
      ...contract,
      /** The definition: the `modelId` of a job stream. */
      params: { id: ModelObjectId },
      payload: payload(JobStreamSubmission.fields)
    }).annotate(RequiredPermission, "job-streams:submit"),
    HttpApiEndpoint.post("cancelJobStream", "/job-streams/:id/actions/cancel", {
      ...jobStream,
      payload: cancel
    }).annotate(RequiredPermission, "job-streams:cancel"),
    HttpApiEndpoint.post("holdJobStream", "/job-streams/:id/actions/hold", { ...jobStream, payload: plain }).annotate(
      RequiredPermission,
      "job-streams:hold"
    ),
    HttpApiEndpoint.post("releaseJobStream", "/job-streams/:id/actions/release", {
      ...jobStream,
      payload: plain
    }).annotate(RequiredPermission, "job-streams:release"),
    HttpApiEndpoint.post("linkWorkstation", "/workstations/:id/actions/link", {
      ...workstation,
      payload: plain
    }).annotate(RequiredPermission, "workstations:link"),
    HttpApiEndpoint.post("unlinkWorkstation", "/workstations/:id/actions/unlink", {
      ...workstation,
      payload: plain
    }).annotate(RequiredPermission, "workstations:unlink"),
    HttpApiEndpoint.post("startWorkstation", "/workstations/:id/actions/start", {
      ...workstation,
      payload: plain
    }).annotate(RequiredPermission, "workstations:start"),
    HttpApiEndpoint.post("stopWorkstation", "/workstations/:id/actions/stop", {
      ...workstation,
      payload: plain
    }).annotate(RequiredPermission, "workstations:stop"),
    HttpApiEndpoint.post("replyToPrompt", "/prompts/:id/actions/reply", {
      ...contract,
      params: { id: PromptId },
      payload: Schema.Struct({
        justification: Schema.optionalKey(Justification),
        answer: Schema.Literals(["yes", "no"])
      })
    }).annotate(RequiredPermission, "prompts:reply")
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
