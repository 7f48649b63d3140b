import { Data, Duration, Effect, Redacted, Result, Schedule } from "effect"
import { Headers, HttpBody, HttpClient, type HttpClientError, HttpClientRequest } from "effect/http"
import type { SignalConfig } from "../TelemetryConfig.ts"

/** A batch that a collector did not take. */
export class ExportFailed extends Data.TaggedError("ExportFailed")<{ readonly reason: string }> {}

/** The statuses after which the OTLP specification lets a client try again. */
const retryable = new Set([429, 502, 503, 504])

const isRetryable = (error: HttpClientError.HttpClientError): boolean =>
  error.reason._tag === "TransportError" ||
  (error.reason._tag === "StatusCodeError" && retryable.has(error.reason.response.status))

const reasonOf = (error: HttpClientError.HttpClientError): string =>
  error.reason._tag === "StatusCodeError" ? String(error.reason.response.status) : error.reason._tag

const retryAfter = (error: HttpClientError.HttpClientError, now: number): Duration.Duration => {
  const header = error.reason._tag === "StatusCodeError" ? error.reason.response.headers["retry-after"] : undefined
  const parsed = header === undefined ? undefined : Headers.parseRetryAfter(header)
  return parsed === undefined || Result.isFailure(parsed) ? Duration.zero : Headers.retryAfterDelay(parsed.success, now)
}

/** 500 ms, 1 s, 2 s, … each ±20 %, never sooner than Retry-After. The timeout of the export ends it. */
const backoff = Schedule.exponential("500 millis").pipe(
  Schedule.jittered,
  Schedule.setInputType<HttpClientError.HttpClientError>(),
  Schedule.passthrough,
  Schedule.modifyDelay(({ output, duration, now }) => Effect.succeed(Duration.max(duration, retryAfter(output, now))))
)

/** Where one signal goes. `send` ends within the timeout of the signal, retries included. */
export interface OtlpEndpoint {
  readonly send: (body: Uint8Array | string) => Effect.Effect<void, ExportFailed>
}

export const make = (config: SignalConfig): Effect.Effect<OtlpEndpoint, never, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const client = (yield* HttpClient.HttpClient).pipe(
      HttpClient.tap((response) => Effect.ignore(response.arrayBuffer)),
      HttpClient.filterStatusOk
    )
    const headers: Record<string, string> = { "user-agent": "OTel-OTLP-Exporter-JavaScript-Resync/0.1.0" }
    for (const [name, value] of Object.entries(config.headers)) headers[name] = Redacted.value(value)
    const request = HttpClientRequest.post(config.url, { headers })
    const contentType = config.protocol === "http/json" ? "application/json" : "application/x-protobuf"
    const bodyOf = (body: Uint8Array | string) =>
      typeof body === "string" ? HttpBody.text(body, contentType) : HttpBody.uint8Array(body, contentType)
    const compress = (plain: HttpClientRequest.HttpClientRequest) =>
      config.compression === "gzip" ? HttpClientRequest.compressBody(plain, "gzip") : Effect.succeed(plain)

    return {
      send: (body) =>
        compress(HttpClientRequest.setBody(request, bodyOf(body))).pipe(
          Effect.flatMap((ready) => Effect.retry(client.execute(ready), { schedule: backoff, while: isRetryable })),
          Effect.timeoutOrElse({
            duration: config.timeout,
            orElse: () => new ExportFailed({ reason: "timeout" })
          }),
          Effect.catchTag("HttpClientError", (error) => new ExportFailed({ reason: reasonOf(error) })),
          Effect.asVoid,
          // Exporting is not traced, or it would export for ever.
          Effect.provideService(HttpClient.TracerDisabledWhen, () => true)
        )
    }
  })
