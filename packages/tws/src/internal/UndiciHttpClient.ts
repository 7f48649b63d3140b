import { Effect, Inspectable, Option, Pipeable, type Schema, Stream } from "effect"
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
import type { Dispatcher } from "undici"

type Failure = HttpClientError.HttpClientError
type RawHeaders = Readonly<Record<string, string | Array<string> | undefined>>

/**
 * A client for answers that are read whole and of bounded size, over undici's lowest interface: one handler object for an
 * exchange collects the body, and the fibre is resumed once, when all is there. A third of what promises, web streams and an
 * `AbortController` for each request cost.
 *
 * An answer that breaks off, or is larger than `maxBodySize` bytes, is an answer whose body cannot be read. An interruption
 * aborts the exchange. The client makes no span.
 */
export const make = (dispatcher: Dispatcher, maxBodySize: number): HttpClient.HttpClient =>
  HttpClient.makeWith<never, never, Failure, never>(
    Effect.flatMap((request) => exchange(dispatcher, maxBodySize, request)),
    Effect.succeed
  )

/** One exchange of such a client. */
export const exchange = (
  dispatcher: Dispatcher,
  maxBodySize: number,
  request: HttpClientRequest.HttpClientRequest
): Effect.Effect<HttpClientResponse.HttpClientResponse, Failure> =>
  Effect.callback((resume) => {
    const { body } = request
    // The path starts after "https://" and the host.
    const slash = request.url.indexOf("/", 8)
    if (slash === -1 || (body._tag !== "Empty" && body._tag !== "Uint8Array")) {
      const description = "needs an absolute URL and a body that is there as a whole"
      const reason = new HttpClientError.EncodeError({ request, description })
      resume(Effect.fail(new HttpClientError.HttpClientError({ reason })))
      return
    }
    const query = request.urlParams.params.length === 0 ? "" : UrlParams.toString(request.urlParams)
    const handler = new Exchange(request, maxBodySize, resume)
    dispatcher.dispatch(
      {
        origin: request.url.slice(0, slash),
        path: query === "" ? request.url.slice(slash) : `${request.url.slice(slash)}?${query}`,
        method: request.method,
        headers: { ...request.headers },
        body: body._tag === "Empty" ? null : body.body,
        // An attempt is bounded as a whole, by its policy.
        headersTimeout: 0,
        bodyTimeout: 0
      },
      handler
    )
    return Effect.sync(() => handler.abort())
  })

const transportError = (request: HttpClientRequest.HttpClientRequest, cause: unknown): Failure =>
  new HttpClientError.HttpClientError({ reason: new HttpClientError.TransportError({ request, cause }) })

class Exchange implements Dispatcher.DispatchHandler {
  readonly #request: HttpClientRequest.HttpClientRequest
  readonly #maxBodySize: number
  readonly #resume: (effect: Effect.Effect<HttpClientResponse.HttpClientResponse, Failure>) => void
  readonly #chunks: Array<Buffer> = []
  #controller: Dispatcher.DispatchController | undefined = undefined
  #aborted = false
  #status = 0
  #headers: RawHeaders = {}
  #size = 0

  constructor(
    request: HttpClientRequest.HttpClientRequest,
    maxBodySize: number,
    resume: (effect: Effect.Effect<HttpClientResponse.HttpClientResponse, Failure>) => void
  ) {
    this.#request = request
    this.#maxBodySize = maxBodySize
    this.#resume = resume
  }

