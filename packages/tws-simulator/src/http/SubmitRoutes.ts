import { Effect } from "effect"
import { finalPostReports } from "../plan/Blueprint.ts"
import type { Plan } from "../plan/Plan.ts"
import { decode, encode, IdKind } from "../plan/Uuid.ts"
import { Simulator } from "../Simulator.ts"
import { findWorkstation, isTaken, readTask } from "../wire/AdHoc.ts"
import { type ApiError, badRequest, isApiError, notFound } from "../wire/ApiError.ts"
import { jobDefinitionTable, streamDefinitionTable } from "../wire/ModelTables.ts"
import { workstationName } from "../wire/Naming.ts"
import { AdHocJobOptions, readPayload, SubmitJobOptions, SubmitStreamOptions } from "../wire/Payload.ts"
import { selectAll, type Table } from "../wire/Select.ts"
import { type Exchange, integer, json, orFail, route } from "./Exchange.ts"
import { conflict, type Draft, jobDraft } from "./JobDraft.ts"
import { readPlan } from "./PlanRequest.ts"
import { millisOf } from "./RowAction.ts"

export const streamDraft =
  (definition: number, options: typeof SubmitStreamOptions.Type): Draft =>
  (serial) => ({
    _tag: "SubmitStream",
    serial,
    definition,
    at: millisOf(options.inputArrivalTime ?? options.earliestDate),
    alias: options.alias,
    priority: options.priority,
    limit: options.limit
  })

/** Orders what was drafted, and answers with the id that it will have once it is in the plan. */
export const submit = Effect.fnUntraced(function* (exchange: Exchange, kind: "job" | "jobstream", draft: Draft) {
  const simulator = yield* Simulator
  const serial = yield* simulator.serial
  yield* simulator.order([draft(serial)])
  const idKind = kind === "job" ? IdKind.submittedJob : IdKind.submittedStream
  const id = yield* simulator.read((plan) => encode(plan.blueprint.seed, idKind, 0, serial))
  return { id, url: `${exchange.url.origin}/twsd/api/v2/plan/${kind}/${id}` }
})

/** The number behind the id of something defined. */
export const modelRow = (plan: Plan, kind: IdKind, id: string, total: number): number | undefined => {
  const row = decode(plan.blueprint.seed, kind, 0, id)
  return row !== undefined && row < total ? row : undefined
}

const submitStreamById = route("POST", "/twsd/api/v2/plan/jobstream/:model_jobstream_id/submit", (exchange) =>
  Effect.gen(function* () {
    const options = yield* orFail(readPayload(SubmitStreamOptions, yield* exchange.json))
    const id = exchange.params["model_jobstream_id"] ?? ""
    const definition = yield* readPlan(
      (plan) =>
        modelRow(plan, IdKind.streamDefinition, id, plan.blueprint.streams) ?? notFound("job stream definition", id)
    )
    if (definition <= finalPostReports) {
      return yield* badRequest("The job stream FINAL is submitted by the scheduler itself.")
    }
    return json({ count: 1, results: [yield* submit(exchange, "jobstream", streamDraft(definition, options))] })
  })
)

const submitJobById = route("POST", "/twsd/api/v2/plan/job/:model_job_id/submit", (exchange) =>
  Effect.gen(function* () {
    const options = yield* orFail(readPayload(SubmitJobOptions, yield* exchange.json))
    const id = exchange.params["model_job_id"] ?? ""
    const draft = yield* readPlan((plan) => {
      const index = modelRow(plan, IdKind.jobDefinition, id, plan.blueprint.jobs + plan.added.length)
      return index === undefined
        ? notFound("job definition", id)
        : jobDraft(plan, index, { ...options, alias: options.alias, at: millisOf(options.earliestDate) })
    })
    return json(yield* submit(exchange, "job", draft))
  })
)

