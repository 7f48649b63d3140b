import { NodeHttpServerRequest } from "@effect/platform-node"
import { Duration, Effect, Random, Schedule, Stream } from "effect"
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import type { FaultAction, Latency } from "../FaultRule.ts"
import { Faults } from "../Faults.ts"
import { RequestStats } from "../RequestStats.ts"
import { apiError } from "../wire/ApiError.ts"
import { errorResponse } from "./Exchange.ts"

type Response = HttpServerResponse.HttpServerResponse

const sample = (latency: Latency): Effect.Effect<Duration.Duration> =>
  Effect.map(Random.next, (chance) => {
    switch (latency.kind) {
      case "fixed":
        return Duration.millis(latency.millis)
      case "uniform":
        return Duration.millis(latency.min + chance * (latency.max - latency.min))
      case "exponential":
        return Duration.millis(-Math.log(1 - chance) * latency.mean)
    }
  })

const bytesOf = (response: Response): Uint8Array =>
  response.body._tag === "Uint8Array" ? response.body.body : new Uint8Array()

const refusal = (status: number, retryAfter: number | undefined): Response => {
  const response = errorResponse(
    apiError(status, "InjectedFault", `AWSJMR011E The service is not available (HTTP ${status}).`)
  )
  return retryAfter === undefined ? response : HttpServerResponse.setHeader(response, "retry-after", String(retryAfter))
}

/** The socket and the head are Node's: no response of the platform can break off half way. */
const reset = (request: HttpServerRequest.HttpServerRequest) =>
  Effect.sync(() => {
    const { socket } = NodeHttpServerRequest.toIncomingMessage(request)
    if ("resetAndDestroy" in socket) socket.resetAndDestroy()
    return HttpServerResponse.empty()
  })

const truncate = (request: HttpServerRequest.HttpServerRequest, response: Response) =>
  Effect.callback<Response>((resume) => {
    const body = bytesOf(response)
    const node = NodeHttpServerRequest.toServerResponse(request)
    const { socket } = NodeHttpServerRequest.toIncomingMessage(request)
    if (!("writeHead" in node) || !("assignSocket" in node)) return resume(Effect.succeed(response))
    node.writeHead(response.status, {
      ...response.headers,
      "content-type": response.headers["content-type"] ?? "application/json",
      "content-length": Math.max(2, body.length)
    })
    node.write(body.subarray(0, Math.floor(body.length / 2)), () => {
      socket.destroy()
      resume(Effect.succeed(HttpServerResponse.empty()))
    })
  })

/** Every third byte is replaced: the length stays, the JSON does not. */
const garble = (response: Response): Response => {
  const body = bytesOf(response).map((byte, index) => (index % 3 === 1 ? byte ^ 0x15 : byte))
  return HttpServerResponse.uint8Array(body, {
    status: response.status,
    headers: response.headers,
    contentType: response.headers["content-type"] ?? "application/json"
  })
}

const drip = (response: Response, bytes: number, everyMillis: number): Response => {
  const body = bytesOf(response)
  const parts = Array.from({ length: Math.ceil(body.length / bytes) }, (_, index) =>
    body.subarray(index * bytes, (index + 1) * bytes)
  )
  return HttpServerResponse.stream(
    Stream.fromIterable(parts).pipe(Stream.schedule(Schedule.spaced(Duration.millis(everyMillis)))),
    {
      status: response.status,
      headers: response.headers,
      contentType: response.headers["content-type"] ?? "application/json",
      contentLength: body.length
    }
  )
}

const inject = <E, R>(
  request: HttpServerRequest.HttpServerRequest,
  action: FaultAction,
  next: Effect.Effect<Response, E, R>
): Effect.Effect<Response, E, R> => {
  switch (action.kind) {
    case "latency":
      return Effect.flatMap(sample(action.latency), (wait) =>
        Effect.andThen(Effect.interruptible(Effect.sleep(wait)), next)
      )
    case "status":
      return Effect.succeed(refusal(action.status, action.retryAfter))
    case "reset":
      return reset(request)
    case "hang":
      // A middleware of the router runs uninterruptible, and the server must be able to close.
      return Effect.interruptible(Effect.never)
    case "truncate":
      return Effect.flatMap(next, (response) => truncate(request, response))
    case "garble":
      return Effect.map(next, garble)
    case "drip":
      return Effect.map(next, (response) => drip(response, action.bytes, action.everyMillis))
  }
}

/** Lets the faults in force happen to requests, and counts what is answered. The control surface is spared. */
export const layer = HttpRouter.middleware(
  Effect.gen(function* () {
    const faults = yield* Faults
    const stats = yield* RequestStats
    return (httpEffect) =>
      Effect.gen(function* () {
        const request = yield* HttpServerRequest.HttpServerRequest
        const path = request.url.split("?")[0] ?? request.url
        if (path.startsWith("/__sim")) return yield* httpEffect
        const actions = yield* faults.take(request.method, path)
        yield* Effect.forEach(actions, (action) => stats.fault(action.kind), { discard: true })
        const routed = path.includes(";")
          ? // Keys of V1 may come with a bare `;`, which the router would take for the end of the path.
            Effect.provideService(
              httpEffect,
              HttpServerRequest.HttpServerRequest,
              request.modify({ url: request.url.replace(path, path.replaceAll(";", "%3B")) })
            )
          : httpEffect
        const response = yield* actions.reduceRight<typeof httpEffect>(
          (next, action) => inject(request, action, next),
          routed
        )
        yield* stats.status(response.status)
        return response
      })
  }),
  { global: true }
)
