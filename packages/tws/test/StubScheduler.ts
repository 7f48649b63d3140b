import * as Resilience from "@resync/resilience/Resilience"
import { Duration, Effect, Layer, Redacted, Ref } from "effect"
import { HttpClient, HttpClientError, type HttpClientRequest, HttpClientResponse } from "effect/http"
import * as TwsHttp from "../src/TwsHttp.ts"
import type { TwsOptions } from "../src/TwsOptions.ts"

/** A request as it went out. */
export interface Seen {
  readonly method: string
  readonly host: string
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

/** What a stubbed scheduler does with a request. */
export type Reply =
  | { readonly status: number; readonly body?: unknown; readonly headers?: Record<string, string> }
  | { readonly refused: string }
  | "hang"

/** A reply with a JSON body. */
export const json = (body: unknown, status = 200): Reply => ({ status, body })

/** Fails before anything was sent, and after something may have been. */
export const connectionRefused: Reply = { refused: "ECONNREFUSED" }
export const connectionReset: Reply = { refused: "ECONNRESET" }

const bodyOf = (request: HttpClientRequest.HttpClientRequest): unknown =>
  request.body._tag === "Uint8Array" ? JSON.parse(new TextDecoder().decode(request.body.body)) : undefined

/** A scheduler made of a function. The background ping is answered and left out of the record. */
export const make = (handler: (seen: Seen) => Reply | Effect.Effect<Reply>) =>
  Effect.gen(function* () {
    const requests = yield* Ref.make<ReadonlyArray<Seen>>([])
    const client = HttpClient.make((request, url) =>
      Effect.gen(function* () {
        const seen: Seen = {
          method: request.method,
          host: url.host,
          path: url.pathname,
          query: Object.fromEntries(url.searchParams),
          headers: request.headers,
          body: bodyOf(request)
        }
        const ping = seen.path === "/twsd/api/v2/engine/info"
        if (!ping) yield* Ref.update(requests, (known) => [...known, seen])
        const answer = handler(seen)
        const reply: Reply = Effect.isEffect(answer) ? yield* answer : answer
        if (reply === "hang") return yield* Effect.never
        if ("refused" in reply) {
          return yield* new HttpClientError.HttpClientError({
            reason: new HttpClientError.TransportError({
              request,
              cause: Object.assign(new Error(`connect ${reply.refused}`), { code: reply.refused })
            })
          })
        }
        const text = typeof reply.body === "string" ? reply.body : JSON.stringify(reply.body ?? {})
        return HttpClientResponse.fromWeb(
          request,
          new Response(reply.status === 204 ? null : text, {
            status: reply.status,
            ...(reply.headers === undefined ? {} : { headers: reply.headers })
          })
        )
      })
    )
    return { requests: Ref.get(requests), layer: Layer.succeed(HttpClient.HttpClient, client) }
  })

const options: TwsOptions = { urls: [new URL("https://mdm:31116")], pingInterval: Duration.infinity }

/** `Tws` over a stubbed scheduler, with the registries. */
export const twsOver = (
  stub: { readonly layer: Layer.Layer<HttpClient.HttpClient> },
  given: Partial<TwsOptions> = {}
) =>
  TwsHttp.layerNoDeps({ ...options, ...given }).pipe(Layer.provide(stub.layer), Layer.provideMerge(Resilience.layer()))

/** A UUID with these last digits. */
export const uuid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`

/** A job as the scheduler writes it. */
export const wireJob = (n: number, rest: Record<string, unknown> = {}) => ({
  flowNodeType: "JOB",
  id: uuid(n),
  name: `JOB${n}`,
  workstation: "/AGT",
  jobStreamId: uuid(9000),
  jobStreamName: "NIGHT",
  lastRunCommonStatus: "WAITING",
  lastRunCompositeStatus: { status: "HOLD" },
  ...rest
})

/** A secret that must not show up anywhere. */
export const secret = Redacted.make("hush")
