import { security, sessionCookie } from "@resync/api/Authentication"
import { Duration, Effect, type Redacted } from "effect"
import { HttpEffect, HttpServerRequest, HttpServerResponse } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import { isSecure } from "./ClientAddress.ts"

/** Only to this service, over TLS where it is spoken, not to scripts, and from other sites only when a link is followed. */
const options = (request: HttpServerRequest.HttpServerRequest) =>
  ({ path: "/", httpOnly: true, secure: isSecure(request), sameSite: "lax" }) as const

/** Lets the answer set the cookie, until the session ends. */
export const set = Effect.fnUntraced(function* (secret: Redacted.Redacted, millis: number) {
  const request = yield* HttpServerRequest.HttpServerRequest
  const maxAge = Duration.millis(Math.max(0, millis))
  yield* HttpApiBuilder.securitySetCookie(security.cookie, secret, { ...options(request), maxAge })
})

/** Lets the answer take the cookie away, and what pages have kept beside it. */
export const clear = HttpEffect.appendPreResponseHandler((request, response) =>
  Effect.succeed(
    HttpServerResponse.setHeader(
      HttpServerResponse.expireCookieUnsafe(response, sessionCookie, options(request)),
      "clear-site-data",
      '"cache", "storage"'
    )
  )
)
