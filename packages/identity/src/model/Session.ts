import { Schema } from "effect"
import { SessionId, UserId } from "./Ids.ts"

/** How a session is carried: by tokens that the caller keeps, or by a cookie. */
export const SessionKind = Schema.Literals(["tokens", "cookie"]).annotate({ identifier: "SessionKind" })
export type SessionKind = typeof SessionKind.Type

/** How somebody proved who they are, by the names of RFC 8176; `oidc` for an OpenID provider. */
export const AuthenticationMethod = Schema.Literals(["pwd", "otp", "mfa", "oidc", "recovery"]).annotate({
  identifier: "AuthenticationMethod"
})
export type AuthenticationMethod = typeof AuthenticationMethod.Type

/** One sign-in of a user. */
export const Session = Schema.Struct({
  id: SessionId,
  userId: UserId,
  kind: SessionKind,
  methods: Schema.Array(AuthenticationMethod),
  createdAt: Schema.DateTimeUtcFromString,
  lastSeenAt: Schema.DateTimeUtcFromString,
  expiresAt: Schema.DateTimeUtcFromString,
  /** Where the sign-in came from. */
  address: Schema.String,
  userAgent: Schema.String
}).annotate({ identifier: "Session" })
export interface Session extends Schema.Schema.Type<typeof Session> {}

/** Whether a second factor was shown. */
export const hasSecondFactor = (methods: ReadonlyArray<AuthenticationMethod>): boolean =>
  methods.some((method) => method === "otp" || method === "mfa" || method === "recovery")
