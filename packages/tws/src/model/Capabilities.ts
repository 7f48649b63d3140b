import { Schema } from "effect"

/**
 * What differs between engines of the 10.x line. 10.1 walks the dependency graph itself and counts job streams; 10.2.8
 * has neither, but lists prompts and files.
 */
export const Capabilities = Schema.Struct({
  engineVersion: Schema.String,
  jobGraph: Schema.Boolean,
  jobStreamGraph: Schema.Boolean,
  jobStreamCount: Schema.Boolean,
  prompts: Schema.Boolean,
  files: Schema.Boolean,
  /** What the answer rests on: the engine's own description of its API, or what its calls answered so far. */
  source: Schema.Literals(["specification", "observation"])
}).annotate({ identifier: "Capabilities" })
export interface Capabilities extends Schema.Schema.Type<typeof Capabilities> {}
