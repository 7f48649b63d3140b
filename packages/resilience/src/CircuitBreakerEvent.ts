import { Schema } from "effect"
import { StateName } from "./CircuitBreakerState.ts"

const common = {
  /** The breaker. */
  name: Schema.String,
  /** Which one of that name, if it is one of several. */
  key: Schema.optionalKey(Schema.String),
  /** When, in milliseconds since the epoch. */
  at: Schema.Finite
}

/** A call succeeded. */
export const Success = Schema.TaggedStruct("Success", common)
/** A call failed and was counted. */
export const Failure = Schema.TaggedStruct("Error", common)
/** A call ended with an outcome that counts for nothing. */
export const Ignored = Schema.TaggedStruct("IgnoredError", common)
/** A call was rejected. */
export const NotPermitted = Schema.TaggedStruct("NotPermitted", { ...common, state: StateName })
/** The failure rate reached its threshold; the transition follows. */
export const FailureRateExceeded = Schema.TaggedStruct("FailureRateExceeded", { ...common, failureRate: Schema.Finite })
/** The rate of slow calls reached its threshold; the transition follows. */
export const SlowCallRateExceeded = Schema.TaggedStruct("SlowCallRateExceeded", {
  ...common,
  slowCallRate: Schema.Finite
})
/** The state changed. */
export const StateTransition = Schema.TaggedStruct("StateTransition", { ...common, from: StateName, to: StateName })
/** The counts were cleared by hand. */
export const Reset = Schema.TaggedStruct("Reset", common)

/** What happens at a breaker, by resilience4j's names. */
export const CircuitBreakerEvent = Schema.Union([
  Success,
  Failure,
  Ignored,
  NotPermitted,
  FailureRateExceeded,
  SlowCallRateExceeded,
  StateTransition,
  Reset
]).annotate({ identifier: "CircuitBreakerEvent" })
export type CircuitBreakerEvent = typeof CircuitBreakerEvent.Type