/** Drafts for every definition that the filter matches. */
const draftAll = (
  exchange: Exchange,
  table: Table,
  maximum: number,
  draft: (row: number) => Draft | ApiError
): ReadonlyArray<{ readonly name: string; readonly draft: Draft | ApiError }> | ApiError => {
  const query = { oql: exchange.query["oql"], planFilter: exchange.query["model_filter"] }
  if ((query.oql ?? "") === "" && (query.planFilter ?? "") === "") {
    return badRequest("One of the parameters oql and model_filter is required.")
  }
  const selected = selectAll(table, query, maximum)
  if (isApiError(selected)) return selected
  if (selected.more) return badRequest(`The filter matches more objects than max_object_affected (${maximum}) allows.`)
  return selected.rows.map((row) => ({ name: String(table.fields("name")(row)[0] ?? ""), draft: draft(row) }))
}

const submitAll = Effect.fnUntraced(function* (
  exchange: Exchange,
  kind: "job" | "jobstream",
  drafts: ReadonlyArray<{ readonly name: string; readonly draft: Draft | ApiError }>
) {
  const successful: Array<unknown> = []
  const failed: Array<unknown> = []
  for (const { draft, name } of drafts) {
    if (isApiError(draft)) {
      failed.push({ id: name, message: draft.messages.join(" "), isError: true, error: true })
    } else {
      successful.push({ ...(yield* submit(exchange, kind, draft)), isError: false, error: false })
    }
  }
  return json({ successfulResourceResponses: successful, failedResourceResponses: failed })
})

const submitByFilter = (kind: "job" | "jobstream") =>
  route("POST", `/twsd/api/v2/plan/${kind}/submit`, (exchange) =>
    Effect.gen(function* () {
      const body = yield* exchange.json
      const maximum = yield* orFail(integer(exchange, "max_object_affected", 1))
      const drafts = yield* readPlan((plan) => {
        if (kind === "job") {
          const options = readPayload(SubmitJobOptions, body)
          if (isApiError(options)) return options
          return draftAll(exchange, jobDefinitionTable(plan), maximum, (row) =>
            jobDraft(plan, row, { ...options, alias: options.alias, at: millisOf(options.earliestDate) })
          )
        }
        const options = readPayload(SubmitStreamOptions, body)
        if (isApiError(options)) return options
        return draftAll(exchange, streamDefinitionTable(plan), maximum, (row) => streamDraft(row, options))
      })
      return yield* submitAll(exchange, kind, drafts)
    })
  )

/** The draft of an ad hoc job, and the composite id that V1 and V2 alike answer with. */
export const adHocDraft = (
  plan: Plan,
  exchange: Exchange,
  options: typeof AdHocJobOptions.Type
): { readonly draft: Draft; readonly id: string } | ApiError => {
  const key = options.workstationKey ?? exchange.headers["default-workstation"] ?? "MDM"
  const workstation = findWorkstation(plan, key)
  if (workstation === undefined) return notFound("workstation", key)
  const task = readTask(options.task, options.alias)
  if (task === undefined) return badRequest("The task of the job is missing or of an unknown type.")
  if (task.script === "") return badRequest("The taskString of the job is missing.")
  const where = workstationName(plan, workstation)
  if (isTaken(plan, plan.adHocStreams.get(workstation), task.name)) return conflict(task.name, where)
  const at = millisOf(options.earliestDate)
  return {
    id: `${where};JOBS;${task.name}`,
    draft: (serial) => ({
      _tag: "SubmitJob",
      serial,
      stream: undefined,
      workstation,
      ...task,
      definition: undefined,
      priority: options.priority,
      at
    })
  }
}

/** The id that is answered is the composite one of V1; the UUID has to be looked for in the plan. */
const submitAdHoc = route("POST", "/twsd/api/v2/plan/job/submit-ad-hoc-job", (exchange) =>
  Effect.gen(function* () {
    const options = yield* orFail(readPayload(AdHocJobOptions, yield* exchange.json))
    const { draft, id } = yield* readPlan((plan) => adHocDraft(plan, exchange, options))
    yield* submit(exchange, "job", draft)
    return json({ id })
  })
)

export const submitRoutes = [
  submitStreamById,
  submitJobById,
  submitByFilter("job"),
  submitByFilter("jobstream"),
  submitAdHoc
]
