import { CrossSiteRequest } from "@resync/api/AccessProblems"
import { Api } from "@resync/api/Api"
import type { SignedIn } from "@resync/identity/signin/SignIn"
import { Clock, DateTime, Duration, Effect, Redacted } from "effect"
import { HttpServerRequest, HttpServerResponse } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import { Entrances } from "../dispatch/Entrances.ts"
import { Queries } from "../dispatch/Queries.ts"
import * as Group from "../http/Group.ts"
import * as ClientAddress from "../security/ClientAddress.ts"
import * as CrossSite from "../security/CrossSite.ts"
import { RateLimits } from "../security/RateLimits.ts"
import * as SessionCookie from "../security/SessionCookie.ts"
import { PublicKeys } from "./IdentityQueries.ts"
import * as WaysIn from "./SignInEntrances.ts"

/** Binds a sign-in at the provider to the browser that began it. The name for TLS goes with no narrower path. */
const stateCookie = (request: HttpServerRequest.HttpServerRequest) =>
  ClientAddress.isSecure(request)
    ? ({ name: "__Host-resync_oidc", path: "/", secure: true } as const)
    : ({ name: "resync_oidc", path: "/api/v1/auth/oidc", secure: false } as const)
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

const client = Effect.map(HttpServerRequest.HttpServerRequest, ClientAddress.bucketOfClient)

const redirect = (location: string) => HttpServerResponse.empty({ status: 302, headers: { location } })

/** Ways in. */
export const layer = Group.layer(
  Effect.gen(function* () {
    const limits = yield* RateLimits
    const { enter } = yield* Entrances

    return HttpApiBuilder.group(Api, "auth", (handlers) =>
      handlers.handleAll({
        login: Effect.fnUntraced(function* ({ payload: { name, password, session: kind = "tokens" }, request }) {
          if (kind === "cookie" && CrossSite.isCrossSite(request)) {
            return yield* new CrossSiteRequest({ detail: "Only a page of this service may sign in by a cookie" })
          }
          yield* limits.consume("sign-in", yield* client)
          const signedIn = yield* enter(WaysIn.Login, { name, password, kind })
          yield* carry(signedIn)
          return answerOf(signedIn)
        }),
        refresh: Effect.fnUntraced(function* ({ payload }) {
          yield* limits.consume("refresh", yield* client)
          return answerOf(yield* enter(WaysIn.Refresh, { token: payload.refreshToken }))
        }),
        oidcStart: Effect.fnUntraced(function* ({ query, request }) {
          yield* limits.consume("sign-in", yield* client)
          const { state, url } = yield* enter(WaysIn.OidcStart, {
            returnTo: query.returnTo,
            fresh: query.fresh === "true"
          })
          const { name, ...where } = stateCookie(request)
          return HttpServerResponse.setCookieUnsafe(redirect(url.href), name, state, {
            ...where,
            httpOnly: true,
            sameSite: "lax",
            maxAge: stateLifetime
          })
        }),
        oidcCallback: Effect.fnUntraced(function* ({ request }) {
          yield* limits.consume("sign-in", yield* client)
          const { name, ...where } = stateCookie(request)
          const { returnTo, signedIn } = yield* enter(WaysIn.OidcCallback, {
            query: new URL(request.url, "http://localhost").searchParams,
            state: request.cookies[name]
          })
          yield* carry(signedIn)
          return HttpServerResponse.expireCookieUnsafe(redirect(returnTo), name, where)
        })
      })
    )
  })
)

/** The public keys of access tokens. */
export const keys = Group.layer(
  Effect.map(Queries, ({ askOpenly }) =>
    HttpApiBuilder.group(Api, "keys", (handlers) => handlers.handleAll({ jwks: () => askOpenly(PublicKeys, {}) }))
  )
)
