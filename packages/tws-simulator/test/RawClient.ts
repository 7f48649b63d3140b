import { type IncomingHttpHeaders, request } from "node:http"
import { request as secureRequest } from "node:https"
import { Effect, Schema } from "effect"

/** An answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly chunks: number
  readonly json: unknown
}

export class RawFailure extends Schema.TaggedError<RawFailure>()("RawFailure", {
  code: Schema.String,
  /** What had come before it failed. */
  partial: Schema.String
}) {}

export interface RawRequest {
  readonly method?: string
  readonly body?: unknown
  readonly headers?: Record<string, string>
  readonly credentials?: string
  readonly ca?: string
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Asks with Node's own client, so that a broken answer is seen as it is. */
export const ask = (url: string, options: RawRequest = {}): Effect.Effect<RawAnswer, RawFailure> =>
  Effect.callback((resume) => {
    const body = options.body === undefined ? undefined : JSON.stringify(options.body)
    const open = url.startsWith("https:") ? secureRequest : request
    let text = ""
    const fail = (error: Error & { readonly code?: string }) =>
      resume(Effect.fail(new RawFailure({ code: error.code ?? error.message, partial: text })))
    const outgoing = open(
      url,
      {
        method: options.method ?? "GET",
        agent: false,
        auth: options.credentials ?? "wauser:wapassword",
        headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...options.headers },
        ...(options.ca === undefined ? {} : { ca: options.ca })
      },
      (incoming) => {
        let chunks = 0
        incoming.setEncoding("utf8")
        incoming.on("data", (chunk: string) => {
          chunks++
          text += chunk
        })
        incoming.on("error", fail)
        incoming.on("end", () =>
          resume(
            Effect.succeed({
              status: incoming.statusCode ?? 0,
              headers: incoming.headers,
              body: text,
              chunks,
              json: parsed(text)
            })
          )
        )
      }
    )
    outgoing.on("error", fail)
    outgoing.end(body)
    return Effect.sync(() => outgoing.destroy())
  })
