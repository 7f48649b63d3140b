import type { CommandId } from "@resync/api/CommandId"
import { AuditUnavailable } from "@resync/api/CommandProblems"
import type { Audit } from "@resync/identity/audit/Audit"
import type { AuditActor, AuditDraft, AuditOutcome, AuditPhase, AuditTarget } from "@resync/identity/audit/AuditEntry"
import type { AuditError } from "@resync/identity/audit/AuditError"
import { Effect, type Schema } from "effect"
import { uuidV7Unsafe } from "effect/crypto/SecureRandom"
import type { Facts, OwedEntry } from "./CommandRecord.ts"
import type { CommandStore } from "./CommandStore.ts"

/** What of a command is told by all of its entries. */
export interface Told {
  readonly id: CommandId
  readonly name: string
  readonly facts: Facts
}

/** What is told by one of them. */
export interface Entry {
  readonly phase: AuditPhase
  readonly outcome?: AuditOutcome
  /** Who acted, when it was not who asked for the command. */
  readonly actor?: AuditActor
  /** On what it was done, when that was not known when it was asked for. */
  readonly target?: AuditTarget
  readonly before?: Schema.Json | undefined
  readonly after?: Schema.Json | undefined
  readonly detail?: Schema.Json | undefined
}

/** An entry of the audit trail about a command. */
export const draft = ({ facts, id, name }: Told, entry: Entry): AuditDraft => {
  const target = entry.target ?? facts.target
  return {
    action: name,
    phase: entry.phase,
    commandId: id,
    actor: entry.actor ?? facts.requestedBy,
    ...(entry.outcome === undefined ? {} : { outcome: entry.outcome }),
    ...(target === undefined ? {} : { target }),
    ...(facts.source === undefined ? {} : { source: facts.source }),
    ...(facts.correlationId === undefined ? {} : { correlationId: facts.correlationId }),
    ...(facts.traceId === undefined ? {} : { traceId: facts.traceId }),
    ...(facts.justification === undefined ? {} : { justification: facts.justification }),
    ...(entry.before === undefined ? {} : { before: entry.before }),
    ...(entry.after === undefined ? {} : { after: entry.after }),
    ...(entry.detail === undefined ? {} : { detail: entry.detail })
  }
}

/** An entry to be kept with the move of the command that it tells of, until the trail has it. */
export const owe = (told: Told, entry: Entry): OwedEntry => ({ id: uuidV7Unsafe(), entry: draft(told, entry) })

/** Ends a command of which nothing was done because the trail did not take what comes first. Its key is free for another try. */
export const endUnrecorded = (
  store: CommandStore["Service"],
  told: Told,
  event: "fail" | "expire"
): Effect.Effect<void> => {
  const owes = owe(told, { phase: "outcome", outcome: "failed", detail: { recorded: false } })
  return Effect.ignore(store.move(told.id, event, { releaseKey: true, owes }))
}

interface About {
  readonly commandId?: CommandId
  readonly sent: boolean
}

/** Fails a command with the problem that it could not be recorded. */
export const orFail =
  (about: About) =>
  (writing: Effect.Effect<void, AuditError>): Effect.Effect<void, AuditUnavailable> =>
    Effect.catch(writing, (error) =>
      Effect.andThen(
        Effect.logError("A command could not be recorded", error),
        Effect.fail(
          new AuditUnavailable({
            ...about,
            detail: about.sent
              ? "The command was sent, and what came of it will be recorded later"
              : "Nothing was done, since it could not be recorded",
            retryAfter: 5
          })
        )
      )
    )

/** Writes entries, or fails the command. */
export const write = (
  audit: Audit["Service"],
  drafts: ReadonlyArray<AuditDraft>,
  about: About
): Effect.Effect<void, AuditUnavailable> => orFail(about)(audit.append(drafts))

/** The problem of a store that does not answer. */
export const storeUnavailable =
  (about: About) =>
  (error: unknown): Effect.Effect<never, AuditUnavailable> =>
    Effect.andThen(
      Effect.logError("The store of commands does not answer", error),
      Effect.fail(new AuditUnavailable({ ...about, detail: "The store does not answer", retryAfter: 5 }))
    )
