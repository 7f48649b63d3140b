import { createHash } from "node:crypto"
import { Effect } from "effect"
import { HttpEffect, HttpRouter, type HttpServerRequest, HttpServerResponse } from "effect/http"
import { TlsConfig } from "./TlsConfig.ts"

/**
 * What each answer tells a browser: take the content for what it says it is, show it in no frame, load nothing for it, hand it
 * to no other origin, keep it in no cache, tell nobody where a link was followed from. After OWASP's REST Security and HTTP
 * Headers cheat sheets.
 */
export const always = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-store"
} as const

/** Two years, as the preload list of browsers asks. Only over TLS, since over plain HTTP browsers must not heed it. */
const strictTransport = { "strict-transport-security": "max-age=63072000; includeSubDomains" } as const

/** Scripts that stand in a page, each allowed by its hash and no other. */
const scriptHashes = (html: string): ReadonlyArray<string> =>
  [...html.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(
    ([, script = ""]) => `'sha256-${createHash("sha256").update(script).digest("base64")}'`
  )

const policies = new WeakMap<object, string>()

/** The policy of a page: its own scripts by hash, its styles, and calls to this service. */
const pagePolicy = (body: object, html: string): string => {
  const known = policies.get(body)
  if (known !== undefined) return known
  const scripts = scriptHashes(html).join(" ")
  const policy = [
    "default-src 'none'",
    `script-src ${scripts === "" ? "'self'" : `'self' ${scripts}`}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'self'"
  ].join("; ")
  policies.set(body, policy)
  return policy
}

const htmlOf = ({ body, headers }: HttpServerResponse.HttpServerResponse): string | undefined =>
  body._tag === "Uint8Array" && headers["content-type"]?.startsWith("text/html") === true
    ? new TextDecoder().decode(body.body)
    : undefined

/** Where an answer says something of its own, that holds. */
const complete =
  (headers: Readonly<Record<string, string>>) =>
  (_request: HttpServerRequest.HttpServerRequest, response: HttpServerResponse.HttpServerResponse) => {
    const page = htmlOf(response)
    const policy = page === undefined ? undefined : { "content-security-policy": pagePolicy(response.body, page) }
    return Effect.succeed(HttpServerResponse.setHeaders(response, { ...headers, ...policy, ...response.headers }))
  }

/** Puts the headers on every answer of the router. */
export const layer = HttpRouter.middleware(
  Effect.gen(function* () {
    const { secure } = yield* TlsConfig
    const handler = complete(secure ? { ...always, ...strictTransport } : always)
    return (app) =>
      Effect.withFiber((fiber) => {
        HttpEffect.appendPreResponseHandlerUnsafe(fiber.context, handler)
        return app
      })
  }),
  { global: true }
)
