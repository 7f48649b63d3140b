import { isProblem } from "@resync/api/Problem"
import { Problems } from "@resync/api/Problems"
import { InvalidRequest } from "@resync/api/RequestProblems"
import { InternalError } from "@resync/api/ServiceProblems"
import { Effect, Layer, SchemaIssue } from "effect"
import { HttpApiError } from "effect/http-api"
import * as ProblemResponse from "./ProblemResponse.ts"

const format = SchemaIssue.makeFormatterStandardSchemaV1()

const key = (segment: PropertyKey | { readonly key: PropertyKey }) => {
  const value = typeof segment === "object" ? segment.key : segment
  return typeof value === "number" ? value : String(value)
}

/** Where the request does not fit the contract, and how: the first segment is the part of the request. */
const invalid = (error: HttpApiError.HttpApiSchemaError) =>
  new InvalidRequest({
    errors: format(error.cause.issue).issues.map((issue) => ({
      path: [error.kind.toLowerCase(), ...(issue.path ?? []).map(key)],
      message: issue.message
    }))
  })

/** Answers the failures of endpoints. */
export const layer = Layer.succeed(Problems, (endpoint) =>
  Effect.catch(endpoint, (error: unknown) => {
    if (isProblem(error)) return ProblemResponse.respond(error)
    if (!HttpApiError.HttpApiSchemaError.is(error)) return Effect.die(error)
    // What we ourselves answered does not fit the contract: our fault, and the caller learns no more.
    if (error.kind === "Body" || error.kind === "ResponseHeaders") {
      return Effect.andThen(
        Effect.logError("answer does not fit the contract", error.cause),
        ProblemResponse.respond(new InternalError({}))
      )
    }
    return ProblemResponse.respond(invalid(error))
  })
)
