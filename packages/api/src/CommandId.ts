import { Schema } from "effect"

/** Names a command for good: in its answer, at `/api/v1/commands/{id}` and in the audit trail. */
export const CommandId = Schema.String.check(
  Schema.isPattern(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, { expected: "a command id" })
).pipe(Schema.brand("@resync/api/CommandId"))
export type CommandId = typeof CommandId.Type
