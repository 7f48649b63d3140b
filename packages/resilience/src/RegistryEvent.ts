import { Schema } from "effect"

const common = {
  name: Schema.String,
  /** Which one of that name, if it is one of several. */
  key: Schema.optionalKey(Schema.String),
  /** When, in milliseconds since the epoch. */
  at: Schema.Finite
}

/** It is in the registry from now on. */
export const Added = Schema.TaggedStruct("Added", common)
/** It is not any more: taken out by hand, or evicted since it was idle. */
export const Removed = Schema.TaggedStruct("Removed", { ...common, reason: Schema.Literals(["removed", "evicted"]) })
/** Another one stands under its name from now on. */
export const Replaced = Schema.TaggedStruct("Replaced", common)

/** What comes and goes in a registry. */
export const RegistryEvent = Schema.Union([Added, Removed, Replaced]).annotate({ identifier: "RegistryEvent" })
export type RegistryEvent = typeof RegistryEvent.Type
