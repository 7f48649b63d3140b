import { Cause, Effect, Option, type Schema } from "effect"
import type { AuditDraft } from "../audit/AuditEntry.ts"

/**
 * A change of users that no command makes, in the audit trail as those of commands are: with its intent before anything is
 * done, and with its outcome. What cannot be written is not done, or undone. Whoever hangs up in between is written down, too.
 */
export const recorded = <A, E extends { readonly _tag: string }, R, E2>(
  append: (drafts: ReadonlyArray<AuditDraft>) => Effect.Effect<void, E2>,
  about: Omit<AuditDraft, "phase" | "outcome" | "after">,
  change: Effect.Effect<A, E, R>,
  {
    after,
    undo
  }: {
    readonly after: (made: A) => Schema.Json
    readonly undo: (made: A) => Effect.Effect<unknown, { readonly _tag: string }>
  }
): Effect.Effect<A, E | E2, R> =>
  Effect.uninterruptible(
    Effect.gen(function* () {
      yield* append([{ ...about, phase: "intent" }])
      const made = yield* Effect.tapCause(change, (cause) => {
        // Of a defect the log tells more.
        const reason = Option.match(Cause.findErrorOption(cause), {
          onNone: () => "Defect",
          onSome: ({ _tag }) => _tag
        })
        return append([{ ...about, phase: "outcome", outcome: "failed", detail: { reason } }])
      })
      yield* Effect.tapCause(append([{ ...about, phase: "outcome", outcome: "done", after: after(made) }]), () =>
        Effect.catchCause(undo(made), (cause) =>
          Effect.logError("A change of a user that could not be recorded could not be undone", cause)
        )
      )
      return made
    })
  )
