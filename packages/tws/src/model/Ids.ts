import { Schema } from "effect"

/** The V2 API identifies plan and model objects by UUIDs of any version: 8-4-4-4-12 hexadecimal digits. */
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

const Uuid = Schema.String.check(Schema.isPattern(uuid, { expected: "a UUID" }))

/** A job of the plan. Ids are given anew when the plan is created; a job's `persistentId` outlives that. */
export const JobId = Uuid.pipe(Schema.brand("@resync/tws/JobId"))
export type JobId = typeof JobId.Type

/** One run of a job: a rerun adds a run and leaves the job's own id as it is. */
export const JobRunId = Uuid.pipe(Schema.brand("@resync/tws/JobRunId"))
export type JobRunId = typeof JobRunId.Type

/** A job stream of the plan. */
export const JobStreamId = Uuid.pipe(Schema.brand("@resync/tws/JobStreamId"))
export type JobStreamId = typeof JobStreamId.Type

/** A workstation of the plan. */
export const WorkstationId = Uuid.pipe(Schema.brand("@resync/tws/WorkstationId"))
export type WorkstationId = typeof WorkstationId.Type

/** A resource of the plan. */
export const ResourceId = Uuid.pipe(Schema.brand("@resync/tws/ResourceId"))
export type ResourceId = typeof ResourceId.Type

/** A prompt of the plan: a UUID on engines that list prompts by V2, a composite text on those that know V1 only. */
export const PromptId = Schema.String.check(
  Schema.isPattern(/^[^\p{Cc}]{1,256}$/u, { expected: "1 to 256 printable characters" })
).pipe(Schema.brand("@resync/tws/PromptId"))
export type PromptId = typeof PromptId.Type

/** An object of the model (the database of definitions), as opposed to the plan. */
export const ModelObjectId = Uuid.pipe(Schema.brand("@resync/tws/ModelObjectId"))
export type ModelObjectId = typeof ModelObjectId.Type
