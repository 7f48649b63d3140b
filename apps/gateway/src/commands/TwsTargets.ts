/** What the plan says of the objects that commands act on: for scopes, for policies, and for the audit trail. */
import type { AuditTarget } from "@resync/identity/audit/AuditEntry"
import type { Job } from "@resync/tws/model/Job"
import type { JobStream } from "@resync/tws/model/JobStream"
import type { ModelObject } from "@resync/tws/model/ModelObject"
import type { Prompt } from "@resync/tws/model/Prompt"
import type { Workstation } from "@resync/tws/model/Workstation"
import type { Schema } from "effect"

interface Placed {
  readonly id?: string
  readonly name?: string
  readonly workstation?: string | undefined
  readonly folder?: string | undefined
}

const target = (kind: string, { folder, id, name, workstation }: Placed): AuditTarget => ({
  kind,
  id: id ?? "",
  ...(name === undefined ? {} : { name }),
  ...(workstation === undefined ? {} : { workstation }),
  ...(folder === undefined ? {} : { folder })
})

/** Members that are not there are left out. */
const facts = (members: Readonly<Record<string, Schema.Json | undefined>>): Schema.Json =>
  Object.fromEntries(
    Object.entries(members).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))
  )

export const ofJob = (job: Job) => ({
  target: target("job", job),
  before: facts({
    status: job.commonStatus,
    internal: job.status.internal,
    priority: job.priority,
    runs: job.runs.length,
    jobStream: job.jobStreamName
  })
})

export const ofJobStream = (stream: JobStream) => ({
  target: target("jobStream", stream),
  before: facts({ status: stream.commonStatus, priority: stream.priority, limit: stream.limit })
})

export const ofWorkstation = (workstation: Workstation) => ({
  target: target("workstation", {
    id: workstation.id,
    name: workstation.name,
    folder: workstation.folder,
    workstation: `${workstation.folder?.replace(/\/$/, "") ?? ""}/${workstation.name}`
  }),
  before: facts({ linked: workstation.linked, running: workstation.running, limit: workstation.limit })
})

export const ofPrompt = (prompt: Prompt) => ({
  target: target("prompt", {
    id: prompt.id,
    ...(prompt.name === undefined ? {} : { name: prompt.name }),
    workstation: prompt.workstation
  }),
  before: facts({ status: prompt.status, text: prompt.text })
})

/** `inPlan` are the job streams of this definition that the plan has already. */
export const ofDefinition = (id: string, definition: ModelObject, inPlan: ReadonlyArray<string>) => ({
  target: target("definition", { ...definition, id }),
  before: facts({ inPlan })
})
