import { Schema } from "effect"
import { StateName } from "./CircuitBreakerState.ts"

/** A breaker cannot be put from the one state into the other by hand; it stays as it is. */
export class IllegalTransition extends Schema.TaggedError<IllegalTransition>()("IllegalTransition", {
  /** The breaker. */
  name: Schema.String,
  from: StateName,
  to: StateName
}) {
  override get message(): string {
    return `Circuit breaker ${this.name} cannot go from ${this.from} to ${this.to}`
  }
}
