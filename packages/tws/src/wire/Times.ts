import { Schema, type Types } from "effect"
import { compact } from "../internal/compact.ts"
import type * as Model from "../model/Times.ts"
import { TimeRestrictions as Restrictions } from "../model/Times.ts"
import { field, instant, instantOf, isGiven, span, spanOf } from "./Field.ts"

/** `TimeInfoV2` */
export const TimeInfo = Schema.Struct({
  estimatedDuration: span,
  actualStartTime: instant,
  actualEndTime: instant,
  elapsedTime: span
})

export const toTimeInfo = (wire: typeof TimeInfo.Type | null | undefined): Model.TimeInfo => {
  const time: Types.Mutable<Model.TimeInfo> = {}
  const estimatedDuration = spanOf(wire?.estimatedDuration)
  const startedAt = instantOf(wire?.actualStartTime)
  const endedAt = instantOf(wire?.actualEndTime)
  const elapsed = spanOf(wire?.elapsedTime)
  if (estimatedDuration !== undefined) time.estimatedDuration = estimatedDuration
  if (startedAt !== undefined) time.startedAt = startedAt
  if (endedAt !== undefined) time.endedAt = endedAt
  if (elapsed !== undefined) time.elapsed = elapsed
  return time
}

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

export const toTimeRestrictions = (wire: typeof TimeRestrictions.Type | null | undefined): Model.TimeRestrictions => {
  if (!isGiven(wire)) return {}
  return compact({
    startTime: instantOf(wire.startTime),
    latestStartTime: instantOf(wire.latestStartTime),
    latestStartAction: wire.lateStartAction,
    deadline: instantOf(wire.deadlineTime),
    deadlineAction: wire.lateAction,
    minDuration: spanOf(wire.minDuration),
    minDurationAction: wire.minDurationAction,
    maxDuration: spanOf(wire.maxDuration),
    maxDurationAction: wire.maxDurationAction
  })
}
