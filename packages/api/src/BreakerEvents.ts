import { CircuitBreakerEvent } from "@resync/resilience/CircuitBreakerEvent"
import { Schema } from "effect"

/** What happens at a circuit breaker, or that the listener missed some of it and should read the breakers anew. */
export const BreakerEvent = Schema.Union([
  CircuitBreakerEvent,
  Schema.TaggedStruct("Missed", {
    /** When it was found out, in milliseconds since the epoch. */
    at: Schema.Finite
  })
]).annotate({ identifier: "BreakerEvent" })
export type BreakerEvent = typeof BreakerEvent.Type

/** A breaker event as server-sent event: its name is the event's tag, its id is good for `Last-Event-ID`. */
export const BreakerServerSentEvent = Schema.Struct({
  id: Schema.optional(Schema.String),
  event: Schema.String,
  data: Schema.fromJsonString(BreakerEvent)
})
