import type { Plan } from "../plan/Plan.ts"
import { jobId, modelId, objectId, planId, streamId } from "../plan/PlanId.ts"
import { IdKind } from "../plan/Uuid.ts"
import { isoInstant } from "./Instant.ts"
import { folderIdOf, planJobKey, planJobName, planStreamKey, planStreamName, workstationName } from "./Naming.ts"

const engine = (plan: Plan) => ({ engineId: modelId(plan, IdKind.engine, 0) })

const where = (plan: Plan, workstation: number) => ({
  workstationId: modelId(plan, IdKind.workstation, workstation),
  workstation: `/${workstationName(plan, workstation)}`
})

/** A resource in the form of V2. */
export const resourceView = (plan: Plan, index: number) => {
  const resource = plan.resources[index]
  const id = objectId(plan, IdKind.resource, index)
  const workstation = resource?.workstation ?? 0
  const quantity = resource?.quantity ?? 0
  const inUse = resource?.inUse ?? 0
  return {
    ...engine(plan),
    id,
    persistentId: id,
    folderId: folderIdOf(plan, "/"),
    folder: "/",
    name: resource?.name ?? "",
    key: `/${workstationName(plan, workstation)}#/${resource?.name ?? ""}`,
    ...where(plan, workstation),
    quantity,
    quantityAvailable: Math.max(0, quantity - inUse),
    description: "Shared by the jobs that must not run at the same time",
    quantityInUse: inUse,
    holders: [...(resource?.holders ?? [])].map(([job, held]) => ({
      jobStreamId: streamId(plan, plan.jobs.stream.get(job)),
      jobStream: planStreamName(plan, plan.jobs.stream.get(job)),
      jobId: jobId(plan, job),
      job: planJobName(plan, job),
      jobKey: planJobKey(plan, job),
      quantity: held,
      shared: false
    })),
    actions: [{ key: "UPDATE_QUANTITY" }],
    archived: false,
    status: inUse < quantity ? "AVAILABLE" : "NOT_AVAILABLE"
  }
}

/** A prompt in the form of V2. */
export const promptView = (plan: Plan, index: number) => {
  const prompt = plan.prompts[index]
  const id = objectId(plan, IdKind.prompt, index)
  const stream = prompt?.stream ?? 0
  const job = prompt?.job ?? -1
  return {
    actions:
      prompt?.status === "ASKED" || prompt?.status === "NOT_ASKED" ? [{ key: "REPLY_YES" }, { key: "REPLY_NO" }] : [],
    ...engine(plan),
    id,
    persistentId: id,
    name: prompt?.name ?? "",
    folder: "/",
    folderId: folderIdOf(plan, "/"),
    archived: false,
    key: `/${prompt?.name ?? ""}`,
    ...where(plan, plan.streams.workstation.get(stream)),
    planId: planId(plan),
    jobStreamId: streamId(plan, stream),
    jobStreamKey: planStreamKey(plan, stream),
    ...(job < 0 ? {} : { jobId: jobId(plan, job), jobKey: planJobKey(plan, job) }),
    text: prompt?.text ?? "",
    status: prompt?.status ?? "NOT_ASKED",
    type: prompt?.type ?? "Predefined Prompt",
    ...(prompt === undefined || prompt.askedAt === 0 ? {} : { timeAsked: isoInstant(prompt.askedAt) }),
    ...(prompt === undefined || prompt.answeredAt === 0 ? {} : { timeRespond: isoInstant(prompt.answeredAt) }),
    number: prompt?.number ?? 0
  }
}

/** A file in the form of V2. */
export const fileView = (plan: Plan, index: number) => {
  const file = plan.files[index]
  return {
    name: file?.name ?? "",
    id: objectId(plan, IdKind.file, index),
    ...where(plan, file?.workstation ?? 0),
    planId: planId(plan),
    qualifier: "-e %p",
    status: file?.status ?? "Not Checked"
  }
}
