import { Effect } from "effect"
import { modelId } from "../plan/PlanId.ts"
import { IdKind } from "../plan/Uuid.ts"
import { Simulator } from "../Simulator.ts"
import { findWorkstation } from "../wire/AdHoc.ts"
import { notFound } from "../wire/ApiError.ts"
import { definitionFilterV1 } from "../wire/FilterV1.ts"
import { jobDefinitionOf, streamDefinitionOf } from "../wire/ModelDefinition.ts"
import { jobDefinitionTable, streamDefinitionTable } from "../wire/ModelTables.ts"
import { workstationName } from "../wire/Naming.ts"
import { readPayload } from "../wire/Payload.ts"
import { AddedJob } from "../wire/PayloadV1.ts"
import { orFail, route } from "./Exchange.ts"
import { answer, readPlan } from "./PlanRequest.ts"
import { modelRow } from "./SubmitRoutes.ts"
import { queryRoutes } from "./V1Query.ts"

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

/** Look-ups of definitions in V1, and the one way to add to them. */
export const v1ModelRoutes = [...headers, addJob, getStream]
