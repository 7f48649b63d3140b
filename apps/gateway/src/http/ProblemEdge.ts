import type { Problem } from "@resync/api/Problem"
import {
  ContentTooLarge,
  InvalidRequest,
  MalformedRequest,
  MethodNotAllowed,
  RequestTimeout,
  RouteNotFound,
  UnsupportedMediaType,
  UriTooLong
} from "@resync/api/RequestProblems"
import { InternalError, ShuttingDown } from "@resync/api/ServiceProblems"
import { Cause, Context, Effect, type Types } from "effect"
import { HttpEffect, HttpRouter, HttpServerError, HttpServerRequest, HttpServerResponse } from "effect/http"
import * as UploadForm from "../commands/UploadForm.ts"
import { GatewayConfig } from "../config/GatewayConfig.ts"
import { Drain } from "../process/Drain.ts"
import * as AllowedMethods from "./AllowedMethods.ts"
import * as ProblemResponse from "./ProblemResponse.ts"
import * as UploadRoute from "./UploadRoute.ts"

type Response = HttpServerResponse.HttpServerResponse

const notFound = (request: HttpServerRequest.HttpServerRequest): Problem => {
  const allow = AllowedMethods.of(request.url)
  return allow.length === 0
    ? new RouteNotFound({})
    : new MethodNotAllowed({ allow, detail: `${request.method} is not among ${allow.join(", ")}` })
}

const ofServerError = (error: HttpServerError.HttpServerError, limit: number): Problem | undefined => {
  switch (error.reason._tag) {
    case "RouteNotFound":
      return notFound(error.request)
    case "RequestParseError":
      return error.reason.reason === "BodyTooLarge"
        ? new ContentTooLarge({ limit, detail: `The body is larger than ${limit} bytes` })
        : new MalformedRequest({ detail: "The body could not be read" })
    default:
      return undefined
  }
}

/** The problem of an answer that a part of the framework gave without one. */
const ofStatus = (request: HttpServerRequest.HttpServerRequest, response: Response): Problem => {
  switch (response.status) {
    case 404:
      return new RouteNotFound({})
    case 408:
      return new RequestTimeout({})
    case 413:
      return new ContentTooLarge({})
    case 415:
      return new UnsupportedMediaType({
        detail: `The body must be ${UploadRoute.matches(request) ? "multipart/form-data" : "application/json"}`
      })
    default:
      return response.status >= 500 ? new InternalError({}) : new InvalidRequest({})
  }
}

/** A request that is refused before it is routed. */
const refuse = (
  request: HttpServerRequest.HttpServerRequest,
  limits: GatewayConfig["Service"]
): Problem | undefined => {
  if (request.url.length > limits.maxUrlSize) {
    return new UriTooLong({
      limit: limits.maxUrlSize,
      detail: `The path with its query is longer than ${limits.maxUrlSize} bytes`
    })
  }
  // No store holds it in a text, so nothing that anybody asks for has one.
  if (request.url.includes("%00")) return new MalformedRequest({ detail: "The path or its query has a zero byte" })
  const length = Number(request.headers["content-length"])
  if (length > limits.maxBodySize) {
    const limit = UploadRoute.matches(request) ? UploadForm.maxBodySize(limits) : limits.maxBodySize
    if (length > limit) return new ContentTooLarge({ limit, detail: `The body is larger than ${limit} bytes` })
  }
  // RFC 9112 section 3.2: a request of HTTP/1.1 without Host is answered with 400.
  return request.headers["host"] === undefined &&
    !("httpVersion" in request.source && request.source.httpVersion === "1.0")
    ? new MalformedRequest({ detail: "The Host header is missing" })
    : undefined
}

/** Under which id the request is found where traces are kept. */
export const traceHeader = "x-trace-id"

/**
 * The outermost edge: whatever happens further in, an answer of 400 or more leaves as a problem, and nothing of what
 * went wrong inside leaves with it. Each answer names its trace, and while the service goes down, each is the last one of
 * its connection.
 */
export const layer = HttpRouter.middleware(
  Effect.gen(function* () {
    const limits = yield* GatewayConfig
    const drain = yield* Drain

    const onFailure = (
      cause: Cause.Cause<unknown>
    ): Effect.Effect<Response, Types.unhandled, HttpServerRequest.HttpServerRequest> => {
      for (const reason of cause.reasons) {
        const error = Cause.isFailReason(reason) ? reason.error : Cause.isDieReason(reason) ? reason.defect : undefined
        const problem = HttpServerError.isHttpServerError(error) ? ofServerError(error, limits.maxBodySize) : undefined
        if (problem !== undefined) return ProblemResponse.respond(problem)
      }
      if (Cause.hasInterruptsOnly(cause)) {
        const gone = cause.reasons.some((reason) => reason.annotations.has(HttpServerError.ClientAbort.key))
        return gone
          ? Effect.interrupt
          : ProblemResponse.respond(new ShuttingDown({ retryAfter: 1, detail: "The request was given up" }))
      }
      return Effect.andThen(Effect.logError("request failed", cause), ProblemResponse.respond(new InternalError({})))
    }

    return (app: Effect.Effect<Response, Types.unhandled>) =>
      Effect.withFiber<Response, Types.unhandled, HttpServerRequest.HttpServerRequest>((fiber) => {
        const request = Context.getUnsafe(fiber.context, HttpServerRequest.HttpServerRequest)
        const traceId = fiber.cache.span?.traceId
        HttpEffect.appendPreResponseHandlerUnsafe(fiber.context, (_request, response) => {
          const traced = traceId === undefined ? response : HttpServerResponse.setHeader(response, traceHeader, traceId)
          return Effect.succeed(drain.draining() ? HttpServerResponse.setHeader(traced, "connection", "close") : traced)
        })
        const refusal = refuse(request, limits)
        if (refusal !== undefined) return ProblemResponse.respond(refusal)
        return Effect.matchCauseEffect(app, {
          onFailure,
          onSuccess: (response) =>
            response.status < 400 || ProblemResponse.isProblem(response)
              ? Effect.succeed(response)
              : ProblemResponse.respond(ofStatus(request, response))
        })
      })
  }),
  { global: true }
)
