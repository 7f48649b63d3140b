import { assert } from "@effect/vitest"
import type { start } from "@resync/service/testing/ServiceProcess"
import { OtlpReceiver } from "@resync/telemetry/testing/OtlpReceiver"
import { Effect } from "effect"
import { FetchHttpClient, HttpBody, HttpClient, HttpClientRequest, type HttpMethod } from "effect/http"
import type { Secrets } from "./Secrets.ts"

interface Sent {
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** What the answer is there to show. */
  readonly shows?: ReadonlyArray<string>
}

/** What was answered by a gateway, and what of it should not have been. */
export const session = (secrets: Secrets, url: string) => {
  const told: Array<string> = []
  const later: Array<() => void> = []
  const call = (method: HttpMethod.HttpMethod, path: string, { body, headers = {}, shows = [] }: Sent = {}) =>
    HttpClient.execute(
      HttpClientRequest.make(method)(`${url}${path}`, { headers }).pipe((request) => {
        if (body === undefined) return request
        if (body instanceof FormData) return HttpClientRequest.setBody(request, HttpBody.formData(body))
        return HttpClientRequest.setBody(
          request,
          typeof body === "string" ? HttpBody.text(body, "application/json") : HttpBody.jsonUnsafe(body)
        )
      })
    ).pipe(
      Effect.flatMap((response) => Effect.map(response.text, (text) => ({ response, text }))),
      Effect.map(({ response: { headers, status }, text }) => {
        const { "set-cookie": cookie = "", ...others } = headers
        // Looked at in the end, when all secrets are known.
        later.push(() => {
          const found = secrets.in(`${text}\n${JSON.stringify(others)}`, shows)
          if (found.length > 0) told.push(`${method} ${path} answered ${status} with ${found}: ${text.slice(0, 500)}`)
        })
        const json = /[/+]json/.test(headers["content-type"] ?? "")
        const location = headers["location"] ?? ""
        return {
          status,
          text,
          location,
          cookie: cookie.slice(0, cookie.indexOf(";")),
          body: json ? JSON.parse(text) : undefined
        }
      }),
      Effect.provide(FetchHttpClient.layer),
      Effect.provideService(FetchHttpClient.RequestInit, { redirect: "manual" })
    )
  const findings = () => {
    for (const look of later.splice(0)) look()
    return told
  }
  return { call, findings }
}

/** Ends a process so that it sends what it holds, and gives all that left it. */
export const all = Effect.fnUntraced(function* (gateway: Effect.Success<ReturnType<typeof start>>) {
  yield* gateway.kill("SIGTERM")
  yield* gateway.exit
  const receiver = yield* OtlpReceiver
  assert.deepStrictEqual(yield* receiver.malformed, [])
  const requests = yield* receiver.requests
  const of = (signal: string) =>
    requests
      .filter((request) => request.signal === signal)
      .map(({ body }) => body.toString("utf8"))
      .join("\n")
  const lines = gateway.output.stdout.split("\n")
  return {
    banner: lines.filter((line) => !line.startsWith("{")).join("\n"),
    logs: lines.filter((line) => line.startsWith("{")).join("\n"),
    stderr: gateway.output.stderr,
    spans: of("traces"),
    metrics: of("metrics"),
    records: of("logs")
  }
})
