import { Schema } from "effect"
import { CommonStatus } from "./CommonStatus.ts"
import { PromptStatus } from "./Dependency.ts"
import { JobId, JobStreamId } from "./Ids.ts"
import { Cursor, PageLimit } from "./Page.ts"
import { Instant } from "./Times.ts"

/** A name; `*` stands for any characters, `?` for one. */
export const NamePattern = Schema.NonEmptyString.check(Schema.isMaxLength(255))

const paging = {
  /** 1 to 1000; 100 when absent. */
  limit: Schema.optionalKey(PageLimit),
  cursor: Schema.optionalKey(Cursor)
}

const direction = Schema.optionalKey(Schema.Literals(["asc", "desc"]))

/** Which jobs, and in what order. Everything given must hold. */
export const JobQuery = Schema.Struct({
  /** Any of these, 1 to 100. */
  ids: Schema.optionalKey(Schema.Array(JobId).check(Schema.isMinLength(1), Schema.isMaxLength(100))),
  /** Any of these. */
  status: Schema.optionalKey(Schema.Array(CommonStatus)),
  workstation: Schema.optionalKey(NamePattern),
  jobStream: Schema.optionalKey(NamePattern),
  jobStreamId: Schema.optionalKey(JobStreamId),
  name: Schema.optionalKey(NamePattern),
  critical: Schema.optionalKey(Schema.Boolean),
  /** Scheduled at or after. */
  from: Schema.optionalKey(Instant),
  /** Scheduled before. */
  to: Schema.optionalKey(Instant),
  sort: Schema.optionalKey(Schema.Literals(["name", "workstation", "jobStream", "scheduledAt", "priority", "status"])),
  direction,
  /** Ask for dependencies too; dear on a large plan. */
  dependencies: Schema.optionalKey(Schema.Boolean),
  ...paging
}).annotate({ identifier: "JobQuery" })
export interface JobQuery extends Schema.Schema.Type<typeof JobQuery> {}

/** Which job streams, and in what order. */
export const JobStreamQuery = Schema.Struct({
  status: Schema.optionalKey(Schema.Array(CommonStatus)),
  workstation: Schema.optionalKey(NamePattern),
  name: Schema.optionalKey(NamePattern),
  from: Schema.optionalKey(Instant),
  to: Schema.optionalKey(Instant),
  sort: Schema.optionalKey(Schema.Literals(["name", "workstation", "scheduledAt", "priority", "status"])),
  direction,
  dependencies: Schema.optionalKey(Schema.Boolean),
  ...paging
}).annotate({ identifier: "JobStreamQuery" })
export interface JobStreamQuery extends Schema.Schema.Type<typeof JobStreamQuery> {}

/** Which workstations. */
export const WorkstationQuery = Schema.Struct({
  name: Schema.optionalKey(NamePattern),
  linked: Schema.optionalKey(Schema.Boolean),
  sort: Schema.optionalKey(Schema.Literals(["name", "type"])),
  direction,
  ...paging
}).annotate({ identifier: "WorkstationQuery" })
export interface WorkstationQuery extends Schema.Schema.Type<typeof WorkstationQuery> {}

/** Which resources. */
export const ResourceQuery = Schema.Struct({
  name: Schema.optionalKey(NamePattern),
  workstation: Schema.optionalKey(NamePattern),
  sort: Schema.optionalKey(Schema.Literals(["name", "workstation"])),
  direction,
  ...paging
}).annotate({ identifier: "ResourceQuery" })
export interface ResourceQuery extends Schema.Schema.Type<typeof ResourceQuery> {}

/** Which prompts. */
export const PromptQuery = Schema.Struct({
  status: Schema.optionalKey(Schema.Array(PromptStatus)),
  ...paging
}).annotate({ identifier: "PromptQuery" })
export interface PromptQuery extends Schema.Schema.Type<typeof PromptQuery> {}

/** Which definitions. */
export const ModelQuery = Schema.Struct({
  name: Schema.optionalKey(NamePattern),
  folder: Schema.optionalKey(NamePattern),
  workstation: Schema.optionalKey(NamePattern),
  ...paging
}).annotate({ identifier: "ModelQuery" })
export interface ModelQuery extends Schema.Schema.Type<typeof ModelQuery> {}

/** Which critical jobs. */
export const CriticalJobQuery = Schema.Struct({
  risk: Schema.optionalKey(Schema.Array(Schema.Literals(["HIGH_RISK", "POTENTIAL_RISK", "ON_TRACK"]))),
  /** 1 to 1000; 100 when absent. */
  limit: Schema.optionalKey(PageLimit)
}).annotate({ identifier: "CriticalJobQuery" })
export interface CriticalJobQuery extends Schema.Schema.Type<typeof CriticalJobQuery> {}
