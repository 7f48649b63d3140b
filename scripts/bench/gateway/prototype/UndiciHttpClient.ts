/**
 * An `HttpClient` over undici's lowest interface, for services that read whole bodies of bounded size.
 *
 * `NodeHttpClient.layerUndici` goes through undici's promises, web-like body objects, an `AbortController`, a `URL` and a
 * finalization registry for each request. This one dispatches with one handler object, collects the body, and resumes
 * the fiber once, when the answer is complete; an interruption aborts the request. It makes no span of its own: the
 * caller's span is what `traceparent` names, so put one span around each attempt.
 */
import { Effect, Inspectable, Layer, Option, Pipeable, type Schema, Stream } from "effect"
import {
  Cookies,
  Headers,
  HttpClient,
  HttpClientError,
  type HttpClientRequest,
  HttpClientResponse,
  HttpIncomingMessage,
  UrlParams
} from "effect/http"
import { Agent, type Dispatcher } from "undici"

export interface Options {
  /** Connections per origin. Default 64. */
  readonly connections?: number
  /** Bytes of body past which an answer is refused. Default 64 MiB. */
  readonly maxBodyBytes?: number
}

type Failure = HttpClientError.HttpClientError

class BodyTooLarge extends Error {
  override readonly name = "BodyTooLarge"
}

class Exchange implements Dispatcher.DispatchHandler {
  readonly request: HttpClientRequest.HttpClientRequest
  readonly url: string
  readonly maxBodyBytes: number
  readonly resume: (effect: Effect.Effect<HttpClientResponse.HttpClientResponse, Failure>) => void
  controller: Dispatcher.DispatchController | undefined = undefined
  aborted = false
  status = 0
  headers: Readonly<Record<string, string | Array<string> | undefined>> = {}
  chunks: Array<Buffer> = []
  bytes = 0

  constructor(
    request: HttpClientRequest.HttpClientRequest,
    url: string,
    maxBodyBytes: number,
    resume: (effect: Effect.Effect<HttpClientResponse.HttpClientResponse, Failure>) => void
  ) {
    this.request = request
    this.url = url
    this.maxBodyBytes = maxBodyBytes
    this.resume = resume
  }

  abort() {
    this.aborted = true
    this.controller?.abort(interrupted)
  }

  onRequestStart(controller: Dispatcher.DispatchController) {
    this.controller = controller
    if (this.aborted) controller.abort(interrupted)
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | Array<string> | undefined>>
  ) {
    this.status = status
    this.headers = headers
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer) {
    this.bytes += chunk.length
    if (this.bytes > this.maxBodyBytes)
      controller.abort(new BodyTooLarge(`more than ${this.maxBodyBytes} bytes of body`))
    else this.chunks.push(chunk)
  }

  onResponseEnd() {
    const [first] = this.chunks
    const body = this.chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.chunks, this.bytes)
    this.resume(Effect.succeed(new Answer(this.request, this.url, this.status, this.headers, body)))
  }

  onResponseError(_controller: Dispatcher.DispatchController, cause: Error) {
    this.resume(
      Effect.fail(
        new HttpClientError.HttpClientError({
          reason: new HttpClientError.TransportError({ request: this.request, cause })
        })
      )
    )
  }
}

const interrupted = new Error("The request was interrupted")
interrupted.stack = ""

export class Answer extends Pipeable.Class implements HttpClientResponse.HttpClientResponse {
  readonly [HttpIncomingMessage.TypeId]: typeof HttpIncomingMessage.TypeId = HttpIncomingMessage.TypeId
  readonly [HttpClientResponse.TypeId]: typeof HttpClientResponse.TypeId = HttpClientResponse.TypeId
  readonly request: HttpClientRequest.HttpClientRequest
  readonly url: string
  readonly status: number
  readonly #headers: Readonly<Record<string, string | Array<string> | undefined>>
  readonly #body: Buffer

  constructor(
    request: HttpClientRequest.HttpClientRequest,
    url: string,
    status: number,
    headers: Readonly<Record<string, string | Array<string> | undefined>>,
    body: Buffer
  ) {
    super()
    this.request = request
    this.url = url
    this.status = status
    this.#headers = headers
    this.#body = body
  }

