import { Schema } from "effect"

/** Which part of a job's log to read. Lines count from 1 and both ends are included. */
export const JobLogOptions = Schema.Struct({
  fromLine: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThan(0))),
  toLine: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThan(0))),
  /** Leave out the frame that the agent writes around the job's own output. */
  contentOnly: Schema.optionalKey(Schema.Boolean)
})
export interface JobLogOptions extends Schema.Schema.Type<typeof JobLogOptions> {}
