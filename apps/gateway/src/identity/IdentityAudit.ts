import { IdentityUnavailable } from "@resync/api/IdentityProblems"
import { Audit } from "@resync/identity/audit/Audit"
import type { AuditActor, AuditTarget } from "@resync/identity/audit/AuditEntry"
import type { Principal } from "@resync/identity/model/Principal"
import * as Correlation from "@resync/telemetry/Correlation"
import { Effect, type Schema } from "effect"
import * as Caller from "./Caller.ts"

/** What happened to a sign-in, a user or a key. */
export interface IdentityEvent {
  /** `user.create` for example. */
  readonly action: string
  readonly outcome: "done" | "refused"
  readonly actor: AuditActor
  readonly target?: AuditTarget | undefined
  readonly detail?: Schema.Json | undefined
}

export const actorOf = ({ id, kind, name }: Principal): AuditActor => ({ id, kind, name })

const bytes = (text: string, length: number) => text.slice(0, length)

/** Writes to the audit trail what happened; where that cannot be done the request fails. */
export const make = Effect.map(
  Audit,
  (audit) => (event: IdentityEvent) =>
    Effect.gen(function* () {
      const { address, userAgent } = yield* Caller.origin
      const correlationId = yield* Effect.withFiber((fiber) => Effect.succeed(fiber.getRef(Correlation.CorrelationId)))
      yield* audit.append([
        {
          action: event.action,
          phase: "event",
          outcome: event.outcome,
          actor: { ...event.actor, name: bytes(event.actor.name, 256) },
          source: { address, userAgent: bytes(userAgent, 256) },
          ...(correlationId === undefined ? {} : { correlationId }),
          ...(event.target === undefined ? {} : { target: event.target }),
          ...(event.detail === undefined ? {} : { detail: event.detail })
        }
      ])
    }).pipe(
      Effect.catch((error) =>
        Effect.andThen(
          Effect.logError("what happened could not be written to the audit trail", error),
          new IdentityUnavailable({ retryAfter: 5, detail: "What happened could not be written to the audit trail" })
        )
      )
    )
)
