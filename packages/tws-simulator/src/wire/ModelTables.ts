import { valuesAt } from "../oql/OqlEvaluate.ts"
import { parsePlanFilter } from "../oql/PlanFilter.ts"
import { firstJobOf, hour, streamOfJob } from "../plan/Blueprint.ts"
import { jobName } from "../plan/JobDefinition.ts"
import type { Plan } from "../plan/Plan.ts"
import { modelId } from "../plan/PlanId.ts"
import { areas, streamName } from "../plan/StreamDefinition.ts"
import { decode, IdKind } from "../plan/Uuid.ts"
import { isoDate } from "./Instant.ts"
import { jobDefinitionOf, jobKeyOf, located, streamDefinitionOf, streamKeyOf } from "./ModelDefinition.ts"
import { folderIdOf, folders, workstationName } from "./Naming.ts"
import type { Table } from "./Select.ts"

/** A kind of definitions that can be looked up. */
export interface ModelKind {
  readonly path: string
  readonly parameter: string
  readonly kind: string
  readonly idKind: IdKind
  total(plan: Plan): number
  key(plan: Plan, row: number): string
  definition(plan: Plan, row: number): Record<string, unknown>
}

/** The prompts that are defined: those of the plan that are not there to restart a job. */
const globalPrompts = (plan: Plan): number => plan.promptOfStream.size

const jobDefinitions: ModelKind = {
  path: "jobdefinition",
  parameter: "jobDefinition_id",
  kind: "JobDefinition",
  idKind: IdKind.jobDefinition,
  total: (plan) => plan.blueprint.jobs + plan.added.length,
  key: jobKeyOf,
  definition: jobDefinitionOf
}

const streamDefinitions: ModelKind = {
  path: "jobstream",
  parameter: "jobStream_id",
  kind: "JobStream",
  idKind: IdKind.streamDefinition,
  total: (plan) => plan.blueprint.streams,
  key: streamKeyOf,
  definition: streamDefinitionOf
}

/** Kinds that a site may leave empty, as this one does. */
const emptyKinds: ReadonlyArray<ModelKind> = (
  [
    ["credentials", "credentials_id", "Credentials"],
    ["runcyclegroup", "runCycleGroup_id", "RunCycleGroup"],
    ["variable", "variable_id", "Variable"],
    ["workloadapplicationtemplate", "workloadApplicationTemplate_id", "WorkloadApplicationTemplate"],
    ["workstationclass", "workstationClass_id", "WorkstationClass"]
  ] as const
).map(([path, parameter, kind]) => ({
  path,
  parameter,
  kind,
  idKind: IdKind.engine,
  total: () => 0,
  key: () => "",
  definition: () => ({})
}))

