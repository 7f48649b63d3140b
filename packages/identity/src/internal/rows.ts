import { DateTime, Effect, Schema } from "effect"
import { SessionId, UserId } from "../model/Ids.ts"
import { Role } from "../model/Role.ts"
import { Scope } from "../model/Scope.ts"
import { AuthenticationMethod, type Session, SessionKind } from "../model/Session.ts"
import type { User } from "../model/User.ts"

/** A user with all that is kept of it. */
export const Account = Schema.Struct({
  id: UserId,
  name: Schema.String,
  roles: Schema.Array(Role),
  scopes: Schema.Array(Scope),
  passwordHash: Schema.NullOr(Schema.String),
  mustChangePassword: Schema.Boolean,
  passwordExpiresAt: Schema.NullOr(Schema.Date),
  disabledAt: Schema.NullOr(Schema.Date),
  totpSecret: Schema.NullOr(Schema.String),
  totpStep: Schema.Int,
  totpPending: Schema.NullOr(Schema.String),
  oidcIssuer: Schema.NullOr(Schema.String),
  createdAt: Schema.Date,
  lastSignInAt: Schema.NullOr(Schema.Date)
})
export interface Account extends Schema.Schema.Type<typeof Account> {}

/** The columns of an account, of the table under the name `u`. */
export const accountColumns = `u.id::text AS id, u.name, u.roles, u.scopes, u.password_hash AS "passwordHash",
  u.must_change_password AS "mustChangePassword", u.password_expires_at AS "passwordExpiresAt",
  u.disabled_at AS "disabledAt", u.totp_secret AS "totpSecret", u.totp_step AS "totpStep",
  u.totp_pending AS "totpPending", u.oidc_issuer AS "oidcIssuer", u.created_at AS "createdAt",
  u.last_sign_in_at AS "lastSignInAt"`

export const SessionRow = Schema.Struct({
  id: SessionId,
  userId: UserId,
  kind: SessionKind,
  methods: Schema.Array(AuthenticationMethod),
  createdAt: Schema.Date,
  /** When the user last showed who they are for it; the time of the sign-in, or before it where a provider knew them still. */
  authenticatedAt: Schema.Date,
  lastSeenAt: Schema.Date,
  expiresAt: Schema.Date,
  revokedAt: Schema.NullOr(Schema.Date),
  address: Schema.String,
  userAgent: Schema.String
})
export interface SessionRow extends Schema.Schema.Type<typeof SessionRow> {}

/** The columns of a session, of the table under the name `s`. */
export const sessionColumns = `s.id::text AS id, s.user_id::text AS "userId", s.kind, s.methods,
  s.created_at AS "createdAt", COALESCE(s.authenticated_at, s.created_at) AS "authenticatedAt", s.last_seen_at AS "lastSeenAt", s.expires_at AS "expiresAt",
  s.revoked_at AS "revokedAt", s.address, s.user_agent AS "userAgent"`

/** Reads rows that this package wrote itself: one that does not fit is a mistake in it. */
export const decodeAll = <A, I>(schema: Schema.Codec<A, I>) => {
  const decode = Schema.decodeUnknownEffect(Schema.Array(schema))
  return <E, R>(rows: Effect.Effect<unknown, E, R>) => Effect.flatMap(rows, (found) => Effect.orDie(decode(found)))
}

const utc = (date: Date) => DateTime.fromDateUnsafe(date)

export const userOf = (account: Account): User => ({
  id: account.id,
  name: account.name,
  roles: account.roles,
  scopes: account.scopes,
  disabled: account.disabledAt !== null,
  mfa: account.totpSecret !== null,
  mustChangePassword: account.mustChangePassword,
  external: account.oidcIssuer !== null,
  createdAt: utc(account.createdAt),
  lastSignInAt: account.lastSignInAt === null ? null : utc(account.lastSignInAt)
})

export const sessionOf = ({ revokedAt: _, authenticatedAt: __, ...row }: SessionRow): Session => ({
  ...row,
  createdAt: utc(row.createdAt),
  lastSeenAt: utc(row.lastSeenAt),
  expiresAt: utc(row.expiresAt)
})