  abort(): void {
    this.#aborted = true
    this.#controller?.abort(interrupted)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#aborted) controller.abort(interrupted)
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: RawHeaders): void {
    this.#status = status
    this.#headers = headers
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#size += chunk.length
    if (this.#size <= this.#maxBodySize) this.#chunks.push(chunk)
    else controller.abort(new Error(`more than ${this.#maxBodySize} bytes`))
  }

  onResponseEnd(): void {
    const [first] = this.#chunks
    this.#answer(this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks, this.#size))
  }

  onResponseError(_controller: Dispatcher.DispatchController, cause: Error): void {
    // With a status the host has answered; what is missing is a matter of the answer and not of the way to the host.
    if (this.#status >= 200) this.#answer(cause)
    else this.#resume(Effect.fail(transportError(this.#request, cause)))
  }

  #answer(body: Buffer | Error): void {
    this.#resume(Effect.succeed(new Answer(this.#request, this.#status, this.#headers, body)))
  }
}

const interrupted = new Error("The request was interrupted")

/** The body of an answer of this client that is there as a whole, at once and as text; `undefined` for any other. */
export const textUnsafe = (response: HttpClientResponse.HttpClientResponse): string | undefined =>
  response instanceof Answer ? response.textUnsafe() : undefined

class Answer extends Pipeable.Class implements HttpClientResponse.HttpClientResponse {
  readonly [HttpIncomingMessage.TypeId]: typeof HttpIncomingMessage.TypeId = HttpIncomingMessage.TypeId
  readonly [HttpClientResponse.TypeId]: typeof HttpClientResponse.TypeId = HttpClientResponse.TypeId
  readonly request: HttpClientRequest.HttpClientRequest
  readonly url: string
  readonly status: number
  readonly #raw: RawHeaders
  readonly #body: Buffer | Error
  #headers: Headers.Headers | undefined = undefined

  constructor(request: HttpClientRequest.HttpClientRequest, status: number, raw: RawHeaders, body: Buffer | Error) {
    super()
    this.request = request
    this.url = request.url
    this.status = status
    this.#raw = raw
    this.#body = body
  }

  textUnsafe(): string | undefined {
    return Buffer.isBuffer(this.#body) ? this.#body.toString("utf8") : undefined
  }

  get #bytes(): Effect.Effect<Buffer, Failure> {
    return Buffer.isBuffer(this.#body) ? Effect.succeed(this.#body) : Effect.fail(this.#undecodable(this.#body))
  }

  get headers(): Headers.Headers {
    this.#headers ??= Headers.fromInput(this.#raw)
    return this.#headers
  }

  get cookies(): Cookies.Cookies {
    return Cookies.fromSetCookie(this.#raw["set-cookie"] ?? [])
  }

  get remoteAddress(): Option.Option<string> {
    return Option.none()
  }

  get text(): Effect.Effect<string, Failure> {
    return Effect.map(this.#bytes, (body) => body.toString("utf8"))
  }

  get json(): Effect.Effect<Schema.Json, Failure> {
    return Effect.flatMap(this.text, (text) =>
      Effect.try({ try: () => (text === "" ? null : JSON.parse(text)), catch: (cause) => this.#undecodable(cause) })
    )
  }

  get arrayBuffer(): Effect.Effect<ArrayBuffer, Failure> {
    return Effect.map(this.#bytes, (body) => Uint8Array.from(body).buffer)
  }

  get stream(): Stream.Stream<Uint8Array, Failure> {
    return Stream.fromEffect(this.#bytes)
  }

  get urlParamsBody(): Effect.Effect<UrlParams.UrlParams, Failure> {
    return Effect.map(this.text, (text) => UrlParams.fromInput(new URLSearchParams(text)))
  }

  get formData(): Effect.Effect<FormData, Failure> {
    return Effect.flatMap(this.arrayBuffer, (body) =>
      Effect.tryPromise({
        try: () => new Response(body, { headers: { ...this.headers } }).formData(),
        catch: (cause) => this.#undecodable(cause)
      })
    )
  }

  get upgrade(): Effect.Effect<never, Failure> {
    const description = "The answer upgrades to nothing"
    const reason = new HttpClientError.StatusCodeError({ request: this.request, response: this, description })
    return Effect.fail(new HttpClientError.HttpClientError({ reason }))
  }

  #undecodable(cause: unknown): Failure {
    const reason = new HttpClientError.DecodeError({ request: this.request, response: this, cause })
    return new HttpClientError.HttpClientError({ reason })
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
