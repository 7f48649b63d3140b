/** Problems that the request itself causes: sent again unchanged it fails again. */
import { Schema } from "effect"
import { HttpApiError } from "effect/http-api"
import * as Problem from "./Problem.ts"

/** The request does not fit the contract; `errors` tells where and how. */
export class InvalidRequest extends HttpApiError.Problem<InvalidRequest>()(
  "InvalidRequest",
  { type: Problem.type("invalid-request"), status: 400, title: "The request is not valid" },
  { ...Problem.context, errors: Schema.optionalKey(Schema.Array(HttpApiError.ProblemIssue)) }
) {}

/** The bytes are not an HTTP request. */
export class MalformedRequest extends HttpApiError.Problem<MalformedRequest>()(
  "MalformedRequest",
  { type: Problem.type("malformed-request"), status: 400, title: "The request is not well-formed HTTP" },
  Problem.context
) {}

/** Nothing is served at this path. */
export class RouteNotFound extends HttpApiError.Problem<RouteNotFound>()(
  "RouteNotFound",
  { type: Problem.type("route-not-found"), status: 404, title: "There is nothing at this path" },
  Problem.context
) {}

/** The path exists and does not take this method; the `Allow` header lists those it takes. */
export class MethodNotAllowed extends HttpApiError.Problem<MethodNotAllowed>()(
  "MethodNotAllowed",
  { type: Problem.type("method-not-allowed"), status: 405, title: "The path does not take this method" },
  { ...Problem.context, allow: Schema.Array(Schema.String) }
) {}

/** The client was too slow to send its request. */
export class RequestTimeout extends HttpApiError.Problem<RequestTimeout>()(
  "RequestTimeout",
  { type: Problem.type("request-timeout"), status: 408, title: "The request took too long to arrive" },
  Problem.context
) {}

/** The body is larger than the service takes. */
export class ContentTooLarge extends HttpApiError.Problem<ContentTooLarge>()(
  "ContentTooLarge",
  { type: Problem.type("content-too-large"), status: 413, title: "The body is too large" },
  { ...Problem.context, limit: Schema.optionalKey(Schema.Int) }
) {}

/** The path with its query is longer than the service takes. */
export class UriTooLong extends HttpApiError.Problem<UriTooLong>()(
  "UriTooLong",
  { type: Problem.type("uri-too-long"), status: 414, title: "The URL is too long" },
  { ...Problem.context, limit: Schema.optionalKey(Schema.Int) }
) {}

/** The body has a media type that the endpoint does not read. */
export class UnsupportedMediaType extends HttpApiError.Problem<UnsupportedMediaType>()(
  "UnsupportedMediaType",
  { type: Problem.type("unsupported-media-type"), status: 415, title: "The media type of the body is not supported" },
  Problem.context
) {}

/** The request asks for an expectation that the service does not know. */
export class ExpectationFailed extends HttpApiError.Problem<ExpectationFailed>()(
  "ExpectationFailed",
  { type: Problem.type("expectation-failed"), status: 417, title: "The expectation cannot be met" },
  Problem.context
) {}

/** The header is larger than the service takes. */
export class HeaderFieldsTooLarge extends HttpApiError.Problem<HeaderFieldsTooLarge>()(
  "HeaderFieldsTooLarge",
  { type: Problem.type("header-fields-too-large"), status: 431, title: "The header is too large" },
  { ...Problem.context, limit: Schema.optionalKey(Schema.Int) }
) {}
