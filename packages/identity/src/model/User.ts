import { Schema } from "effect"
import { UserId } from "./Ids.ts"
import { Role } from "./Role.ts"
import { Scope } from "./Scope.ts"

/** Somebody who signs in. */
export const User = Schema.Struct({
  id: UserId,
  name: Schema.String,
  roles: Schema.Array(Role),
  /** Where the user may act; everywhere when empty. */
  scopes: Schema.Array(Scope),
  disabled: Schema.Boolean,
  /** Whether a second factor is enrolled. */
  mfa: Schema.Boolean,
  /** Whether the password is one-time and has to be changed at the next sign-in. */
  mustChangePassword: Schema.Boolean,
  /** Whether the user comes from an OpenID provider, and has no password here. */
  external: Schema.Boolean,
  createdAt: Schema.DateTimeUtcFromString,
  lastSignInAt: Schema.NullOr(Schema.DateTimeUtcFromString)
}).annotate({ identifier: "User" })
export interface User extends Schema.Schema.Type<typeof User> {}
