import { Schema } from "effect"

/** The last attempt that was allowed gave a result that is no answer. It carries no stack trace. */
export class RetriesExhausted extends Schema.TaggedError<RetriesExhausted>("@resync/resilience/RetriesExhausted")(
  "RetriesExhausted",
  {
    /** The policy. */
    name: Schema.String,
    attempts: Schema.Int
  }
) {
  override get message(): string {
    return `${this.name} had no acceptable result in ${this.attempts} attempts`
  }
}
