import { Schema } from "effect"
import { compact } from "../internal/compact.ts"
import type * as Model from "../model/Times.ts"
import { TimeRestrictions as Restrictions } from "../model/Times.ts"
import { field, instant, span } from "./Field.ts"

/** `TimeInfoV2` */
export const TimeInfo = Schema.Struct({
  estimatedDuration: span,
  actualStartTime: instant,
  actualEndTime: instant,
  elapsedTime: span
})

export const toTimeInfo = (wire: typeof TimeInfo.Type | null | undefined): Model.TimeInfo =>
  compact({
    estimatedDuration: wire?.estimatedDuration,
    startedAt: wire?.actualStartTime,
    endedAt: wire?.actualEndTime,
    elapsed: wire?.elapsedTime
  })

const { latestStartAction, deadlineAction, minDurationAction, maxDurationAction } = Restrictions.fields

/** `TimeRestrictionsInPlanV2` */
export const TimeRestrictions = Schema.Struct({
  startTime: instant,
  latestStartTime: instant,
  lateStartAction: field(latestStartAction.schema),
  deadlineTime: instant,
  lateAction: field(deadlineAction.schema),
  minDuration: span,
  minDurationAction: field(minDurationAction.schema),
  maxDuration: span,
  maxDurationAction: field(maxDurationAction.schema)
})

export const toTimeRestrictions = (wire: typeof TimeRestrictions.Type | null | undefined): Model.TimeRestrictions =>
  compact({
    startTime: wire?.startTime,
    latestStartTime: wire?.latestStartTime,
    latestStartAction: wire?.lateStartAction,
    deadline: wire?.deadlineTime,
    deadlineAction: wire?.lateAction,
    minDuration: wire?.minDuration,
    minDurationAction: wire?.minDurationAction,
    maxDuration: wire?.maxDuration,
    maxDurationAction: wire?.maxDurationAction
  })
