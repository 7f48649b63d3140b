import { Audit } from "@resync/identity/audit/Audit"
import { Effect, Layer } from "effect"

/**
 * Finds out at the start whether this process may write to the audit trail. One with another key is not started: it could do
 * nothing. One that finds a forged end starts, to be looked at, and says so.
 */
export const layer = Layer.effectDiscard(
  Audit.use(({ claim }) => claim).pipe(
    Effect.catchIf(
      (error) => error._tag === "AuditUnavailable" || error.reason === "forged",
      (error) => Effect.logError("Nothing can be changed until the audit trail is in order", error)
    )
  )
)
