import { Api } from "@resync/api/Api"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { Queries } from "../dispatch/Queries.ts"
import * as Group from "../http/Group.ts"
import { ListPolicies, PendingApprovals } from "../queries/CommandQueries.ts"
import * as Kinds from "./ApprovalCommands.ts"
import { answerOver } from "./http/runOver.ts"
import { Commands } from "./pipeline/Commands.ts"

/** The second pair of eyes. */
export const layer = Group.layer(
  Effect.gen(function* () {
    const { ask } = yield* Queries
    const run = answerOver(yield* Commands)
    return HttpApiBuilder.group(Api, "approvals", (handlers) =>
      handlers.handleAll({
        pending: () => ask(PendingApprovals, {}),
        approve: (input) => run(Kinds.Approve, { ...input.params, ...input.payload }, input),
        reject: (input) => run(Kinds.Reject, { ...input.params, ...input.payload }, input),
        approvalPolicies: () => ask(ListPolicies, {}),
        setApprovalPolicy: (input) => run(Kinds.SetPolicy, { ...input.params, rule: input.payload }, input),
        removeApprovalPolicy: (input) => Effect.asVoid(run(Kinds.RemovePolicy, input.params, input))
      })
    )
  })
)
