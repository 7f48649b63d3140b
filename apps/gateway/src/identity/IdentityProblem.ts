import { Forbidden, SignInIncomplete, Unauthenticated } from "@resync/api/AccessProblems"
import {
  CodeRefused,
  IdentityConflict,
  IdentityNotFound,
  IdentityUnavailable,
  PasswordTooWeak,
  ReauthenticationNeeded,
  SignInRefused,
  TooManyRequests
} from "@resync/api/IdentityProblems"
import type * as Failures from "@resync/identity/IdentityError"
import type { Permission } from "@resync/identity/model/Permission"
import { Duration } from "effect"

const problems = {
  InvalidCredentials: (_: Failures.InvalidCredentials) => new SignInRefused({}),
  TooManyAttempts: ({ retryAfter }: Failures.TooManyAttempts) =>
    new TooManyRequests({
      retryAfter: Math.max(1, Math.ceil(Duration.toSeconds(retryAfter))),
      detail: "Too many attempts failed"
    }),
  CredentialRejected: ({ reason }: Failures.CredentialRejected) => new Unauthenticated({ reason }),
  RefreshTokenReused: (_: Failures.RefreshTokenReused) =>
    new Unauthenticated({ reason: "revoked", detail: "The token was used before; its session is ended" }),
  NotFresh: ({ by }: Failures.NotFresh) =>
    new ReauthenticationNeeded({
      by,
      detail:
        by === "password"
          ? "The password is asked for here"
          : "Sign in at the provider with fresh=true, and then ask again"
    }),
  NotYet: ({ restriction }: Failures.NotYet) => new SignInIncomplete({ restriction }),
  PasswordRefused: ({ reason }: Failures.PasswordRefused) => new PasswordTooWeak({ detail: reason }),
  CodeRefused: (_: Failures.CodeRefused) => new CodeRefused({}),
  MfaState: ({ reason }: Failures.MfaState) =>
    new IdentityConflict({ reason: reason === "no-enrolment-begun" ? "mfa-not-begun" : `mfa-${reason}` }),
  UserNotFound: ({ id }: Failures.UserNotFound) => new IdentityNotFound({ kind: "user", id }),
  UserNameTaken: ({ name }: Failures.UserNameTaken) =>
    new IdentityConflict({ reason: "name-taken", detail: `There is a user ${name}` }),
  LastAdmin: (_: Failures.LastAdmin) =>
    new IdentityConflict({ reason: "last-admin", detail: "Nobody else could administer the service" }),
  ExternalUser: (_: Failures.ExternalUser) =>
    new IdentityConflict({ reason: "external-user", detail: "The OpenID provider keeps the password" }),
  SessionNotFound: ({ id }: Failures.SessionNotFound) => new IdentityNotFound({ kind: "session", id }),
  ApiKeyNotFound: ({ id }: Failures.ApiKeyNotFound) => new IdentityNotFound({ kind: "api-key", id }),
  PermissionNotHeld: ({ permission }: Failures.PermissionNotHeld) =>
    new Forbidden({
      // It comes from the list of permissions.
      permission: permission as Permission,
      reason: "permission",
      detail: `The caller does not have ${permission} to give`
    }),
  IdentityUnavailable: (_: Failures.IdentityUnavailable) =>
    new IdentityUnavailable({ retryAfter: 5, detail: "The store of users does not answer" })
}

type Failure = Parameters<(typeof problems)[keyof typeof problems]>[0]
type ProblemOf<E extends Failure> = E extends Failure ? ReturnType<(typeof problems)[E["_tag"]]> : never

/** The problem of what went wrong with a sign-in, a user or a key. */
export const of = <E extends Failure>(error: E): ProblemOf<E> => {
  // Each function takes the error whose tag is its key, which the compiler does not follow for a tag that varies.
  const problem = problems[error._tag] as (error: E) => unknown
  return problem(error) as ProblemOf<E>
}
