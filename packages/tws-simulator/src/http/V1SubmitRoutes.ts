import { Effect } from "effect"
import type { Plan } from "../plan/Plan.ts"
import { modelId } from "../plan/PlanId.ts"
import { IdKind } from "../plan/Uuid.ts"
import { Simulator } from "../Simulator.ts"
import { findWorkstation, isTaken, nameOfCommand } from "../wire/AdHoc.ts"
import { type ApiError, badRequest, isApiError, notFound } from "../wire/ApiError.ts"
import { submittedStreamId } from "../wire/InternalStreamId.ts"
import { taskOf } from "../wire/JobV2.ts"
import { jobDefinitionOf, streamDefinitionOf } from "../wire/ModelDefinition.ts"
import { planStreamName, workstationName } from "../wire/Naming.ts"
import { readPayload } from "../wire/Payload.ts"
import { DraftedJob, DraftedStream, given, instantOf, SubmitJob, SubmitStream } from "../wire/PayloadV1.ts"
import { findStreamV1, streamIdV1 } from "../wire/V1.ts"
import { json, orFail, route } from "./Exchange.ts"
import { conflict, type Draft, jobDraft } from "./JobDraft.ts"
import { answer, readPlan } from "./PlanRequest.ts"
import { modelRow, streamDraft } from "./SubmitRoutes.ts"

const plan = "/twsd/plan/:plan_id"

/** A job as it would be in the plan, for the client to send back. The id comes first, for shell clients cut it out. */
const drafted = (one: Plan, definition: number, stream: number | undefined, alias: string | null | undefined) => {
  const { name, workstation } = jobDefinitionOf(one, definition)
  return {
    id: "",
    name: alias ?? name,
    jobDefinitionId: modelId(one, IdKind.jobDefinition, definition),
    workstationName: workstation.slice(1),
    ...(stream === undefined
      ? {}
      : { streamId: streamIdV1(one, stream), jobStreamInPlan: { name: planStreamName(one, stream) } })
  }
}

const makeJob = (id: string, stream: (one: Plan) => number | undefined | ApiError, alias: string | null | undefined) =>
  answer((one) => {
    const definition = modelRow(one, IdKind.jobDefinition, id, one.blueprint.jobs + one.added.length)
    if (definition === undefined) return notFound("job definition", id)
    const row = stream(one)
    return isApiError(row) ? row : drafted(one, definition, row, alias)
  })

const submitJobDraft = route("POST", `${plan}/jobstream/:jobstream_id/action/submit_job`, (exchange) =>
  Effect.gen(function* () {
    const { alias, jobDefinitionId } = yield* orFail(readPayload(SubmitJob, yield* exchange.json))
    return yield* makeJob(jobDefinitionId, (one) => findStreamV1(one, exchange.params["jobstream_id"] ?? ""), alias)
  })
)

const makeJobDraft = route("POST", `${plan}/job/action/make`, (exchange) =>
  makeJob(exchange.query["jobDefinitionId"] ?? "", () => undefined, exchange.query["alias"])
)

/** The submission of a drafted job, or of one that the client made up by itself. */
const jobSubmission = (
  one: Plan,
  { job }: typeof DraftedJob.Type
): { readonly id: string; readonly draft: Draft } | ApiError => {
  const streamId = given(job.streamId)
  const stream = streamId === undefined ? undefined : findStreamV1(one, streamId)
  if (isApiError(stream)) return stream
  const middle = streamId?.split(";")[1] ?? "JOBS"
  const definitionId = given(job.jobDefinitionId)
  if (definitionId !== undefined) {
    const definition = modelRow(one, IdKind.jobDefinition, definitionId, one.blueprint.jobs + one.added.length)
    if (definition === undefined) return notFound("job definition", definitionId)
    const draft = jobDraft(one, definition, { alias: job.name ?? undefined, stream })
    if (isApiError(draft)) return draft
    const { name, workstation } = jobDefinitionOf(one, definition)
    const where =
      stream === undefined ? workstation.slice(1) : workstationName(one, one.streams.workstation.get(stream))
    return { id: `${where};${middle};${job.name ?? name}`, draft }
  }
  const command = job.jobDefinition?.taskString ?? ""
  if (command === "") return badRequest("The job has neither a definition nor a task.")
  const workstation =
    stream === undefined ? findWorkstation(one, job.workstationName ?? "MDM") : one.streams.workstation.get(stream)
  if (workstation === undefined) return notFound("workstation", job.workstationName ?? "")
  const name = job.name ?? nameOfCommand(command)
  if (isTaken(one, stream ?? one.adHocStreams.get(workstation), name)) {
    return conflict(name, workstationName(one, workstation))
  }
  const user = job.jobDefinition?.userLogin ?? "wauser"
  return {
    id: `${workstationName(one, workstation)};${middle};${name}`,
    draft: (serial) => ({
      _tag: "SubmitJob",
      serial,
      stream,
      workstation,
      name,
      task: taskOf(command, user, false, true),
      user,
      script: command,
      isCommand: true,
      estimatedMillis: 10_000,
      definition: undefined,
      priority: undefined,
      at: undefined
    })
  }
}

