import { CrossSiteRequest } from "@resync/api/AccessProblems"
import { Api } from "@resync/api/Api"
import { OidcSignInFailed } from "@resync/api/IdentityProblems"
import type { OidcFailed } from "@resync/identity/IdentityError"
import { Oidc } from "@resync/identity/oidc/Oidc"
import { SigningKeys } from "@resync/identity/sessions/SigningKeys"
import { type SignedIn, SignIn } from "@resync/identity/signin/SignIn"
import { Clock, DateTime, Duration, Effect, Redacted } from "effect"
import { HttpServerRequest, HttpServerResponse } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import * as Group from "../http/Group.ts"
import * as ClientAddress from "../security/ClientAddress.ts"
import * as CrossSite from "../security/CrossSite.ts"
import { RateLimits } from "../security/RateLimits.ts"
import * as SessionCookie from "../security/SessionCookie.ts"
import * as Caller from "./Caller.ts"
import * as IdentityAudit from "./IdentityAudit.ts"
import * as IdentityProblem from "./IdentityProblem.ts"

/** Binds a sign-in at the provider to the browser that began it. */
const stateCookie = "resync_oidc"
const statePath = "/api/v1/auth/oidc"
const stateLifetime = Duration.minutes(10)

/** The answer to a sign-in, with the tokens where the caller is to keep them. */
export const answerOf = ({ access, restriction, secret, session, user }: SignedIn) => ({
  user,
  session,
  restriction: restriction ?? null,
  ...(session.kind === "cookie"
    ? {}
    : {
        tokens: {
          accessToken: Redacted.make(access.token),
          expiresAt: DateTime.makeUnsafe(access.expiresAt),
          refreshToken: secret
        }
      })
})

/** Lets the answer set the cookie of a session that is carried by one. */
export const carry = Effect.fnUntraced(function* ({ secret, session }: Pick<SignedIn, "secret" | "session">) {
  if (session.kind !== "cookie") return
  yield* SessionCookie.set(secret, session.expiresAt.epochMilliseconds - (yield* Clock.currentTimeMillis))
})

const client = Effect.map(HttpServerRequest.HttpServerRequest, (request) =>
  ClientAddress.bucketOf(ClientAddress.of(request))
)

/** What was typed is not told: it may be a password that went into the wrong field. */
const refusedLogin: IdentityAudit.IdentityEvent = {
  action: "auth.login",
  outcome: "refused",
  actor: { id: "unknown", kind: "user", name: "unknown" }
}

const actorOf = ({ user }: SignedIn) => ({ id: user.id, kind: "user", name: user.name })

const oidcProblem = ({ detail, reason }: OidcFailed) => new OidcSignInFailed({ reason, detail })

const redirect = (location: string) => HttpServerResponse.empty({ status: 302, headers: { location } })

/** Ways in. */
export const layer = Group.layer(
  Effect.gen(function* () {
    const signIns = yield* SignIn
    const limits = yield* RateLimits
    const oidc = yield* Oidc
    const record = yield* IdentityAudit.make

    return HttpApiBuilder.group(Api, "auth", (handlers) =>
      handlers.handleAll({
        login: Effect.fnUntraced(function* ({ payload: { name, password, session: kind = "tokens" }, request }) {
          if (kind === "cookie" && CrossSite.isCrossSite(request)) {
            return yield* new CrossSiteRequest({ detail: "Only a page of this service may sign in by a cookie" })
          }
          yield* limits.consume("sign-in", yield* client)
          const signedIn = yield* signIns.withPassword({ name, password, kind, origin: yield* Caller.origin }).pipe(
            Effect.mapError(IdentityProblem.of),
            Effect.tapErrorTag("SignInRefused", () => record(refusedLogin))
          )
          yield* record({
            action: "auth.login",
            outcome: "done",
            actor: actorOf(signedIn),
            detail: { session: signedIn.session.id, methods: signedIn.session.methods }
          })
          yield* carry(signedIn)
          return answerOf(signedIn)
        }),
        refresh: Effect.fnUntraced(function* ({ payload }) {
          yield* limits.consume("refresh", yield* client)
          const signedIn = yield* Effect.mapError(signIns.refresh(payload.refreshToken), IdentityProblem.of)
          return answerOf(signedIn)
        }),
        oidcStart: Effect.fnUntraced(function* ({ query, request }) {
          yield* limits.consume("sign-in", yield* client)
          const { state, url } = yield* oidc
            .start(query.returnTo)
            .pipe(
              Effect.mapError((error) => (error._tag === "OidcFailed" ? oidcProblem(error) : IdentityProblem.of(error)))
            )
          return HttpServerResponse.setCookieUnsafe(redirect(url.href), stateCookie, state, {
            path: statePath,
            httpOnly: true,
            secure: ClientAddress.isSecure(request),
            sameSite: "lax",
            maxAge: stateLifetime
          })
        }),
        oidcCallback: Effect.fnUntraced(function* ({ request }) {
          yield* limits.consume("sign-in", yield* client)
          const { returnTo, signedIn } = yield* oidc
            .finish({
              query: new URL(request.url, "http://localhost").searchParams,
              state: request.cookies[stateCookie],
              origin: yield* Caller.origin
            })
            .pipe(
              Effect.mapError((error) => (error._tag === "OidcFailed" ? oidcProblem(error) : IdentityProblem.of(error)))
            )
          yield* record({
            action: "auth.login",
            outcome: "done",
            actor: actorOf(signedIn),
            detail: { session: signedIn.session.id, methods: signedIn.session.methods }
          })
          yield* carry(signedIn)
          return HttpServerResponse.expireCookieUnsafe(redirect(returnTo), stateCookie, { path: statePath })
        })
      })
    )
  })
)

/** The public keys of access tokens. */
export const keys = Group.layer(
  Effect.map(SigningKeys, ({ published }) =>
    HttpApiBuilder.group(Api, "keys", (handlers) =>
      handlers.handleAll({
        jwks: () =>
          published.pipe(
            Effect.map((keys) => ({ keys })),
            Effect.mapError(IdentityProblem.of)
          )
      })
    )
  )
)