/** All kinds of definitions under `/model`. */
export const modelKinds: ReadonlyArray<ModelKind> = [
  jobDefinitions,
  streamDefinitions,
  {
    path: "workstation",
    parameter: "workstation_id",
    kind: "Workstation",
    idKind: IdKind.workstation,
    total: (plan) => plan.workstations.length,
    key: (plan, row) => `/${workstationName(plan, row)}`,
    definition: (plan, row) => {
      const one = plan.workstations[row]?.definition
      return {
        id: modelId(plan, IdKind.workstation, row),
        type: one?.type ?? "AGENT",
        folderId: folderIdOf(plan, "/"),
        folder: "/",
        name: one?.name ?? "",
        description: one?.description ?? "",
        timeZone: one?.timeZone ?? "UTC",
        licenseType: "perServer",
        os: one?.os ?? "OTHER",
        nodeName: one?.node ?? "",
        tcpPort: 31_114,
        options: ["autolink"],
        domain: "MASTERDM"
      }
    }
  },
  {
    path: "calendar",
    parameter: "calendar_id",
    kind: "Calendar",
    idKind: IdKind.calendar,
    total: (plan) => plan.blueprint.calendars.length,
    key: (plan, row) => `/${plan.blueprint.calendars[row] ?? ""}`,
    definition: (plan, row) => ({
      id: modelId(plan, IdKind.calendar, row),
      folderId: folderIdOf(plan, "/"),
      folder: "/",
      name: plan.blueprint.calendars[row] ?? "",
      description: "Days on which work is planned",
      dates: Array.from({ length: 12 }, (_, month) => isoDate(plan.dayStart + month * 30 * 24 * hour))
    })
  },
  {
    path: "prompt",
    parameter: "prompt_id",
    kind: "Prompt",
    idKind: IdKind.promptDefinition,
    total: globalPrompts,
    key: (plan, row) => `/${plan.prompts[row]?.name ?? ""}`,
    definition: (plan, row) => ({
      id: modelId(plan, IdKind.promptDefinition, row),
      folderId: folderIdOf(plan, "/"),
      folder: "/",
      name: plan.prompts[row]?.name ?? "",
      text: plan.prompts[row]?.text ?? ""
    })
  },
  {
    path: "resource",
    parameter: "resource_id",
    kind: "Resource",
    idKind: IdKind.resourceDefinition,
    total: (plan) => plan.resources.length,
    key: (plan, row) =>
      `/${workstationName(plan, plan.resources[row]?.workstation ?? 0)}#/${plan.resources[row]?.name ?? ""}`,
    definition: (plan, row) => ({
      id: modelId(plan, IdKind.resourceDefinition, row),
      ...located(plan, "/", plan.resources[row]?.workstation ?? 0),
      name: plan.resources[row]?.name ?? "",
      quantity: plan.resources[row]?.quantity ?? 0
    })
  },
  {
    path: "folder",
    parameter: "folder_id",
    kind: "Folder",
    idKind: IdKind.folder,
    total: () => folders.length,
    key: (_, row) => folders[row] ?? "/",
    definition: (plan, row) => {
      const path = folders[row] ?? "/"
      const parent = row === 0 ? undefined : row === 1 ? "/" : "/PROD"
      return {
        id: modelId(plan, IdKind.folder, row),
        ...(parent === undefined ? {} : { parent, parentId: folderIdOf(plan, parent) }),
        folder: parent ?? "/",
        name: row === 0 ? "/" : row === 1 ? "PROD" : (areas[row - 2] ?? path)
      }
    }
  },
  {
    path: "domain",
    parameter: "domain_id",
    kind: "Domain",
    idKind: IdKind.domain,
    total: () => 1,
    key: () => "MASTERDM",
    definition: (plan) => ({
      id: modelId(plan, IdKind.domain, 0),
      name: "MASTERDM",
      description: "Master domain",
      master: true,
      managerWorkstation: "/MDM"
    })
  },
  {
    path: "variabletable",
    parameter: "variableTable_id",
    kind: "VariableTable",
    idKind: IdKind.variableTable,
    total: () => 1,
    key: () => "/MAIN_TABLE",
    definition: (plan) => ({
      id: modelId(plan, IdKind.variableTable, 0),
      folderId: folderIdOf(plan, "/"),
      folder: "/",
      name: "MAIN_TABLE",
      description: "Default variable table"
    })
  },
  ...emptyKinds
]

/** The definitions of a kind as something to select from; a model filter is in the syntax of composer. */
export const modelTable = (plan: Plan, kind: ModelKind, baseFolder?: string): Table => {
  const hasOwner = kind === jobDefinitions || kind === streamDefinitions || kind.path === "resource"
  return {
    total: kind.total(plan),
    fields: (path) => {
      const name = path.replace(/^(def|key)\./, "")
      return (row) => valuesAt(cheap(plan, kind, row, name), name)
    },
    find: (id) => decode(plan.blueprint.seed, kind.idKind, 0, id),
    planFilter: (source) => {
      const filter = parsePlanFilter(source, hasOwner ? "stream" : "workstation", baseFolder)
      return (row) => {
        const key = kind.key(plan, row)
        const hash = key.indexOf("#")
        const path = key.slice(hash + 1)
        const slashAt = path.lastIndexOf("/")
        const folder = path.slice(0, Math.max(0, slashAt)) || "/"
        const name = path.slice(slashAt + 1)
        if (!hasOwner) return filter.workstation(folder, name)
        return filter.workstation("/", key.slice(1, Math.max(1, hash))) && filter.stream(folder, name)
      }
    }
  }
}

/** The name of a definition without the rest of it, for that is what most filters ask for. */
const cheap = (plan: Plan, kind: ModelKind, row: number, field: string): unknown => {
  if (field !== "name") return kind.definition(plan, row)
  if (kind === streamDefinitions) return { name: streamName(plan.blueprint, row) }
  if (kind !== jobDefinitions || row >= plan.blueprint.jobs) return kind.definition(plan, row)
  const stream = streamOfJob(plan.blueprint, row)
  return { name: jobName(plan.blueprint, stream, row - firstJobOf(plan.blueprint, stream)) }
}

export const jobDefinitionTable = (plan: Plan): Table => modelTable(plan, jobDefinitions)
export const streamDefinitionTable = (plan: Plan): Table => modelTable(plan, streamDefinitions)
