import { Schema } from "effect"
import { compact } from "../internal/compact.ts"
import * as Model from "../model/CriticalJob.ts"
import { type ImpactedJob } from "../model/Impact.ts"
import { commonStatusOf } from "./CompositeStatus.ts"
import { field, instant, text } from "./Field.ts"

/** The keys by which V1 names a job: `key.name`, `key.workstationKey.name`, `jobStreamInPlan.name`. */
const named = {
  id: Schema.String,
  name: text,
  key: field(Schema.Struct({ name: text, workstationKey: field(Schema.Struct({ name: text })) })),
  jobStreamInPlan: field(Schema.Struct({ name: text })),
  jobStreamName: text,
  workstationName: text
} as const

interface Named {
  readonly id: string
  readonly name?: string | null | undefined
  readonly key?:
    | {
        readonly name?: string | null | undefined
        readonly workstationKey?: { readonly name?: string | null | undefined } | null | undefined
      }
    | null
    | undefined
  readonly jobStreamInPlan?: { readonly name?: string | null | undefined } | null | undefined
  readonly jobStreamName?: string | null | undefined
  readonly workstationName?: string | null | undefined
}

/** Where a field is missing, the composite id `WORKSTATION;JOBSTREAM_ID;JOB` still tells the names. */
const toNamed = (wire: Named) => {
  const parts = wire.id.split(";")
  return {
    id: wire.id,
    name: wire.key?.name ?? wire.name ?? parts.at(-1) ?? wire.id,
    ...compact({
      jobStream: wire.jobStreamInPlan?.name ?? wire.jobStreamName,
      workstation: wire.key?.workstationKey?.name ?? wire.workstationName ?? (parts.length === 3 ? parts[0] : undefined)
    })
  }
}

const Status = field(Schema.Union([Schema.String, Schema.Struct({ status: text, internalStatus: text })]))

/** `JobInPlanOnCriticalNetwork` */
export const CriticalJob = Schema.Struct({
  ...named,
  status: Status,
  criticalNetworkInfo: field(
    Schema.Struct({
      alertLevel: field(Model.CriticalJob.fields.risk),
      criticalStartTime: instant,
      estimatedEndTime: instant,
      deadline: instant
    })
  ),
  timeRestriction: field(Schema.Struct({ deadlineTime: instant })),
  timeInfo: field(Schema.Struct({ estimatedEndTime: instant }))
})

/** The critical job in the words of the model. A job without a reckoned risk is on track. */
export const toCriticalJob = (wire: typeof CriticalJob.Type): Model.CriticalJob => {
  const network = wire.criticalNetworkInfo
  const status =
    typeof wire.status === "string" ? wire.status : (wire.status?.status ?? wire.status?.internalStatus ?? undefined)
  return {
    ...toNamed(wire),
    commonStatus: commonStatusOf(undefined, status),
    risk: network?.alertLevel ?? "ON_TRACK",
    ...compact({
      deadline: network?.deadline ?? wire.timeRestriction?.deadlineTime,
      estimatedEnd: network?.estimatedEndTime ?? wire.timeInfo?.estimatedEndTime,
      criticalStart: network?.criticalStartTime
    })
  }
}

const Successor = Schema.Struct(named)

/** `JobInPlanSuccessorsResult`: the jobs that a rerun would take along. */
export const SuccessorsPreview = Schema.Union([
  Schema.Array(Successor),
  Schema.Struct({
    jobInPlanSuccessors: field(Schema.Array(Successor)),
    successors: field(Schema.Array(Successor)),
    jobs: field(Schema.Array(Successor)),
    maxJobsReached: field(Schema.Boolean)
  })
])

/** The successors in the words of the model. */
export const toImpactedJobs = (wire: typeof SuccessorsPreview.Type): ReadonlyArray<ImpactedJob> =>
  ("length" in wire ? wire : (wire.jobInPlanSuccessors ?? wire.successors ?? wire.jobs ?? [])).map(toNamed)
