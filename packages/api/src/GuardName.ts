import { Schema } from "effect"

/** What a circuit breaker, a policy or a cache is called in a path: it goes into the audit trail, so it is text that can be kept. */
export const GuardName = Schema.String.check(
  Schema.isMaxLength(256),
  Schema.isPattern(/^[^\p{Cc}\p{Cs}]*$/u, { expected: "a name of at most 256 characters without control characters" })
)
