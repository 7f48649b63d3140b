import { SessionId } from "@resync/identity/model/Ids"
import { Permission } from "@resync/identity/model/Permission"
import { PrincipalKind, Restriction } from "@resync/identity/model/Principal"
import { Role } from "@resync/identity/model/Role"
import { Scope } from "@resync/identity/model/Scope"
import { Session } from "@resync/identity/model/Session"
import { Schema } from "effect"
import { HttpApi, HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { RequiredPermission } from "./Access.ts"
import { Forbidden } from "./AccessProblems.ts"
import { Secret, VerifiedAnswer } from "./Auth.ts"
import * as CommandProblems from "./CommandProblems.ts"
import { keyed } from "./Idempotency.ts"
import {
  CodeRefused,
  IdentityConflict,
  IdentityNotFound,
  PasswordTooWeak,
  ReauthenticationNeeded,
  SignInRefused,
  TooManyRequests
} from "./IdentityProblems.ts"

/** Who the caller is, and what it may do. */
export const Me = Schema.Struct({
  kind: PrincipalKind,
  id: Schema.String,
  name: Schema.String,
  roles: Schema.Array(Role),
  permissions: Schema.Array(Permission),
  scopes: Schema.Array(Scope),
  mfa: Schema.Boolean,
  sessionId: Schema.optionalKey(Schema.String),
  restriction: Schema.NullOr(Restriction)
}).annotate({ identifier: "Me" })

/** A code of an authenticator app, or a recovery code. */
const Code = Schema.Struct({ code: Schema.String.check(Schema.isMaxLength(64)) })

/** A picture as SVG. How long it is depends on the secret in it. */
const QrCode = Schema.Redacted(Schema.String.check(Schema.isMaxLength(262_144)))

const RecoveryCodes = Schema.Struct({ recoveryCodes: Schema.Array(Secret) }).annotate({ identifier: "RecoveryCodes" })

const done = HttpApiSchema.NoContent
/** The user of a session is gone only when it was removed this very moment. */
const own = [...CommandProblems.all, IdentityConflict, IdentityNotFound] as const
const attempted = [...own, CodeRefused, TooManyRequests] as const

/** What somebody who has signed in sees and does about their own sign-in. */
export class Account extends HttpApiGroup.make("account")
  .add(
    HttpApiEndpoint.get("me", "/me", { success: Me })
      .annotate(RequiredPermission, "restricted")
      .annotate(OpenApi.Summary, "Who the caller is, and what it may do"),
    HttpApiEndpoint.post("logout", "/logout", { success: done, error: CommandProblems.all })
      .annotate(RequiredPermission, "restricted")
      .annotate(OpenApi.Summary, "End the session"),
    HttpApiEndpoint.post("changePassword", "/password", {
      payload: Schema.Struct({ current: Secret, next: Secret }),
      success: done,
      error: [...own, SignInRefused, PasswordTooWeak, TooManyRequests]
    })
      .annotate(RequiredPermission, "restricted")
      .annotate(OpenApi.Summary, "Change the password; ends the user's other sessions"),
    HttpApiEndpoint.post("verifyMfa", "/mfa/verify", {
      payload: Code,
      success: VerifiedAnswer,
      error: attempted
    })
      .annotate(RequiredPermission, "restricted")
      .annotate(OpenApi.Summary, "Show the second factor; gives a new access token"),
    HttpApiEndpoint.post("enrollMfa", "/mfa/enroll", {
      payload: Schema.Struct({
        /** Not for users of a provider, who must have signed in there within the last five minutes. */
        password: Schema.optionalKey(Secret)
      }),
      success: Schema.Struct({ secret: Secret, uri: Secret, qrCode: QrCode }).annotate({ identifier: "Enrolment" }),
      error: [...own, SignInRefused, ReauthenticationNeeded, TooManyRequests]
    })
      .annotate(RequiredPermission, "restricted")
      .annotate(OpenApi.Summary, "A secret for an authenticator app, as text, URI and picture; asks for the password"),
    HttpApiEndpoint.post("confirmMfa", "/mfa/enroll/confirm", {
      payload: Code,
      success: RecoveryCodes,
      error: attempted
    })
      .annotate(RequiredPermission, "restricted")
      .annotate(OpenApi.Summary, "Make the second factor count, by its first code; gives recovery codes"),
    HttpApiEndpoint.post("disableMfa", "/mfa/disable", { payload: Code, success: done, error: attempted })
      .annotate(RequiredPermission, "signed-in")
      .annotate(OpenApi.Summary, "Take the second factor away, by a code of it"),
    HttpApiEndpoint.post("renewRecoveryCodes", "/mfa/recovery-codes", {
      payload: Code,
      success: RecoveryCodes,
      error: attempted
    })
      .annotate(RequiredPermission, "signed-in")
      .annotate(OpenApi.Summary, "New recovery codes in place of the old, by a code"),
    HttpApiEndpoint.get("sessions", "/sessions", {
      success: Schema.Struct({ items: Schema.Array(Session) }),
      error: Forbidden
    })
      .annotate(RequiredPermission, "signed-in")
      .annotate(OpenApi.Summary, "The user's own sessions"),
    HttpApiEndpoint.delete("revokeSession", "/sessions/:id", {
      params: { id: SessionId },
      headers: keyed,
      success: done,
      error: [...CommandProblems.all, IdentityNotFound]
    })
      .annotate(RequiredPermission, "signed-in")
      .annotate(OpenApi.Summary, "End one of the user's own sessions")
  )
  .prefix("/api/v1/auth")
  .annotate(HttpApi.PayloadParseOptions, { errors: "all", onExcessProperty: "error" })
  .annotateMerge(
    OpenApi.annotations({ title: "Account", description: "The caller's own sign-in, sessions and second factor." })
  ) {}
