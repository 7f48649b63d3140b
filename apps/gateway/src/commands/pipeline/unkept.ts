import type { AuditUnavailable } from "@resync/api/CommandProblems"
import { Effect } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import type { Failed } from "../../dispatch/Command.ts"
import * as CommandAudit from "./CommandAudit.ts"

/** What a handler keeps in the store of commands, which did not answer: nothing was done. */
export const unkept = <A, E, R>(
  self: Effect.Effect<A, E | SqlError, R>
): Effect.Effect<A, Exclude<E, SqlError> | Failed<AuditUnavailable>, R> =>
  Effect.catchTag(self as Effect.Effect<A, SqlError, R>, "SqlError", (error) =>
    Effect.mapError(
      CommandAudit.storeUnavailable({ sent: false })(error),
      (problem): Failed<AuditUnavailable> => ({ fate: "notDone", problem })
    )
  ) as Effect.Effect<A, Exclude<E, SqlError> | Failed<AuditUnavailable>, R>
