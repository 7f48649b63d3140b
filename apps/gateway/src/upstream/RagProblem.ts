import { DocumentNotFound, IngestionJobConflict, IngestionJobNotFound } from "@resync/api/RagProblems"
import {
  UpstreamBadAnswer,
  UpstreamRefused,
  UpstreamTimeout,
  UpstreamUnavailable,
  UpstreamUnreachable
} from "@resync/api/UpstreamProblems"
import type * as RagError from "@resync/rag/RagError"
import * as PolicyProblem from "./PolicyProblem.ts"

const upstream = "rag"
const name = "The knowledge base"

const unavailable = ({ detail, reason, retryAfter }: RagError.RagUnavailable) => {
  switch (reason) {
    case "transport":
      return new UpstreamUnreachable({ upstream, detail: `${name} cannot be reached` })
    case "timeout":
      return new UpstreamTimeout({ upstream, detail: `${name} failed: ${detail}` })
    case "refused":
      return new UpstreamRefused({ upstream, detail: `${name} does not accept the token of this service` })
    case "status":
    case "protocol":
      return new UpstreamBadAnswer({ upstream, detail: `${name} failed: ${detail}` })
    case "store":
    case "disk-full":
      return new UpstreamUnavailable({
        upstream,
        detail: `${name} cannot serve now: ${detail}`,
        retryAfter: 1,
        ...PolicyProblem.seconds(retryAfter)
      })
  }
}

const problems = {
  RagUnavailable: unavailable,
  ...PolicyProblem.make(upstream, name),
  DocumentNotFound: ({ id, message }: RagError.DocumentNotFound) => new DocumentNotFound({ id, detail: message }),
  IngestionJobNotFound: ({ id, message }: RagError.IngestionJobNotFound) =>
    new IngestionJobNotFound({ id, detail: message }),
  IngestionJobConflict: ({ id, message, state }: RagError.IngestionJobConflict) =>
    new IngestionJobConflict({ id, state, detail: message })
}

type Failure =
  | RagError.RagError
  | RagError.DocumentNotFound
  | RagError.IngestionJobNotFound
  | RagError.IngestionJobConflict

type ProblemOf<E extends Failure> = E extends Failure ? ReturnType<(typeof problems)[E["_tag"]]> : never

/** The problem of a failed call to the knowledge base, by what happened: 502, 503, 504, or what it said. */
export const of = <E extends Failure>(error: E): ProblemOf<E> => {
  // Each function takes the error whose tag is its key, which the compiler does not follow for a tag that varies.
  const problem = problems[error._tag] as (error: E) => unknown
  return problem(error) as ProblemOf<E>
}
