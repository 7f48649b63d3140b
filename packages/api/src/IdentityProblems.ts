/** Problems of sign-in and of those who sign in. */
import { Schema } from "effect"
import { HttpApiError } from "effect/http-api"
import * as Problem from "./Problem.ts"

/** The name or the password is wrong, or the user is disabled; who asks does not learn which. */
export class SignInRefused extends HttpApiError.Problem<SignInRefused>()(
  "SignInRefused",
  { type: Problem.type("sign-in-refused"), status: 401, title: "The name or the password is wrong" },
  Problem.context
) {}

/** This asks anew who somebody is: by the password in the request, or by a sign-in at the provider within the last minutes. */
export class ReauthenticationNeeded extends HttpApiError.Problem<ReauthenticationNeeded>()(
  "ReauthenticationNeeded",
  { type: Problem.type("reauthentication-needed"), status: 403, title: "Show again who you are" },
  { ...Problem.context, by: Schema.Literals(["password", "oidc"]) }
) {}

/** The code of the second factor is wrong, too old, or was used already. */
export class CodeRefused extends HttpApiError.Problem<CodeRefused>()(
  "CodeRefused",
  { type: Problem.type("code-refused"), status: 403, title: "The code is wrong, too old or used" },
  Problem.context
) {}

/** Too many requests, or too many attempts that failed. */
export class TooManyRequests extends HttpApiError.Problem<TooManyRequests>()(
  "TooManyRequests",
  { type: Problem.type("too-many-requests"), status: 429, title: "Too many requests" },
  { ...Problem.context, retryAfter: Problem.RetryAfter }
) {}

/** The new password is too weak; `detail` says why. */
export class PasswordTooWeak extends HttpApiError.Problem<PasswordTooWeak>()(
  "PasswordTooWeak",
  { type: Problem.type("password-too-weak"), status: 422, title: "The password is not good enough" },
  Problem.context
) {}

/** The user, session or key is not in the state that this needs; `detail` says which. */
export class IdentityConflict extends HttpApiError.Problem<IdentityConflict>()(
  "IdentityConflict",
  { type: Problem.type("identity-conflict"), status: 409, title: "This does not fit how things are" },
  {
    ...Problem.context,
    reason: Schema.Literals([
      "name-taken",
      "last-admin",
      "external-user",
      "mfa-enrolled",
      "mfa-not-enrolled",
      "mfa-not-begun",
      "mfa-required"
    ])
  }
) {}

/** There is no such user, session or key. */
export class IdentityNotFound extends HttpApiError.Problem<IdentityNotFound>()(
  "IdentityNotFound",
  { type: Problem.type("identity-not-found"), status: 404, title: "There is no such user, session or key" },
  { ...Problem.context, kind: Schema.Literals(["user", "session", "api-key"]), id: Schema.String }
) {}

/** The store of users does not answer: nobody can be told from anybody else. */
export class IdentityUnavailable extends HttpApiError.Problem<IdentityUnavailable>()(
  "IdentityUnavailable",
  { type: Problem.type("identity-unavailable"), status: 503, title: "Sign-in is not possible now" },
  { ...Problem.context, retryAfter: Problem.RetryAfter }
) {}

/** The sign-in by the OpenID provider did not come about. */
export class OidcSignInFailed extends HttpApiError.Problem<OidcSignInFailed>()(
  "OidcSignInFailed",
  { type: Problem.type("oidc-sign-in-failed"), status: 403, title: "The provider did not sign anybody in" },
  {
    ...Problem.context,
    reason: Schema.Literals([
      "not-configured",
      "unavailable",
      "state",
      "refused",
      "invalid-answer",
      "no-role",
      "name-taken",
      "disabled"
    ])
  }
) {}
