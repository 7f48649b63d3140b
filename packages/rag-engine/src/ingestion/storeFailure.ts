import { RagUnavailable } from "@resync/rag/RagError"
import { Effect } from "effect"
import { PlatformError } from "effect/PlatformError"
import type { SqlError } from "effect/sql/SqlError"

const codeOf = (cause: unknown): string =>
  typeof cause === "object" && cause !== null && "code" in cause ? String(cause.code) : ""

/** PostgreSQL's and the kernel's words for a disk that has no room. */
const full = new Set(["53100", "ENOSPC", "EDQUOT"])

const isFull = (error: PlatformError | SqlError): boolean => {
  for (let cause: unknown = error.reason, depth = 0; cause !== undefined && depth < 5; depth++) {
    if (full.has(codeOf(cause)) || (cause instanceof Error && /No space left|ENOSPC/.test(cause.message))) return true
    cause = typeof cause === "object" && cause !== null && "cause" in cause ? cause.cause : undefined
  }
  return false
}

/** What callers hear of a store or a folder that fails them; the log has the rest. */
export const storeFailure =
  (operation: string) =>
  (error: PlatformError | SqlError): Effect.Effect<never, RagUnavailable> => {
    const disk = isFull(error)
    const where = error instanceof PlatformError ? "the folder of originals" : "its store"
    return Effect.andThen(
      Effect.logError(`${operation}: ${where} failed`, error),
      Effect.fail(
        new RagUnavailable({
          operation,
          reason: disk ? "disk-full" : "store",
          detail: disk ? `the disk of ${where} is full` : `${where} fails`
        })
      )
    )
  }
