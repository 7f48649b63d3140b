import { HttpApiMiddleware } from "effect/http-api"
import { InvalidRequest } from "./RequestProblems.ts"
import { InternalError } from "./ServiceProblems.ts"

/**
 * Answers each failure of an endpoint with its problem, completed with the path, the correlation id and the trace id.
 * What any endpoint can end in is declared here; what belongs to some is declared by them.
 */
export class Problems extends HttpApiMiddleware.Service<Problems>()("@resync/api/Problems", {
  error: [InvalidRequest, InternalError]
}) {}
