import { Schema } from "effect"
import { HttpApiError } from "effect/http-api"
import * as Problem from "./Problem.ts"

/** A key of the caller's choice, 1 to 255 printable ASCII characters; a UUID serves well. */
export const IdempotencyKey = Schema.String.check(
  Schema.isPattern(/^[\x21-\x7e]{1,255}$/, { expected: "1 to 255 printable ASCII characters" })
)

/** The headers of a command that takes a key. */
export const keyed = { "idempotency-key": Schema.optionalKey(IdempotencyKey) } as const

/** The header with which a repeated command says that its answer is that of the first. */
export const replayedHeader = "idempotent-replayed"

/** The key was used before for another command. */
export class IdempotencyKeyReused extends HttpApiError.Problem<IdempotencyKeyReused>()(
  "IdempotencyKeyReused",
  {
    type: Problem.type("idempotency-key-reused"),
    status: 422,
    title: "The Idempotency-Key belongs to another command"
  },
  Problem.context
) {}
