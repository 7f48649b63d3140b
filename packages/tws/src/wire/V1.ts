import { Schema } from "effect"
import { compact } from "../internal/compact.ts"
import { CommonStatus } from "../model/CommonStatus.ts"
import * as Model from "../model/CriticalJob.ts"
import type { ImpactedJob } from "../model/Impact.ts"
import { commonStatusOf } from "./CompositeStatus.ts"
import { field, flag, instant, instantOf, text } from "./Field.ts"

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

/** `NodeStatus`, or the bare word. */
const Status = field(
  Schema.Union([Schema.String, Schema.Struct({ commonStatus: field(CommonStatus), internalStatus: text })])
)

/** `JobInPlanOnCriticalNetwork` */
export const CriticalJob = Schema.Struct({
  ...named,
  status: Status,
  criticalNetworkInfo: field(
    Schema.Struct({
      alertLevel: field(Model.CriticalJob.fields.risk),
      criticalStartTime: instant,
      estimatedEndTime: instant,
      estimatedEnd: instant,
      deadline: instant
    })
  ),
  timeRestriction: field(Schema.Struct({ deadlineTime: instant })),
  timeInfo: field(Schema.Struct({ estimatedEndTime: instant }))
})

/** The critical job in the words of the model. A job without a reckoned risk is on track. */
export const toCriticalJob = (wire: typeof CriticalJob.Type): Model.CriticalJob => {
  const network = wire.criticalNetworkInfo
  const status = typeof wire.status === "string" ? { internalStatus: wire.status } : (wire.status ?? {})
  return {
    ...toNamed(wire),
    commonStatus: commonStatusOf(
      "commonStatus" in status ? status.commonStatus : undefined,
      status.internalStatus ?? undefined
    ),
    risk: network?.alertLevel ?? "ON_TRACK",
    ...compact({
      deadline: instantOf(network?.deadline) ?? instantOf(wire.timeRestriction?.deadlineTime),
      estimatedEnd:
        instantOf(network?.estimatedEndTime) ??
        instantOf(network?.estimatedEnd) ??
        instantOf(wire.timeInfo?.estimatedEndTime),
      criticalStart: instantOf(network?.criticalStartTime)
    })
  }
}

const successors = field(Schema.Array(Schema.Struct(named)))

/**
 * `JobInPlanSuccessorsResult`: the jobs that a rerun would take along, those of the own job stream apart from the others. The
 * bare list is accepted as well.
 */
export const SuccessorsPreview = Schema.Union([
  Schema.Array(Schema.Struct(named)),
  Schema.Struct({
    internalSuccessors: successors,
    externalSuccessors: successors,
    successors,
    jobs: successors,
    maxJobsReached: flag
  })
])

/** The successors in the words of the model, and whether there are more than the engine would take along. */
export const toImpact = (
  wire: typeof SuccessorsPreview.Type
): { readonly jobs: ReadonlyArray<ImpactedJob>; readonly tooMany: boolean } =>
  "length" in wire
    ? { jobs: wire.map(toNamed), tooMany: false }
    : {
        jobs: [wire.internalSuccessors, wire.externalSuccessors, wire.successors, wire.jobs]
          .flatMap((list) => list ?? [])
          .map(toNamed),
        tooMany: wire.maxJobsReached ?? false
      }
