import { createHash, timingSafeEqual } from "node:crypto"
import { Effect, Option, Redacted } from "effect"
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import { RagServiceConfig } from "./RagServiceConfig.ts"

/** Digests have one length, whatever is compared, so that the time tells nothing. */
const digest = (text: string) => createHash("sha256").update(text).digest()

/** Probes and scrapes come without a token. */
const open = /^\/(?:health|metrics)(?:[/?]|$)/

const refused = HttpServerResponse.empty({ status: 401, headers: { "www-authenticate": "Bearer" } })

/** Lets pass whoever shows the token. Where none is set, everybody. */
export const layer = HttpRouter.middleware(
  Effect.gen(function* () {
    const { token } = yield* RagServiceConfig
    if (Option.isNone(token)) return (app) => app
    const wanted = digest(`Bearer ${Redacted.value(token.value)}`)
    return (app) =>
      Effect.flatMap(HttpServerRequest.HttpServerRequest, ({ headers, url }) =>
        open.test(url) || timingSafeEqual(wanted, digest(headers["authorization"] ?? ""))
          ? app
          : Effect.succeed(refused)
      )
  }),
  { global: true }
)
