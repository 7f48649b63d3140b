import { Schema } from "effect"
import { ModelObjectId } from "./Ids.ts"

/** The kinds of definitions that can be looked up. The word is the one in the API's path. */
export const ModelKind = Schema.Literals([
  "calendar",
  "domain",
  "folder",
  "jobdefinition",
  "jobstream",
  "prompt",
  "resource",
  "runcyclegroup",
  "variabletable",
  "workstation",
  "workstationclass"
])
export type ModelKind = typeof ModelKind.Type

/** A definition in the scheduler's database. */
export const ModelObject = Schema.Struct({
  kind: ModelKind,
  /** Absent on objects that the user may not open. */
  id: Schema.optionalKey(ModelObjectId),
  /** `/WORKSTATION#/FOLDER/NAME`. */
  key: Schema.optionalKey(Schema.String),
  name: Schema.String,
  folder: Schema.optionalKey(Schema.String),
  workstation: Schema.optionalKey(Schema.String),
  description: Schema.optionalKey(Schema.String),
  /** The definition as the scheduler holds it, in its own field names. */
  definition: Schema.Record(Schema.String, Schema.Json)
}).annotate({ identifier: "ModelObject" })
export interface ModelObject extends Schema.Schema.Type<typeof ModelObject> {}
