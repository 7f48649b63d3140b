import { Schema } from "effect"
import { Instant, Span } from "./Times.ts"

/** What the background ping last saw of the scheduler. */
export const Reachability = Schema.Union([
  /** No ping has come back yet. */
  Schema.TaggedStruct("Unknown", {}),
  Schema.TaggedStruct("Reachable", { host: Schema.String, since: Instant, checkedAt: Instant, latency: Span }),
  Schema.TaggedStruct("Unreachable", { since: Instant, checkedAt: Instant, reason: Schema.String })
]).annotate({ identifier: "Reachability" })
export type Reachability = typeof Reachability.Type
