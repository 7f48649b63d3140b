import { Schema } from "effect"

/** The engine behind the API. */
export const EngineInfo = Schema.Struct({
  version: Schema.String,
  fullVersion: Schema.optionalKey(Schema.String),
  licenseType: Schema.optionalKey(Schema.String),
  locale: Schema.optionalKey(Schema.String),
  timeZone: Schema.optionalKey(Schema.String)
}).annotate({ identifier: "EngineInfo" })
export interface EngineInfo extends Schema.Schema.Type<typeof EngineInfo> {}