const submitAdHocJob = route("POST", `${plan}/job/action/submit_ad_hoc_job`, (exchange) =>
  Effect.gen(function* () {
    const simulator = yield* Simulator
    const body = yield* orFail(readPayload(DraftedJob, yield* exchange.json))
    const { draft, id } = yield* readPlan((one) => jobSubmission(one, body))
    yield* simulator.order([draft(yield* simulator.serial)])
    return json({ id })
  })
)

const submitStream = Effect.fnUntraced(function* (
  id: string,
  alias: string | null | undefined,
  inputArrivalTime: string | null | undefined
) {
  const simulator = yield* Simulator
  const { definition, workstation } = yield* readPlan((one) => {
    const row = modelRow(one, IdKind.streamDefinition, id, one.blueprint.streams)
    if (row === undefined) return notFound("job stream definition", id)
    return { definition: row, workstation: streamDefinitionOf(one, row).workstation.slice(1) }
  })
  const at = instantOf(inputArrivalTime)
  const serial = yield* simulator.serial
  const name = given(alias)
  const draft = streamDraft(definition, {
    ...(name === undefined ? {} : { alias: name }),
    ...(at === undefined ? {} : { inputArrivalTime: at })
  })
  yield* simulator.order([draft(serial)])
  return json([`${workstation};${submittedStreamId(serial)}`])
})

const submitStreams = [
  route("POST", `${plan}/jobstream/:jobstream_id/action/submit_jobstream`, (exchange) =>
    Effect.gen(function* () {
      const { alias, inputArrivalTime } = yield* orFail(readPayload(SubmitStream, yield* exchange.json))
      return yield* submitStream(exchange.params["jobstream_id"] ?? "", alias, inputArrivalTime)
    })
  ),
  route("POST", `${plan}/jobstream/:jobstream_id/action/make_jobstream`, (exchange) =>
    Effect.gen(function* () {
      const { alias } = yield* orFail(readPayload(SubmitStream, yield* exchange.json))
      const id = exchange.params["jobstream_id"] ?? ""
      return yield* answer((one) => {
        const row = modelRow(one, IdKind.streamDefinition, id, one.blueprint.streams)
        if (row === undefined) return notFound("job stream definition", id)
        const { name, workstation } = streamDefinitionOf(one, row)
        return {
          id: "",
          key: { name: alias ?? name, workstationKey: { name: workstation.slice(1) } },
          name: alias ?? name,
          jobStreamDefinitionId: id,
          alias: alias ?? null
        }
      })
    })
  ),
  route("POST", `${plan}/jobstream/action/submit_jobstream`, (exchange) =>
    Effect.gen(function* () {
      const { inputArrivalTime, jobstream } = yield* orFail(readPayload(DraftedStream, yield* exchange.json))
      return yield* submitStream(jobstream.jobStreamDefinitionId, jobstream.alias, inputArrivalTime)
    })
  )
]

/** Submissions of V1. */
export const v1SubmitRoutes = [submitJobDraft, makeJobDraft, submitAdHocJob, ...submitStreams]
