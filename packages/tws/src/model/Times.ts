import { Schema } from "effect"
import { openEnum } from "./OpenEnum.ts"

/** An instant. The scheduler speaks UTC; the object's own time zone, where it has one, stands beside it. */
export const Instant = Schema.DateTimeUtcFromString

/** A length of time, ISO 8601 in JSON (`PT12M`). */
export const Span = Schema.DurationFromIsoString

/** What is planned and measured about one execution. */
export const TimeInfo = Schema.Struct({
  estimatedDuration: Schema.optionalKey(Span),
  startedAt: Schema.optionalKey(Instant),
  endedAt: Schema.optionalKey(Instant),
  elapsed: Schema.optionalKey(Span)
}).annotate({ identifier: "TimeInfo" })
export interface TimeInfo extends Schema.Schema.Type<typeof TimeInfo> {}

/** The times an object must keep and what the engine does when it does not. */
export const TimeRestrictions = Schema.Struct({
  startTime: Schema.optionalKey(Instant),
  latestStartTime: Schema.optionalKey(Instant),
  latestStartAction: Schema.optionalKey(openEnum(["doNotRun", "continue", "cancel"])),
  deadline: Schema.optionalKey(Instant),
  deadlineAction: Schema.optionalKey(openEnum(["continue", "kill"])),
  minDuration: Schema.optionalKey(Span),
  minDurationAction: Schema.optionalKey(openEnum(["continue", "abend", "confirmed"])),
  maxDuration: Schema.optionalKey(Span),
  maxDurationAction: Schema.optionalKey(openEnum(["continue", "kill"]))
}).annotate({ identifier: "TimeRestrictions" })
export interface TimeRestrictions extends Schema.Schema.Type<typeof TimeRestrictions> {}
