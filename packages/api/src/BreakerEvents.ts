import { CircuitBreakerEvent } from "@resync/resilience/CircuitBreakerEvent"
import { Schema } from "effect"

/** A circuit breaker's event as server-sent event: its name is the event's tag, its id is good for `Last-Event-ID`. */
export const BreakerServerSentEvent = Schema.Struct({
  id: Schema.optional(Schema.String),
  event: Schema.String,
  data: Schema.fromJsonString(CircuitBreakerEvent)
})
