import { Schema } from "effect"

const common = {
  /** The policy. */
  name: Schema.String,
  /** When, in milliseconds since the epoch. */
  at: Schema.Finite,
  /** Attempts made so far. */
  attempts: Schema.Int
}

/** Why a call was not repeated; `interval` is the caller's own function of the waits. */
export const Reason = Schema.Literals(["exhausted", "deadline", "budget", "retry-after", "interval"])

export type Reason = typeof Reason.Type

/** An attempt failed; the next one follows after `delay` milliseconds. */
export const Retry = Schema.TaggedStruct("Retry", { ...common, delay: Schema.Finite })
/** The call succeeded. */
export const Success = Schema.TaggedStruct("Success", common)
/** The call failed in a way that could have been repeated, but was not any more. */
export const Failure = Schema.TaggedStruct("Error", { ...common, reason: Reason })
/** The call failed in a way that is not to be repeated. */
export const Ignored = Schema.TaggedStruct("IgnoredError", common)

/** What happens at a retry, by resilience4j's names. */
export const RetryEvent = Schema.Union([Retry, Success, Failure, Ignored]).annotate({ identifier: "RetryEvent" })
export type RetryEvent = typeof RetryEvent.Type
