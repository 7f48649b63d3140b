import { replayedHeader } from "@resync/api/Idempotency"
import * as Correlation from "@resync/telemetry/Correlation"
import { Config, Effect, Layer, Schema, SchemaGetter } from "effect"
import { HttpMiddleware, HttpRouter } from "effect/http"
import { traceHeader } from "./ProblemEdge.ts"

/** An origin as browsers name it: scheme, host and port, nothing behind. Never `*` and never `null`. */
const Origin = Schema.String.check(
  Schema.makeFilter((text) => URL.canParse(text) && /^https?:/.test(text) && new URL(text).origin === text, {
    expected: "an origin like https://ops.example.com"
  })
)

const origins = Config.schema(
  Schema.String.pipe(
    Schema.decodeTo(Schema.Array(Origin), {
      decode: SchemaGetter.transform((text: string) => text.split(",").map((origin) => origin.trim())),
      encode: SchemaGetter.transform((list: ReadonlyArray<string>) => list.join(","))
    })
  ),
  "RESYNC_CORS_ORIGINS"
).pipe(Config.withDefault<ReadonlyArray<string>>([]))

/** A browser asks again after ten minutes. */
const maxAge = 600

/**
 * Lets pages of the origins that are listed read answers; without a list, which is the default, pages of no other origin. They
 * sign in by a token: cookies are never taken from another origin.
 */
export const layer = Layer.unwrap(
  Effect.map(origins, (allowed) =>
    allowed.length === 0
      ? Layer.empty
      : HttpRouter.middleware(
          HttpMiddleware.cors({
            allowedOrigins: (origin) => allowed.includes(origin),
            allowedMethods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
            allowedHeaders: [
              "authorization",
              "content-type",
              "idempotency-key",
              "last-event-id",
              "x-api-key",
              "traceparent",
              "tracestate",
              Correlation.header
            ],
            exposedHeaders: [
              "retry-after",
              "ratelimit",
              "ratelimit-policy",
              Correlation.header,
              traceHeader,
              replayedHeader
            ],
            maxAge
          }),
          { global: true }
        )
  )
)