  get headers(): Headers.Headers {
    return Headers.fromInput(this.#headers)
  }

  get cookies(): Cookies.Cookies {
    const header = this.#headers["set-cookie"]
    return header === undefined ? Cookies.empty : Cookies.fromSetCookie(header)
  }

  get remoteAddress(): Option.Option<string> {
    return Option.none()
  }

  get text(): Effect.Effect<string> {
    return Effect.succeed(this.#body.toString("utf8"))
  }

  get json(): Effect.Effect<Schema.Json, Failure> {
    try {
      return Effect.succeed(this.#body.length === 0 ? null : JSON.parse(this.#body.toString("utf8")))
    } catch (cause) {
      return Effect.fail(this.#undecodable(cause))
    }
  }

  get arrayBuffer(): Effect.Effect<ArrayBuffer> {
    return Effect.sync(() => Uint8Array.from(this.#body).buffer)
  }

  get stream(): Stream.Stream<Uint8Array> {
    return Stream.succeed(this.#body)
  }

  get urlParamsBody(): Effect.Effect<UrlParams.UrlParams> {
    return Effect.sync(() => UrlParams.fromInput(new URLSearchParams(this.#body.toString("utf8"))))
  }

  get formData(): Effect.Effect<FormData, Failure> {
    return Effect.tryPromise({
      try: () => new Response(Uint8Array.from(this.#body), { headers: { ...this.headers } }).formData(),
      catch: (cause) => this.#undecodable(cause)
    })
  }

  get upgrade(): Effect.Effect<never, Failure> {
    return Effect.fail(
      new HttpClientError.HttpClientError({
        reason: new HttpClientError.StatusCodeError({
          request: this.request,
          response: this,
          description: "no upgrades"
        })
      })
    )
  }

  #undecodable(cause: unknown) {
    return new HttpClientError.HttpClientError({
      reason: new HttpClientError.DecodeError({ request: this.request, response: this, cause })
    })
  }

  toJSON(): unknown {
    return HttpIncomingMessage.inspect(this, {
      _id: "effect/http/HttpClientResponse",
      request: this.request.toJSON(),
      status: this.status
    })
  }

  override toString(): string {
    return JSON.stringify(this.toJSON(), null, 2)
  }

  [Inspectable.NodeInspectSymbol](): unknown {
    return this.toJSON()
  }
}

const bodyOf = (request: HttpClientRequest.HttpClientRequest): Uint8Array | string | null | undefined => {
  const { body } = request
  if (body._tag === "Empty") return null
  return body._tag === "Uint8Array" ? body.body : undefined
}

/** A client over the given dispatcher. Bodies of requests must be whole (empty, text, JSON, bytes), not streams. */
export const make = (dispatcher: Dispatcher, options: Options = {}): HttpClient.HttpClient => {
  const maxBodyBytes = options.maxBodyBytes ?? 64 * 1024 * 1024
  const exchange = (request: HttpClientRequest.HttpClientRequest) =>
    Effect.withFiber<HttpClientResponse.HttpClientResponse, Failure>((fiber) => {
      const body = bodyOf(request)
      const slash = request.url.indexOf("/", 8)
      if (body === undefined || slash === -1) {
        return Effect.fail(
          new HttpClientError.HttpClientError({
            reason: new HttpClientError.InvalidUrlError({ request, cause: "needs an absolute URL and a whole body" })
          })
        )
      }
      const query = request.urlParams.params.length === 0 ? "" : UrlParams.toString(request.urlParams)
      const path = query === "" ? request.url.slice(slash) : `${request.url.slice(slash)}?${query}`
      const origin = request.url.slice(0, slash)
      const span = fiber.cache.span
      const headers: Record<string, string> = { ...request.headers }
      if (span !== undefined && (span._tag === "ExternalSpan" || span.traceId !== "noop")) {
        headers["traceparent"] = `00-${span.traceId}-${span.spanId}-${span.sampled ? "01" : "00"}`
      }
      return Effect.callback((resume) => {
        const handler = new Exchange(request, `${origin}${path}`, maxBodyBytes, resume)
        dispatcher.dispatch(
          { origin, path, method: request.method, headers, body, headersTimeout: 0, bodyTimeout: 0 },
          handler
        )
        return Effect.sync(() => handler.abort())
      })
    })
  return HttpClient.makeWith<never, never, Failure, never>(Effect.flatMap(exchange), Effect.succeed)
}

export const layer = (options: Options = {}): Layer.Layer<HttpClient.HttpClient> =>
  Layer.effect(
    HttpClient.HttpClient,
    Effect.map(
      Effect.acquireRelease(
        Effect.sync(() => new Agent({ connections: options.connections ?? 64, pipelining: 1 })),
        (agent) => Effect.promise(() => agent.destroy())
      ),
      (agent) => make(agent, options)
    )
  )
