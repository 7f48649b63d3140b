import { KeySet } from "@resync/identity/model/KeySet"
import { Restriction } from "@resync/identity/model/Principal"
import { Session, SessionKind } from "@resync/identity/model/Session"
import { User } from "@resync/identity/model/User"
import { Schema } from "effect"
import { HttpApi, HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { RequiredPermission } from "./Access.ts"
import { CrossSiteRequest, Unauthenticated } from "./AccessProblems.ts"
import { IdentityUnavailable, OidcSignInFailed, SignInRefused, TooManyRequests } from "./IdentityProblems.ts"

/** A secret in an answer or a request. It is shown here and nowhere else. */
export const Secret = Schema.Redacted(Schema.String.check(Schema.isMaxLength(16_384)))

/** What somebody types for a name. Whatever could be one is taken, and refused like a wrong password. */
const LoginName = Schema.String.check(
  Schema.isMaxLength(256),
  Schema.isPattern(/^\P{Cc}*$/u, { expected: "a name without control characters" })
)

/** What a caller keeps of a sign-in. */
export const Tokens = Schema.Struct({
  /** For the `Authorization: Bearer` header. */
  accessToken: Secret,
  expiresAt: Schema.DateTimeUtcFromString,
  /** To be used once, for the next access token. */
  refreshToken: Secret
}).annotate({ identifier: "Tokens" })

/** Somebody is signed in; `tokens` are missing where a cookie carries the session. */
export const SignInAnswer = Schema.Struct({
  user: User,
  session: Session,
  /** What has to be done before anything else; null when nothing has. */
  restriction: Schema.NullOr(Restriction),
  tokens: Schema.optionalKey(Tokens)
}).annotate({ identifier: "SignInAnswer" })

/** A second factor was shown; the refresh token or the cookie of the session stays as it is. */
export const VerifiedAnswer = Schema.Struct({
  user: User,
  session: Session,
  restriction: Schema.NullOr(Restriction),
  /** Says that a second factor was shown; the one before is good, too. */
  accessToken: Secret,
  expiresAt: Schema.DateTimeUtcFromString
}).annotate({ identifier: "VerifiedAnswer" })

const unavailable = [TooManyRequests, IdentityUnavailable] as const

/** Ways in, for those who are not signed in yet. */
export class Auth extends HttpApiGroup.make("auth")
  .add(
    HttpApiEndpoint.post("login", "/login", {
      payload: Schema.Struct({
        name: LoginName,
        password: Secret,
        /** `cookie` is for a page of this service, and sets one; `tokens`, the default, is for all else. */
        session: Schema.optionalKey(SessionKind)
      }),
      success: SignInAnswer,
      error: [SignInRefused, CrossSiteRequest, ...unavailable]
    }).annotate(OpenApi.Summary, "Sign in by name and password"),
    HttpApiEndpoint.post("refresh", "/refresh", {
      payload: Schema.Struct({ refreshToken: Secret }),
      success: SignInAnswer,
      error: [Unauthenticated, ...unavailable]
    }).annotate(OpenApi.Summary, "Another access token for a refresh token, which is thereby used"),
    HttpApiEndpoint.get("oidcStart", "/oidc/start", {
      query: {
        returnTo: Schema.optionalKey(Schema.String.check(Schema.isMaxLength(1_024))),
        /** `true` has the provider ask anew who it is, as the enrolment of a second factor needs. */
        fresh: Schema.optionalKey(Schema.Literals(["true", "false"]))
      },
      success: HttpApiSchema.Empty(302),
      error: [OidcSignInFailed, ...unavailable]
    }).annotate(OpenApi.Summary, "Go to the OpenID provider to sign in there"),
    HttpApiEndpoint.get("oidcCallback", "/oidc/callback", {
      success: HttpApiSchema.Empty(302),
      error: [OidcSignInFailed, ...unavailable]
    }).annotate(OpenApi.Summary, "Come back from the OpenID provider")
  )
  .prefix("/api/v1/auth")
  .annotateEndpoints(RequiredPermission, "public")
  .annotate(HttpApi.PayloadParseOptions, { errors: "all", onExcessProperty: "error" })
  .annotateMerge(OpenApi.annotations({ title: "Sign-in", description: "Ways in, for those who are not signed in." })) {}

/** What others need to check access tokens. */
export class Keys extends HttpApiGroup.make("keys")
  .add(
    HttpApiEndpoint.get("jwks", "/.well-known/jwks.json", { success: KeySet, error: IdentityUnavailable }).annotate(
      OpenApi.Summary,
      "The public keys that sign access tokens"
    )
  )
  .annotateEndpoints(RequiredPermission, "public")
  .annotateMerge(OpenApi.annotations({ title: "Keys", description: "The public keys of access tokens." })) {}
