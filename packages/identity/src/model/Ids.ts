import { Schema } from "effect"

const Uuid = Schema.String.check(
  Schema.isPattern(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, { expected: "a UUID" })
)

/** A user. */
export const UserId = Uuid.pipe(Schema.brand("@resync/identity/UserId"))
export type UserId = typeof UserId.Type

/** A sign-in of a user, from its beginning to its end. */
export const SessionId = Uuid.pipe(Schema.brand("@resync/identity/SessionId"))
export type SessionId = typeof SessionId.Type

/** An API key. The key itself is a secret; this is not. */
export const ApiKeyId = Uuid.pipe(Schema.brand("@resync/identity/ApiKeyId"))
export type ApiKeyId = typeof ApiKeyId.Type
