import { Schema } from "effect"
import { compact } from "../internal/compact.ts"
import type * as Model from "../model/EngineInfo.ts"
import { text } from "./Field.ts"

/** `EngineInfoV2` */
export const EngineInfo = Schema.Struct({
  displayVersion: text,
  fullVersion: text,
  licenseType: text,
  locale: text,
  timezone: text
})

/** The engine in the words of the model. */
export const toEngineInfo = (wire: typeof EngineInfo.Type): Model.EngineInfo => ({
  version: wire.displayVersion ?? wire.fullVersion ?? "unknown",
  ...compact({
    fullVersion: wire.fullVersion,
    licenseType: wire.licenseType,
    locale: wire.locale,
    timeZone: wire.timezone
  })
})
