import { Schema } from "effect"

/** A job that a rerun would run again. */
export const ImpactedJob = Schema.Struct({
  /** The V1 id, `WORKSTATION;JOBSTREAM_ID;JOB`. */
  id: Schema.String,
  name: Schema.String,
  jobStream: Schema.optionalKey(Schema.String),
  workstation: Schema.optionalKey(Schema.String)
}).annotate({ identifier: "ImpactedJob" })
export interface ImpactedJob extends Schema.Schema.Type<typeof ImpactedJob> {}

/** What a rerun with successors would touch, asked before it is done. */
export const Impact = Schema.Struct({
  jobs: Schema.Array(ImpactedJob),
  /** True when the engine's own bound on the successors of a rerun (1000 by default) would be passed. */
  tooMany: Schema.Boolean,
  /** Who reckoned: the engine itself, or this client by walking the graph where the engine has no preview. */
  source: Schema.Literals(["engine", "graph"])
}).annotate({ identifier: "Impact" })
export interface Impact extends Schema.Schema.Type<typeof Impact> {}
