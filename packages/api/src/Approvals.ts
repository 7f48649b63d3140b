import { Pattern } from "@resync/identity/model/Pattern"
import { Instant, Span } from "@resync/tws/model/Times"
import { Duration, Schema } from "effect"
import { HttpApi, HttpApiEndpoint, HttpApiError, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { RequiredPermission } from "./Access.ts"
import { Command, CommandActor } from "./Command.ts"
import { CommandId } from "./CommandId.ts"
import * as CommandProblems from "./CommandProblems.ts"
import { IdempotencyKey } from "./Idempotency.ts"
import * as Problem from "./Problem.ts"
import * as UpstreamProblems from "./UpstreamProblems.ts"

/** Who asked for a command cannot approve it. */
export class OwnCommand extends HttpApiError.Problem<OwnCommand>()(
  "OwnCommand",
  { type: Problem.type("own-command"), status: 403, title: "Nobody decides on a command of his own" },
  { ...Problem.context, commandId: CommandId }
) {}

/** The command does not wait any more. */
export class AlreadyDecided extends HttpApiError.Problem<AlreadyDecided>()(
  "AlreadyDecided",
  { type: Problem.type("already-decided"), status: 409, title: "The command does not wait for approval" },
  { ...Problem.context, commandId: CommandId, state: Schema.String }
) {}

/** There is no policy of this name. */
export class ApprovalPolicyNotFound extends HttpApiError.Problem<ApprovalPolicyNotFound>()(
  "ApprovalPolicyNotFound",
  { type: Problem.type("approval-policy-not-found"), status: 404, title: "There is no such approval policy" },
  { ...Problem.context, policy: Schema.String }
) {}

/** The name of a policy. */
export const PolicyName = Schema.String.check(
  Schema.isPattern(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, {
    expected: "1 to 63 letters, digits, dots, dashes or underscores"
  })
)

/** Which commands need somebody else to agree. What is not given fits everything. */
export const ApprovalRule = Schema.Struct({
  /** Names of commands, `tws.job.*` or `tws.*.cancel`. */
  command: Pattern,
  workstation: Schema.optionalKey(Pattern),
  folder: Schema.optionalKey(Pattern),
  /** The name of the job, the job stream, the workstation. */
  name: Schema.optionalKey(Pattern),
  /** How long a command waits, 1 minute to 7 days; 1 hour when absent. */
  expiresAfter: Schema.optionalKey(
    Span.check(
      Schema.makeFilter((span) => Duration.toMillis(span) >= 60_000 && Duration.toMillis(span) <= 604_800_000, {
        expected: "1 minute to 7 days"
      })
    )
  )
}).annotate({ identifier: "ApprovalRule" })
export interface ApprovalRule extends Schema.Schema.Type<typeof ApprovalRule> {}

/** A rule with its name and who set it. */
export const ApprovalPolicy = Schema.Struct({
  name: PolicyName,
  rule: ApprovalRule,
  setBy: CommandActor,
  setAt: Instant
}).annotate({ identifier: "ApprovalPolicy" })
export interface ApprovalPolicy extends Schema.Schema.Type<typeof ApprovalPolicy> {}

const decision = {
  params: { id: CommandId },
  headers: { "idempotency-key": Schema.optionalKey(IdempotencyKey) },
  payload: [
    Schema.Struct({ comment: Schema.optionalKey(Schema.NonEmptyString.check(Schema.isMaxLength(512))) }),
    Schema.Null
  ],
  /** The command as it is now: with `approve` it has been sent by then. */
  success: Command,
  error: [...CommandProblems.all, CommandProblems.CommandNotFound, OwnCommand, AlreadyDecided]
} as const

const policy = {
  params: { name: PolicyName },
  headers: { "idempotency-key": Schema.optionalKey(IdempotencyKey) }
} as const

/** The second pair of eyes. */
export class Approvals extends HttpApiGroup.make("approvals")
  .add(
    HttpApiEndpoint.get("pending", "/approvals", {
      success: Schema.Struct({ items: Schema.Array(Command) }),
      error: CommandProblems.AuditUnavailable
    })
      .annotate(RequiredPermission, "approvals:read")
      .annotate(OpenApi.Summary, "Commands that wait for approval, the oldest first"),
    HttpApiEndpoint.post("approve", "/approvals/:id/actions/approve", {
      ...decision,
      error: [...decision.error, ...UpstreamProblems.all]
    })
      .annotate(RequiredPermission, "approvals:decide")
      .annotate(OpenApi.Summary, "Agree to a command of somebody else, which is then carried out"),
    HttpApiEndpoint.post("reject", "/approvals/:id/actions/reject", decision)
      .annotate(RequiredPermission, "approvals:decide")
      .annotate(OpenApi.Summary, "Do not agree to a command of somebody else"),
    HttpApiEndpoint.get("approvalPolicies", "/approval-policies", {
      success: Schema.Struct({ items: Schema.Array(ApprovalPolicy) }),
      error: CommandProblems.AuditUnavailable
    })
      .annotate(RequiredPermission, "approvals:read")
      .annotate(OpenApi.Summary, "Which commands need approval"),
    HttpApiEndpoint.put("setApprovalPolicy", "/approval-policies/:name", {
      ...policy,
      payload: ApprovalRule,
      success: ApprovalPolicy,
      error: CommandProblems.all
    })
      .annotate(RequiredPermission, "approvals:configure")
      .annotate(OpenApi.Summary, "Set which commands need approval"),
    HttpApiEndpoint.delete("removeApprovalPolicy", "/approval-policies/:name", {
      ...policy,
      success: HttpApiSchema.NoContent,
      error: [...CommandProblems.all, ApprovalPolicyNotFound]
    })
      .annotate(RequiredPermission, "approvals:configure")
      .annotate(OpenApi.Summary, "Take a policy away")
  )
  .prefix("/api/v1")
  .annotate(HttpApi.PayloadParseOptions, { errors: "all", onExcessProperty: "error" })
  .annotateMerge(
    OpenApi.annotations({ title: "Approvals", description: "Commands that need somebody else to agree." })
  ) {}
