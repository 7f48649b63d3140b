import type { Forbidden, SignInIncomplete } from "@resync/api/AccessProblems"
import {
  BulkAction,
  type BulkPreview,
  BulkReport,
  BulkToken,
  type BulkTooLarge,
  PreviewNotFound
} from "@resync/api/BulkCommands"
import * as CommandProblems from "@resync/api/CommandProblems"
import type { CurrentPrincipal } from "@resync/api/CurrentPrincipal"
import type { InvalidRequest } from "@resync/api/RequestProblems"
import type { SchedulerForbids, SchedulerRejected } from "@resync/api/TwsProblems"
import type { UpstreamProblem } from "@resync/api/UpstreamProblems"
import { Justification } from "@resync/tws/model/Justification"
import { Schema } from "effect"
import * as Command from "../dispatch/Command.ts"
import * as Query from "../dispatch/Query.ts"
import { nameOf } from "./BulkPreviews.ts"

/** What a bulk command would touch. */
export const PreviewBulk = Query.make<
  BulkPreview,
  | UpstreamProblem
  | SchedulerForbids
  | SchedulerRejected
  | InvalidRequest
  | BulkTooLarge
  | CommandProblems.AuditUnavailable
  | Forbidden
  | SignInIncomplete,
  CurrentPrincipal
>()("tws.bulk.preview", { request: BulkAction, access: "bulk:run" })

/** Does what a preview showed. */
export const RunBulk = Command.make("tws.bulk", {
  access: "bulk:run",
  request: Schema.toCodecJson(Schema.Struct({ token: BulkToken, justification: Schema.optionalKey(Justification) })),
  answer: Schema.toCodecJson(BulkReport),
  problems: Schema.toCodecJson(Schema.Union([...CommandProblems.all, PreviewNotFound])),
  target: ({ token }) => ({ kind: "bulk", id: nameOf(token).slice(0, 32) }),
  approvable: true
})
