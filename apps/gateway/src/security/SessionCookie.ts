import { secureSessionCookie, security, sessionCookie } from "@resync/api/Authentication"
import { Duration, Effect, type Redacted } from "effect"
import { HttpEffect, HttpServerRequest, HttpServerResponse } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import { isSecure } from "./ClientAddress.ts"

/** Only to this service, over TLS where it is spoken, not to scripts, and from other sites only when a link is followed. */
const options = (secure: boolean) => ({ path: "/", httpOnly: true, secure, sameSite: "lax" }) as const

/** Lets the answer set the cookie, until the session ends. */
export const set = Effect.fnUntraced(function* (secret: Redacted.Redacted, millis: number) {
  const secure = isSecure(yield* HttpServerRequest.HttpServerRequest)
  const maxAge = Duration.millis(Math.max(0, millis))
  const cookie = secure ? security.secureCookie : security.cookie
  yield* HttpApiBuilder.securitySetCookie(cookie, secret, { ...options(secure), maxAge })
})

/** Lets the answer take the cookie away under both of its names, and what pages have kept beside it. */
export const clear = Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) =>
  HttpEffect.appendPreResponseHandler((_request, response) =>
    Effect.succeed(
      response.pipe(
        // A browser heeds this name with `Secure` alone.
        HttpServerResponse.expireCookieUnsafe(secureSessionCookie, options(true)),
        HttpServerResponse.expireCookieUnsafe(sessionCookie, options(isSecure(request))),
        HttpServerResponse.setHeader("clear-site-data", '"cache", "storage"')
      )
    )
  )
)
