import { Schema } from "effect"
import { JobStreamId } from "./Ids.ts"
import { Priority } from "./JobAction.ts"
import { Instant } from "./Times.ts"

/** The scheduler's names: a letter, then letters, digits, `-` and `_`, 40 characters at most. */
export const Alias = Schema.String.check(
  Schema.isPattern(/^[A-Za-z][A-Za-z0-9_-]{0,39}$/, { expected: "a scheduler name of 1 to 40 characters" })
)

const common = {
  alias: Schema.optionalKey(Alias),
  priority: Schema.optionalKey(Priority),
  /** When the engine is to reckon it as scheduled; now when absent. */
  scheduledAt: Schema.optionalKey(Instant),
  earliestStart: Schema.optionalKey(Instant),
  deadline: Schema.optionalKey(Instant),
  variables: Schema.optionalKey(Schema.Record(Schema.String, Schema.String)),
  variableTable: Schema.optionalKey(Schema.NonEmptyString)
}

/** How to bring a job stream of the model into the plan. */
export const JobStreamSubmission = Schema.Struct({
  ...common,
  /** How many of its jobs may run at once; -1 for no limit. */
  limit: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: -1, maximum: 1024 }))),
  carryForward: Schema.optionalKey(Schema.Boolean)
}).annotate({ identifier: "JobStreamSubmission" })
export interface JobStreamSubmission extends Schema.Schema.Type<typeof JobStreamSubmission> {}

/** How to bring a job of the model into the plan. */
export const JobSubmission = Schema.Struct({
  ...common,
  /** The job stream of the plan to join; the workstation's `JOBS` when absent. */
  jobStreamId: Schema.optionalKey(JobStreamId),
  workstation: Schema.optionalKey(Schema.NonEmptyString),
  critical: Schema.optionalKey(Schema.Boolean),
  requiresConfirmation: Schema.optionalKey(Schema.Boolean)
}).annotate({ identifier: "JobSubmission" })
export interface JobSubmission extends Schema.Schema.Type<typeof JobSubmission> {}

/** A job that no definition exists for. */
export const AdHocJob = Schema.Struct({
  ...common,
  workstation: Schema.NonEmptyString,
  task: Schema.Union([
    /** `text` is a command, or the path of a script when `script` is set. */
    Schema.TaggedStruct("Unix", {
      text: Schema.NonEmptyString,
      login: Schema.optionalKey(Schema.NonEmptyString),
      script: Schema.optionalKey(Schema.Boolean)
    }),
    Schema.TaggedStruct("Windows", {
      text: Schema.NonEmptyString,
      login: Schema.optionalKey(Schema.NonEmptyString),
      script: Schema.optionalKey(Schema.Boolean)
    }),
    /** An advanced job type, described by its JSDL document. */
    Schema.TaggedStruct("Jsdl", { document: Schema.NonEmptyString })
  ]),
  critical: Schema.optionalKey(Schema.Boolean),
  requiresConfirmation: Schema.optionalKey(Schema.Boolean)
}).annotate({ identifier: "AdHocJob" })
export interface AdHocJob extends Schema.Schema.Type<typeof AdHocJob> {}
