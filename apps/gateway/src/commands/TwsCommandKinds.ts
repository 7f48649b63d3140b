import * as CommandProblems from "@resync/api/CommandProblems"
import { ObjectNotFound, SchedulerConflict, SchedulerForbids, SchedulerRejected } from "@resync/api/TwsProblems"
import * as UpstreamProblems from "@resync/api/UpstreamProblems"
import type { Permission } from "@resync/identity/model/Permission"
import { Accepted } from "@resync/tws/model/Accepted"
import { JobId, JobStreamId, ModelObjectId, PromptId, WorkstationId } from "@resync/tws/model/Ids"
import { RerunOptions } from "@resync/tws/model/JobAction"
import { Justification } from "@resync/tws/model/Justification"
import { JobStreamSubmission } from "@resync/tws/model/Submission"
import { Schema } from "effect"
import * as Command from "../dispatch/Command.ts"

/** What any action on the scheduler can end in. */
const Problems = Schema.Union([
  ...UpstreamProblems.all,
  SchedulerForbids,
  SchedulerConflict,
  SchedulerRejected,
  ObjectNotFound,
  CommandProblems.CommandFateUnknown
])
export type TwsCommandProblem = typeof Problems.Type

/** Actions on the scheduler are alike but for their request: all of them are accepted first and done later. */
const on =
  <const Id extends Schema.Codec<string, string>>(kind: string, id: Id) =>
  <const Fields extends Schema.Struct.Fields>(name: string, permission: Permission, fields: Fields) => {
    const request = Schema.Struct({ id, justification: Schema.optionalKey(Justification), ...fields })
    return Command.make<typeof request.Type, Accepted, TwsCommandProblem>(name, {
      access: permission,
      // Fields of a request are plain data: no service is needed to read them.
      request: Schema.toCodecJson(request) as unknown as Command.JsonCodec<typeof request.Type>,
      answer: Schema.toCodecJson(Accepted),
      problems: Schema.toCodecJson(Problems),
      // The compiler does not see through fields that vary that one of them is the id.
      target: (given) => ({ kind, id: (given as { readonly id: string }).id }),
      approvable: true
    })
  }

const pending = { pending: Schema.optionalKey(Schema.Boolean) }

const job = on("job", JobId)
export const CancelJob = job("tws.job.cancel", "jobs:cancel", pending)
export const RerunJob = job("tws.job.rerun", "jobs:rerun", RerunOptions.fields)
export const KillJob = job("tws.job.kill", "jobs:kill", {})
export const HoldJob = job("tws.job.hold", "jobs:hold", {})
export const ReleaseJob = job("tws.job.release", "jobs:release", {})
export const ConfirmJob = job("tws.job.confirm", "jobs:confirm", { outcome: Schema.Literals(["success", "abend"]) })

const jobStream = on("jobStream", JobStreamId)
export const CancelJobStream = jobStream("tws.job-stream.cancel", "job-streams:cancel", pending)
export const HoldJobStream = jobStream("tws.job-stream.hold", "job-streams:hold", {})
export const ReleaseJobStream = jobStream("tws.job-stream.release", "job-streams:release", {})

export const SubmitJobStream = on("definition", ModelObjectId)(
  "tws.job-stream.submit",
  "job-streams:submit",
  JobStreamSubmission.fields
)

const workstation = on("workstation", WorkstationId)
export const LinkWorkstation = workstation("tws.workstation.link", "workstations:link", {})
export const UnlinkWorkstation = workstation("tws.workstation.unlink", "workstations:unlink", {})
export const StartWorkstation = workstation("tws.workstation.start", "workstations:start", {})
export const StopWorkstation = workstation("tws.workstation.stop", "workstations:stop", {})

export const ReplyToPrompt = on("prompt", PromptId)("tws.prompt.reply", "prompts:reply", {
  answer: Schema.Literals(["yes", "no"])
})
