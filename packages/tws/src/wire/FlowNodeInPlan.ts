import { Schema } from "effect"
import { compact } from "../internal/compact.ts"
import { CommonStatus } from "../model/CommonStatus.ts"
import type * as Model from "../model/FlowNode.ts"
import { JobId, JobStreamId } from "../model/Ids.ts"
import { commonStatusOf } from "./CompositeStatus.ts"
import { field, instant, instantOf, text } from "./Field.ts"

const status = field(Schema.Struct({ status: text }))

/** `FlowNodeInPlanV2`: a job or a job stream, by its `flowNodeType`, with the fields of either. */
export const FlowNodeInPlan = Schema.Struct({
  flowNodeType: text,
  id: JobId,
  name: Schema.String,
  workstation: text,
  schedTime: instant,
  jobStreamName: text,
  lastRunCommonStatus: field(CommonStatus),
  lastRunCompositeStatus: status,
  commonStatus: field(CommonStatus),
  compositeStatus: status
})

/** The neighbour in the words of the model. */
export const toFlowNode = (wire: typeof FlowNodeInPlan.Type): Model.FlowNode => {
  const place = {
    name: wire.name,
    ...compact({ workstation: wire.workstation, scheduledAt: instantOf(wire.schedTime) })
  }
  return wire.flowNodeType === "JOBSTREAM"
    ? {
        _tag: "JobStream",
        id: JobStreamId.make(wire.id),
        ...place,
        commonStatus: commonStatusOf(wire.commonStatus, wire.compositeStatus?.status ?? undefined)
      }
    : {
        _tag: "Job",
        id: wire.id,
        ...place,
        ...compact({ jobStreamName: wire.jobStreamName }),
        commonStatus: commonStatusOf(wire.lastRunCommonStatus, wire.lastRunCompositeStatus?.status ?? undefined)
      }
}
