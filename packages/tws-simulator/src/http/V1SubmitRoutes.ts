import { DateTime, Effect, Option, Schema } from "effect"
import { type Plan } from "../plan/Plan.ts"
import { modelId } from "../plan/PlanId.ts"
import { IdKind } from "../plan/Uuid.ts"
import { Simulator } from "../Simulator.ts"
import { findWorkstation, isTaken, nameOfCommand } from "../wire/AdHoc.ts"
import { type ApiError, badRequest, isApiError, notFound } from "../wire/ApiError.ts"
import { definitionFilterV1 } from "../wire/FilterV1.ts"
import { submittedStreamId } from "../wire/InternalStreamId.ts"
import { taskOf } from "../wire/JobV2.ts"
import { jobDefinitionOf, streamDefinitionOf } from "../wire/ModelDefinition.ts"
import { jobDefinitionTable, streamDefinitionTable } from "../wire/ModelTables.ts"
import { planStreamName, workstationName } from "../wire/Naming.ts"
import { readPayload } from "../wire/Payload.ts"
import { findStreamV1, streamIdV1 } from "../wire/V1.ts"
import { json, orFail, route } from "./Exchange.ts"
import { conflict, type Draft, jobDraft } from "./JobDraft.ts"
import { answer, readPlan } from "./PlanRequest.ts"
import { modelRow, streamDraft } from "./SubmitRoutes.ts"
import { queryRoutes } from "./V1Query.ts"

const plan = "/twsd/plan/:plan_id"

/** Sample clients send times without a zone, in UTC and with microseconds, and `null` for what was not given. */
const text = Schema.optionalKey(Schema.NullOr(Schema.String))

/** `undefined` for everything that says nothing. */
const given = (value: string | null | undefined): string | undefined =>
  value === null || value === "" ? undefined : value

const instantOf = (value: string | null | undefined): DateTime.Utc | undefined =>
  Option.getOrUndefined(
    Option.flatMap(Option.fromUndefinedOr(given(value)), (time) =>
      DateTime.make(/(Z|[+-]\d\d:?\d\d)$/.test(time) ? time : `${time.slice(0, 23)}Z`)
    )
  )

const SubmitJob = Schema.Struct({ jobDefinitionId: Schema.String, alias: text })

const DraftedJob = Schema.Struct({
  job: Schema.Struct({
    name: text,
    streamId: text,
    jobDefinitionId: text,
    workstationName: text,
    jobDefinition: Schema.optionalKey(Schema.Struct({ taskString: text, userLogin: text }))
  })
})

const SubmitStream = Schema.Struct({ inputArrivalTime: text, alias: text })

const DraftedStream = Schema.Struct({
  inputArrivalTime: text,
  jobstream: Schema.Struct({ jobStreamDefinitionId: Schema.String, alias: text })
})

const AddedJob = Schema.Struct({
  header: Schema.Struct({
    jobDefinitionKey: Schema.Struct({ name: Schema.NonEmptyString, workstationName: Schema.String }),
    userLogin: text
  }),
  taskString: Schema.String
})

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

const all = (total: number) => ({ total, at: (row: number) => row })

const nameIn = (table: ReturnType<typeof jobDefinitionTable>) => {
  const read = table.fields("name")
  return (row: number): string => String(read(row)[0] ?? "")
}

const headers = [
  ...queryRoutes({
    base: "/twsd/model/jobdefinition",
    filter: "jobDefinitionFilter",
    rows: (one) => all(one.blueprint.jobs + one.added.length),
    test: (one, filter) =>
      definitionFilterV1(filter, "jobDefinitionName", nameIn(jobDefinitionTable(one)), (row) =>
        jobDefinitionOf(one, row).workstation.slice(1)
      ),
    view: (one, row) => {
      const { id, name, type, workstation } = jobDefinitionOf(one, row)
      const workstationName = workstation.slice(1)
      return { id, name, workstationName, jobDefinitionKey: { name, workstationName }, taskType: type }
    }
  }),
  ...queryRoutes({
    base: "/twsd/model/jobstream",
    filter: "jobstreamFilter",
    rows: (one) => all(one.blueprint.streams),
    test: (one, filter) =>
      definitionFilterV1(filter, "jobStreamName", nameIn(streamDefinitionTable(one)), (row) =>
        streamDefinitionOf(one, row).workstation.slice(1)
      ),
    view: (one, row) => {
      const { id, name, workstation } = streamDefinitionOf(one, row)
      return { id, name, key: { name, workstationKey: { name: workstation.slice(1) } } }
    }
  }),
  ...queryRoutes({
    base: "/twsd/model/workstation",
    filter: "workstationFilter",
    rows: (one) => all(one.workstations.length),
    test: (one, filter) =>
      definitionFilterV1(
        filter,
        "workstationName",
        (row) => workstationName(one, row),
        (row) => workstationName(one, row)
      ),
    view: (one, row) => ({
      id: modelId(one, IdKind.workstation, row),
      name: workstationName(one, row),
      type: one.workstations[row]?.definition.type ?? "AGENT"
    })
  }),
  ...queryRoutes({
    base: "/twsd/model/variabletable",
    filter: "variableTableFilter",
    rows: () => all(1),
    test: () => undefined,
    view: (one) => ({ id: modelId(one, IdKind.variableTable, 0), name: "MAIN_TABLE", isDefaultTable: true })
  })
]

const addJob = route("POST", "/twsd/model/jobdefinition", (exchange) =>
  Effect.gen(function* () {
    const simulator = yield* Simulator
    const { header, taskString } = yield* orFail(readPayload(AddedJob, yield* exchange.json))
    const key = header.jobDefinitionKey
    const workstation = yield* readPlan((one) => {
      const found = findWorkstation(one, key.workstationName)
      return found === undefined ? notFound("workstation", key.workstationName) : found
    })
    const row = yield* simulator.define({
      name: key.name,
      workstation,
      user: header.userLogin ?? "wauser",
      script: taskString
    })
    return yield* answer((one) => ({ id: modelId(one, IdKind.jobDefinition, row) }))
  })
)

const getStream = route("GET", "/twsd/model/jobstream/:id", (exchange) =>
  answer((one) => {
    const id = exchange.params["id"] ?? ""
    const row = modelRow(one, IdKind.streamDefinition, id, one.blueprint.streams)
    if (row === undefined) return notFound("job stream definition", id)
    const { name, workstation } = streamDefinitionOf(one, row)
    return { id, name, key: { name, workstationKey: { name: workstation.slice(1) } } }
  })
)

/** Submissions of V1, and the look-ups of definitions that lead to them. */
export const v1SubmitRoutes = [
  ...headers,
  addJob,
  getStream,
  submitJobDraft,
  makeJobDraft,
  submitAdHocJob,
  ...submitStreams
]
