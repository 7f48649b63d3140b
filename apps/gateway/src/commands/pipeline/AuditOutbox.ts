import { Audit } from "@resync/identity/audit/Audit"
import type { AuditError } from "@resync/identity/audit/AuditError"
import { Array as Arr, Context, Effect, Layer } from "effect"
import type { OwedEntry } from "./CommandRecord.ts"
import { CommandStore } from "./CommandStore.ts"

/** How many owed entries are written between two pauses, and how many are let go of in one statement. */
const batch = 32
const chunk = 1_000

/**
 * What commands owe the audit trail: each move of a command is kept together with the entry that tells of it, the trail is told at
 * once, and what it has is let go of later, many in one statement. What it did not take, or what a process did not come to
 * when it ended, is written by whoever looks next.
 */
export class AuditOutbox extends Context.Service<
  AuditOutbox,
  {
    /** Writes an entry that the store owes. */
    write(owed: OwedEntry): Effect.Effect<void, AuditError>
    /** The trail has an entry that the store owes: it is let go of with the next ones. */
    settle(owed: OwedEntry): void
    /** Lets go of what the trail has, and writes what it should have for long. */
    readonly sweep: Effect.Effect<void>
    /** All that is owed is to be written now: where there is no other process that could be at it. */
    readonly callIn: Effect.Effect<void>
  }
>()("@resync/gateway/AuditOutbox") {
  static readonly layer = Layer.effect(
    AuditOutbox,
    Effect.gen(function* () {
      const store = yield* CommandStore
      const audit = yield* Audit
      /** What the trail has, and the store still owes. */
      const settled = new Set<string>()
      const settle = ({ id }: OwedEntry) => {
        settled.add(id)
      }

      const release = Effect.suspend(() =>
        Effect.forEach(
          Arr.chunksOf(settled, chunk),
          (ids) =>
            Effect.andThen(
              store.owed.settle(ids),
              Effect.sync(() => ids.forEach((id) => settled.delete(id)))
            ),
          { discard: true }
        )
      )

      /** A process may have ended right after it wrote the entry. A command has at most one of each phase and outcome. */
      const isThere = ({ entry: { commandId, outcome, phase } }: OwedEntry) =>
        Effect.map(
          audit.entries({
            ...(commandId === undefined ? {} : { commandId }),
            ...(outcome === undefined ? {} : { outcome })
          }),
          ({ items }) => items.some((one) => one.phase === phase && one.outcome === outcome)
        )

      const write = (owed: OwedEntry) =>
        Effect.andThen(
          audit.append([owed.entry]),
          Effect.sync(() => settle(owed))
        )

      const catchUp = (owed: OwedEntry) =>
        settled.has(owed.id)
          ? Effect.void
          : Effect.flatMap(isThere(owed), (there) => (there ? Effect.sync(() => settle(owed)) : write(owed))).pipe(
              Effect.tapError(() => store.owed.postpone(owed)),
              // One that cannot be written stands in the way of no other.
              Effect.catchDefect((defect) => Effect.logError("An entry of the audit trail cannot be written", defect))
            )

      const sweep = release.pipe(
        Effect.andThen(store.owed.take(batch)),
        // In their order, and no further where the trail takes none.
        Effect.flatMap((owed) => Effect.forEach(owed, catchUp, { discard: true })),
        Effect.andThen(release),
        Effect.catchCause((cause) =>
          Effect.logWarning("What commands owe the audit trail could not be written, and will be later", cause)
        )
      )

      return AuditOutbox.of({
        write,
        settle,
        sweep,
        callIn: Effect.andThen(
          Effect.catchCause(store.owed.callIn, (cause) =>
            Effect.logWarning("It could not be looked what commands owe the audit trail", cause)
          ),
          sweep
        )
      })
    })
  )
}
