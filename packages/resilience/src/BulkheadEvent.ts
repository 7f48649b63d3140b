import { Schema } from "effect"

const common = {
  /** The policy. */
  name: Schema.String,
  /** When, in milliseconds since the epoch. */
  at: Schema.Finite
}

/** A call got in, at once or after a wait. */
export const CallPermitted = Schema.TaggedStruct("CallPermitted", common)
/** A call was refused. */
export const CallRejected = Schema.TaggedStruct("CallRejected", {
  ...common,
  reason: Schema.Literals(["queue-full", "wait-exceeded"])
})
/** A call that had got in ended, in whatever way. */
export const CallFinished = Schema.TaggedStruct("CallFinished", common)

/** What happens at a bulkhead, by resilience4j's names. */
export const BulkheadEvent = Schema.Union([CallPermitted, CallRejected, CallFinished]).annotate({
  identifier: "BulkheadEvent"
})
export type BulkheadEvent = typeof BulkheadEvent.Type
