import { Option, Schema } from "effect"
import { like } from "../oql/Like.ts"
import { statusName } from "../plan/JobStatus.ts"
import { workstationOf } from "../plan/Launch.ts"
import type { Plan } from "../plan/Plan.ts"
import type { CriticalNetwork } from "./CriticalNetwork.ts"
import { isoSeconds } from "./Instant.ts"
import { jobCommonStatus } from "./JobStatusV2.ts"
import { streamCommonStatus, streamStatus } from "./JobStreamStatusV2.ts"
import { deadlineOf } from "./JobV2.ts"
import { planJobName, planStreamName, workstationName } from "./Naming.ts"

/** The fields of a V1 filter, whatever their kind. */
export type FilterV1 = Readonly<Record<string, unknown>>

const Body = Schema.Struct({ filters: Schema.optionalKey(Schema.Record(Schema.String, Schema.Unknown)) })

/** The filter object of this name in the body of a query; empty when there is none. */
export const readFilter = (body: unknown, name: string): FilterV1 => {
  const found = Option.flatMapNullishOr(Schema.decodeUnknownOption(Body)(body), ({ filters }) => filters?.[name])
  return Option.getOrElse(
    Option.flatMap(found, Schema.decodeUnknownOption(Schema.Record(Schema.String, Schema.Unknown))),
    () => ({})
  )
}

type Test = (row: number) => boolean

/** A name with wildcards: V1 knows `*` beside `@`. */
const nameTest = (filter: FilterV1, field: string, read: (row: number) => string): ReadonlyArray<Test> => {
  const pattern = filter[field]
  if (typeof pattern !== "string" || pattern === "") return []
  const test = like(pattern.replaceAll("*", "@").replace(/^\//, ""))
  return [(row) => test(read(row))]
}

const listTest = (filter: FilterV1, field: string, read: (row: number) => string): ReadonlyArray<Test> => {
  const values = filter[field]
  if (!Array.isArray(values) || values.length === 0) return []
  const wanted = new Set(values.map(String))
  return [(row) => wanted.has(read(row))]
}

const equalTest = (filter: FilterV1, field: string, read: (row: number) => unknown): ReadonlyArray<Test> => {
  const value = filter[field]
  return value === undefined || value === null ? [] : [(row) => String(read(row)) === String(value)]
}

const all = (tests: ReadonlyArray<Test>): Test | undefined =>
  tests.length === 0 ? undefined : (row) => tests.every((test) => test(row))

/** A time without a zone, to the second, however it was written. */
const seconds = (value: unknown): string => String(value).slice(0, 19)

const arrivalTest = (plan: Plan, filter: FilterV1, streamOf: (row: number) => number): ReadonlyArray<Test> => {
  const value = filter["inputArrivalTime"]
  if (typeof value !== "string") return []
  return [(row) => isoSeconds(plan.streams.sched.get(streamOf(row))) === seconds(value)]
}

export const jobFilterV1 = (plan: Plan, filter: FilterV1): Test | undefined =>
  all([
    ...nameTest(filter, "jobName", (job) => planJobName(plan, job)),
    ...nameTest(filter, "workstationName", (job) => workstationName(plan, workstationOf(plan, job))),
    ...nameTest(filter, "jobStreamName", (job) => planStreamName(plan, plan.jobs.stream.get(job))),
    ...listTest(filter, "statusList", (job) => jobCommonStatus(plan, job)),
    ...listTest(filter, "internalStatusList", (job) => statusName(plan.jobs.status.get(job))),
    ...equalTest(filter, "priority", (job) => plan.jobs.priority.get(job)),
    ...equalTest(filter, "returnCode", (job) => plan.jobs.returnCode.get(job)),
    ...equalTest(filter, "critical", (job) => deadlineOf(plan, job) !== undefined),
    ...arrivalTest(plan, filter, (job) => plan.jobs.stream.get(job))
  ])

export const streamFilterV1 = (plan: Plan, filter: FilterV1): Test | undefined =>
  all([
    ...nameTest(filter, "jobStreamName", (stream) => planStreamName(plan, stream)),
    ...nameTest(filter, "workstationName", (stream) => workstationName(plan, plan.streams.workstation.get(stream))),
    ...listTest(filter, "statusList", (stream) => streamCommonStatus(plan, stream)),
    ...listTest(filter, "internalStatusList", (stream) => streamStatus(plan, stream)),
    ...equalTest(filter, "priority", (stream) => plan.streams.priority.get(stream)),
    ...arrivalTest(plan, filter, (stream) => stream)
  ])

export const workstationFilterV1 = (plan: Plan, filter: FilterV1): Test | undefined =>
  all(nameTest(filter, "workstationName", (row) => workstationName(plan, row)))

export const promptFilterV1 = (plan: Plan, filter: FilterV1): Test | undefined =>
  all([
    ...nameTest(filter, "promptName", (row) => plan.prompts[row]?.name ?? ""),
    ...listTest(filter, "statusList", (row) => plan.prompts[row]?.status ?? "")
  ])

export const resourceFilterV1 = (plan: Plan, filter: FilterV1): Test | undefined =>
  all([
    ...nameTest(filter, "resourceName", (row) => plan.resources[row]?.name ?? ""),
    ...nameTest(filter, "workstationName", (row) => workstationName(plan, plan.resources[row]?.workstation ?? 0))
  ])

export const criticalFilterV1 = (
  plan: Plan,
  filter: FilterV1,
  networks: ReadonlyArray<CriticalNetwork>
): Test | undefined =>
  all([
    ...nameTest(filter, "jobName", (row) => planJobName(plan, networks[row]?.job ?? 0)),
    ...nameTest(filter, "jobStreamName", (row) => planStreamName(plan, plan.jobs.stream.get(networks[row]?.job ?? 0))),
    ...nameTest(filter, "workstationName", (row) =>
      workstationName(plan, workstationOf(plan, networks[row]?.job ?? 0))
    ),
    ...listTest(filter, "alertLevelList", (row) => networks[row]?.risk ?? ""),
    ...listTest(filter, "statusList", (row) => jobCommonStatus(plan, networks[row]?.job ?? 0))
  ])

/** Filters of definitions: a name and a workstation. */
export const definitionFilterV1 = (
  filter: FilterV1,
  nameField: string,
  nameOf: (row: number) => string,
  workstation: (row: number) => string
): Test | undefined =>
  all([...nameTest(filter, nameField, nameOf), ...nameTest(filter, "workstationName", workstation)])
