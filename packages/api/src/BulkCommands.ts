import { JobId, JobStreamId } from "@resync/tws/model/Ids"
import { RerunOptions } from "@resync/tws/model/JobAction"
import { Justification } from "@resync/tws/model/Justification"
import { JobQuery, JobStreamQuery } from "@resync/tws/model/Query"
import { Instant } from "@resync/tws/model/Times"
import { Schema } from "effect"
import { HttpApi, HttpApiEndpoint, HttpApiError, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { RequiredPermission } from "./Access.ts"
import { AwaitingApproval, CommandState } from "./Command.ts"
import { CommandId } from "./CommandId.ts"
import * as CommandProblems from "./CommandProblems.ts"
import { IdempotencyKey } from "./Idempotency.ts"
import * as Problem from "./Problem.ts"
import { InvalidRequest } from "./RequestProblems.ts"
import { SchedulerForbids, SchedulerRejected } from "./TwsProblems.ts"
import * as UpstreamProblems from "./UpstreamProblems.ts"

/** More would be touched than one bulk command may. */
export class BulkTooLarge extends HttpApiError.Problem<BulkTooLarge>()(
  "BulkTooLarge",
  { type: Problem.type("bulk-too-large"), status: 422, title: "The filter matches too much" },
  { ...Problem.context, cap: Schema.Int }
) {}

/** The preview is too old, was carried out, or is of somebody else. */
export class PreviewNotFound extends HttpApiError.Problem<PreviewNotFound>()(
  "PreviewNotFound",
  { type: Problem.type("preview-not-found"), status: 404, title: "There is no such preview" },
  Problem.context
) {}

/** Which definition or order of a list does not matter to what is done with each. */
const { cursor: _c, dependencies: _d, direction: _o, limit: _l, sort: _s, ...jobFilter } = JobQuery.fields
const {
  cursor: _c2,
  dependencies: _d2,
  direction: _o2,
  limit: _l2,
  sort: _s2,
  ...jobStreamFilter
} = JobStreamQuery.fields

/** Everything given must hold, and something must be given: all of the plan is never meant. */
const named = <Fields extends Schema.Struct.Fields>(fields: Fields) =>
  Schema.Struct(fields).check(
    Schema.makeFilter((filter) => Object.keys(filter).length > 0, { expected: "at least one member" })
  )

const pending = { pending: Schema.optionalKey(Schema.Boolean) }

/** What to do with each, and to which. */
export const BulkAction = Schema.Union([
  Schema.Struct({
    on: Schema.Literal("jobs"),
    filter: named(jobFilter),
    action: Schema.Union([
      Schema.TaggedStruct("Cancel", pending),
      Schema.TaggedStruct("Rerun", RerunOptions.fields),
      Schema.TaggedStruct("Kill", {}),
      Schema.TaggedStruct("Hold", {}),
      Schema.TaggedStruct("Release", {}),
      Schema.TaggedStruct("ConfirmSuccess", {}),
      Schema.TaggedStruct("ConfirmAbend", {})
    ])
  }),
  Schema.Struct({
    on: Schema.Literal("jobStreams"),
    filter: named(jobStreamFilter),
    action: Schema.Union([
      Schema.TaggedStruct("Cancel", pending),
      Schema.TaggedStruct("Hold", {}),
      Schema.TaggedStruct("Release", {})
    ])
  })
]).annotate({ identifier: "BulkAction" })
export type BulkAction = typeof BulkAction.Type

/** One thing that would be touched. */
export const BulkItem = Schema.Struct({
  id: Schema.Union([JobId, JobStreamId]),
  name: Schema.String,
  workstation: Schema.optionalKey(Schema.String),
  folder: Schema.optionalKey(Schema.String)
}).annotate({ identifier: "BulkItem" })
export interface BulkItem extends Schema.Schema.Type<typeof BulkItem> {}

/** Stands for exactly what a preview showed. */
export const BulkToken = Schema.String.check(
  Schema.isPattern(/^[A-Za-z0-9_-]{43}$/, { expected: "the token of a preview" })
)

/** What a bulk command would touch. */
export const BulkPreview = Schema.Struct({
  token: BulkToken,
  expiresAt: Instant,
  count: Schema.Int,
  cap: Schema.Int,
  items: Schema.Array(BulkItem)
}).annotate({ identifier: "BulkPreview" })
export interface BulkPreview extends Schema.Schema.Type<typeof BulkPreview> {}

/** What became of one of them. `notSent`: the service ended before its turn came, and nothing was done to it. */
export const BulkItemReport = Schema.Struct({
  ...BulkItem.fields,
  state: Schema.Union([CommandState, Schema.Literal("notSent")]),
  commandId: Schema.optionalKey(CommandId),
  problem: Schema.optionalKey(Schema.Json)
}).annotate({ identifier: "BulkItemReport" })
export interface BulkItemReport extends Schema.Schema.Type<typeof BulkItemReport> {}

/** What became of each. */
export const BulkReport = Schema.Struct({
  state: Schema.Literal("done"),
  commandId: CommandId,
  count: Schema.Int,
  /** How many are in each state. */
  states: Schema.Record(Schema.String, Schema.Int),
  items: Schema.Array(BulkItemReport)
}).annotate({ identifier: "BulkReport" })
export interface BulkReport extends Schema.Schema.Type<typeof BulkReport> {}

/** A filter instead of an id: look first, then do exactly what was shown. */
export class BulkCommands extends HttpApiGroup.make("bulk")
  .add(
    HttpApiEndpoint.post("previewBulk", "/bulk/preview", {
      payload: BulkAction,
      success: BulkPreview,
      error: [
        ...UpstreamProblems.all,
        SchedulerForbids,
        SchedulerRejected,
        InvalidRequest,
        BulkTooLarge,
        CommandProblems.AuditUnavailable
      ]
    }).annotate(OpenApi.Summary, "What a bulk command would touch; nothing is done"),
    HttpApiEndpoint.post("runBulk", "/bulk", {
      headers: { "idempotency-key": Schema.optionalKey(IdempotencyKey) },
      payload: Schema.Struct({ token: BulkToken, justification: Schema.optionalKey(Justification) }),
      success: Schema.Union([BulkReport, AwaitingApproval]).pipe(HttpApiSchema.status(202)),
      error: [...CommandProblems.all, PreviewNotFound]
    }).annotate(OpenApi.Summary, "Do what a preview showed, to exactly what it showed")
  )
  .prefix("/api/v1/tws")
  .annotateEndpoints(RequiredPermission, "bulk:run")
  .annotate(HttpApi.PayloadParseOptions, { errors: "all", onExcessProperty: "error" })
  .annotateMerge(
    OpenApi.annotations({ title: "Bulk commands", description: "What is done to many jobs or job streams at once." })
  ) {}
