import { Schema } from "effect"
import { ApiKeyId, UserId } from "./Ids.ts"
import { Permission } from "./Permission.ts"
import { Scope } from "./Scope.ts"

/** The key of a machine, as far as it can be shown: the key itself is shown once and never again. */
export const ApiKey = Schema.Struct({
  id: ApiKeyId,
  /** The user on whose behalf it acts; it can never do more than that user. */
  ownerId: UserId,
  name: Schema.String,
  /** The beginning of the key, by which people recognise it. */
  prefix: Schema.String,
  permissions: Schema.Array(Permission),
  /** Narrows it further than its owner; not further when empty. */
  scopes: Schema.Array(Scope),
  createdAt: Schema.DateTimeUtcFromString,
  expiresAt: Schema.DateTimeUtcFromString,
  /** To a minute. */
  lastUsedAt: Schema.NullOr(Schema.DateTimeUtcFromString),
  revokedAt: Schema.NullOr(Schema.DateTimeUtcFromString)
}).annotate({ identifier: "ApiKey" })
export interface ApiKey extends Schema.Schema.Type<typeof ApiKey> {}
