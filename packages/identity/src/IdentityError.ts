import { Schema } from "effect"
import { ApiKeyId, SessionId, UserId } from "./model/Ids.ts"
import { Restriction } from "./model/Principal.ts"

/** The name or the password is wrong, or the user is disabled: who asks does not learn which. */
export class InvalidCredentials extends Schema.TaggedError<InvalidCredentials>()("InvalidCredentials", {
  /** Whose account it was tried at, for the audit trail and not for who asks. */
  userId: Schema.optionalKey(UserId)
}) {}

/** Too many attempts failed. Nothing was looked at. */
export class TooManyAttempts extends Schema.TaggedError<TooManyAttempts>()("TooManyAttempts", {
  /** How long to wait. */
  retryAfter: Schema.Duration
}) {}

/** A token, cookie or key does not hold. */
export class CredentialRejected extends Schema.TaggedError<CredentialRejected>()("CredentialRejected", {
  reason: Schema.Literals(["missing", "invalid", "expired", "revoked"])
}) {}

/** A rotated refresh token came again: it was stolen, or a client is broken. The session is ended. */
export class RefreshTokenReused extends Schema.TaggedError<RefreshTokenReused>()("RefreshTokenReused", {
  sessionId: SessionId
}) {}

/** Something else has to be done first. */
export class NotYet extends Schema.TaggedError<NotYet>()("NotYet", { restriction: Restriction }) {}

/** The session does not say anew who somebody is: the password is asked for, or a sign-in at the provider just now. */
export class NotFresh extends Schema.TaggedError<NotFresh>()("NotFresh", {
  by: Schema.Literals(["password", "oidc"])
}) {}

/** The new password is too weak; `reason` is for the person who chose it. */
export class PasswordRefused extends Schema.TaggedError<PasswordRefused>()("PasswordRefused", {
  reason: Schema.String
}) {}

/** The code of the second factor is wrong, too old, or was used already. */
export class CodeRefused extends Schema.TaggedError<CodeRefused>()("CodeRefused", {}) {}

/** The second factor is not in the state that this needs. */
export class MfaState extends Schema.TaggedError<MfaState>()("MfaState", {
  reason: Schema.Literals(["enrolled", "not-enrolled", "no-enrolment-begun", "required"])
}) {}

export class UserNotFound extends Schema.TaggedError<UserNotFound>()("UserNotFound", { id: UserId }) {}

/** Another user has this name, or one that differs only in case or form. */
export class UserNameTaken extends Schema.TaggedError<UserNameTaken>()("UserNameTaken", { name: Schema.String }) {}

/** Without this user nobody could administer the service any more. */
export class LastAdmin extends Schema.TaggedError<LastAdmin>()("LastAdmin", { id: UserId }) {}

/** The user comes from an OpenID provider, which keeps the password. */
export class ExternalUser extends Schema.TaggedError<ExternalUser>()("ExternalUser", { id: UserId }) {}

export class SessionNotFound extends Schema.TaggedError<SessionNotFound>()("SessionNotFound", { id: SessionId }) {}

export class ApiKeyNotFound extends Schema.TaggedError<ApiKeyNotFound>()("ApiKeyNotFound", { id: ApiKeyId }) {}

/** A key may not be given what its owner does not have. */
export class PermissionNotHeld extends Schema.TaggedError<PermissionNotHeld>()("PermissionNotHeld", {
  permission: Schema.String
}) {}

/** The sign-in by the OpenID provider did not come about. */
export class OidcFailed extends Schema.TaggedError<OidcFailed>()("OidcFailed", {
  reason: Schema.Literals([
    "not-configured",
    "unavailable",
    "state",
    "refused",
    "invalid-answer",
    "no-role",
    "name-taken",
    "disabled"
  ]),
  detail: Schema.String
}) {}

/** The store does not answer: nobody can be told from anybody else until it does. */
export class IdentityUnavailable extends Schema.TaggedError<IdentityUnavailable>()("IdentityUnavailable", {
  cause: Schema.Defect()
}) {}
