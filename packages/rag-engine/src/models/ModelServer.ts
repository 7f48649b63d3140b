import { Clock, Effect, Redacted } from "effect"
import { AiError } from "effect/ai"
import { Headers, HttpClient, HttpClientError, HttpClientRequest, type HttpClientResponse } from "effect/http"

/** A server that speaks OpenAI's protocol: vLLM, Ollama, LM Studio, llama.cpp, or OpenAI itself. */
export interface ModelServer {
  /** With its version, as `http://127.0.0.1:11434/v1`. */
  readonly baseUrl: string
  readonly apiKey?: Redacted.Redacted | undefined
  readonly model: string
}

/** What a server says of a call may repeat the key that it was sent. */
const withoutKey = ({ apiKey }: ModelServer, text: string): string =>
  apiKey === undefined ? text : text.replaceAll(Redacted.value(apiKey), "<redacted>")

/** The status of an answer as a reason, with the time the server asks to be left alone. */
const refused = (response: HttpClientResponse.HttpClientResponse, body: string, now: number): AiError.AiErrorReason => {
  const description = body.slice(0, 500)
  if (response.status === 429) {
    const wait = Headers.parseRetryAfter(response.headers["retry-after"] ?? "")
    const retryAfter = wait._tag === "Success" ? Headers.retryAfterDelay(wait.success, now) : undefined
    return new AiError.RateLimitError({ ...(retryAfter === undefined ? {} : { retryAfter }) })
  }
  return AiError.reasonFromHttpStatus({ status: response.status, description })
}

/** Posts JSON to an endpoint of the server. Whatever goes wrong is an `AiError` of the method that wanted it. */
export const post = (server: ModelServer, method: string, path: string, body: unknown) =>
  Effect.gen(function* () {
    const client = yield* HttpClient.HttpClient
    const request = HttpClientRequest.post(`${server.baseUrl.replace(/\/+$/, "")}${path}`).pipe(
      HttpClientRequest.bodyJsonUnsafe(body),
      HttpClientRequest.acceptJson,
      server.apiKey === undefined ? (request) => request : HttpClientRequest.bearerToken(server.apiKey)
    )
    const response = yield* client.execute(request)
    if (response.status >= 200 && response.status < 300) return response
    return yield* aiError(
      method,
      refused(response, withoutKey(server, yield* response.text), yield* Clock.currentTimeMillis)
    )
  }).pipe(Effect.catchIf(HttpClientError.isHttpClientError, (error) => aiError(method, unreachable(error))))

/** An error of a client as a reason. */
export const unreachable = (error: HttpClientError.HttpClientError): AiError.AiErrorReason =>
  error.response === undefined
    ? AiError.NetworkError.fromRequestError(error.reason as HttpClientError.RequestError)
    : new AiError.InvalidOutputError({ description: error.message })

export const aiError = (method: string, reason: AiError.AiErrorReason) =>
  AiError.make({ module: "ModelServer", method, reason })
