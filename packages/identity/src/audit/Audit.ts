import * as TimeLimiter from "@resync/resilience/TimeLimiter"
import * as Migrations from "@resync/store/Migrations"
import { Context, Effect, Layer, Option, Stream } from "effect"
import { SqlClient } from "effect/sql"
import * as AuditChain from "./AuditChain.ts"
import { AuditConfig } from "./AuditConfig.ts"
import type { AuditDraft, AuditEntry } from "./AuditEntry.ts"
import { type AuditError, AuditUnavailable } from "./AuditError.ts"
import * as AuditMigrations from "./AuditMigrations.ts"
import type { AuditFilter, AuditPage, AuditPageOptions } from "./AuditQuery.ts"
import * as AuditSigner from "./AuditSigner.ts"
import type { AuditVerification } from "./AuditVerification.ts"
import * as AuditWitness from "./AuditWitness.ts"
import * as AuditStore from "./internal/AuditStore.ts"
import * as AuditWriter from "./internal/AuditWriter.ts"
import { note } from "./internal/noteHead.ts"
import { sharing } from "./internal/sharing.ts"
import { verify } from "./internal/verifyTrail.ts"

/** How many entries are read at a time. */
const pageSize = 500

/**
 * The audit trail: who did what, on what, from where, and how it ended. Append-only and chained by hashes; the end of the chain is
 * signed with a key that the database does not know, and noted down outside of it.
 *
 * ```ts
 * const program = Effect.gen(function* () {
 *   const audit = yield* Audit
 *   yield* audit.append([{ action: "auth.login", phase: "event", outcome: "done", actor }])
 * })
 * ```
 */
export class Audit extends Context.Service<
  Audit,
  {
    /**
     * Writes entries one after the other. Returns once they are durable; those of many callers share a commit. What it fails with
     * is to fail the command that was to be recorded.
     */
    append(drafts: ReadonlyArray<AuditDraft>): Effect.Effect<void, AuditError>
    /** Entries, the newest first. */
    entries(filter?: AuditFilter, page?: AuditPageOptions): Effect.Effect<AuditPage, AuditUnavailable>
    /** Entries, the oldest first, read page by page: nothing else waits for its end. */
    all(filter?: AuditFilter): Stream.Stream<AuditEntry, AuditUnavailable>
    /** The end of the chain. */
    readonly head: Effect.Effect<AuditChain.AuditHead, AuditUnavailable>
    /** Looks through the whole chain, and compares its end with its signature, the witness, and a head kept elsewhere. */
    verify(kept?: AuditChain.AuditHead): Effect.Effect<AuditVerification, AuditUnavailable>
    /**
     * Makes a trail that nobody has written to that of the own key; fails where its end carries the signature of another key, or a
     * forged one. For the start of a service, so that it hears of it before the first entry.
     */
    readonly claim: Effect.Effect<void, AuditError>
    /** Signs the end as it is with the own key, and notes it down. For after a change of the key or a restored backup. */
    readonly adopt: Effect.Effect<AuditChain.AuditHead, AuditUnavailable>
  }
>()("@resync/identity/Audit") {
  /** Over the store. Makes its tables. */
  static readonly layer = Layer.effect(
    Audit,
    Effect.gen(function* () {
      const store = AuditStore.make(yield* SqlClient.SqlClient)
      const { key, witnessFile } = yield* AuditConfig
      const signer = AuditSigner.make(key)
      const limiter = yield* TimeLimiter.make("audit_append", "10 seconds")
      const onHead = yield* note(witnessFile)
      const writer = yield* AuditWriter.make({
        store,
        signer,
        onHead,
        within: (commit) =>
          Effect.catchTag(limiter.execute(commit), "AttemptTimedOut", (error) =>
            Effect.fail(new AuditUnavailable({ detail: error.message }))
          )
      })
      const head = Effect.mapError(store.head, AuditStore.unavailable)

      const entries = Effect.fn("Audit.entries")(function* (filter: AuditFilter = {}, page: AuditPageOptions = {}) {
        const limit = page.limit ?? 100
        const rows = yield* Effect.mapError(store.newest(filter, page.cursor, limit + 1), AuditStore.unavailable)
        const items = yield* Effect.forEach(rows.slice(0, limit), AuditStore.toEntry)
        return { items, nextCursor: rows.length > limit ? (items.at(-1)?.seq ?? null) : null }
      })

      const rows = (filter: AuditFilter) =>
        Stream.paginate(0, (after: number) =>
          Effect.map(
            Effect.mapError(store.oldest(filter, after, pageSize), AuditStore.unavailable),
            (page) =>
              [page, page.length < pageSize ? Option.none<number>() : Option.fromNullishOr(page.at(-1)?.seq)] as const
          )
        )

      const verifyOnce = Effect.fn("Audit.verify")(function* (kept: AuditChain.AuditHead | undefined) {
        const witness = witnessFile === undefined ? Option.none() : yield* AuditWitness.read(witnessFile)
        const known = [...Option.toArray(witness), ...(kept === undefined ? [] : [kept])]
        const last = Effect.mapBoth(store.newest({}, undefined, 1), {
          onSuccess: ([row]) => row,
          onFailure: AuditStore.unavailable
        })
        return yield* verify({ head, last, rows: rows({}), signer, known })
      })
      // Of the whole trail: many at once would take all there is of the store and the machine.
      const verified = yield* sharing(verifyOnce, (kept) => kept && `${kept.seq}:${kept.hash}`)

      return Audit.of({
        append: writer.append,
        entries,
        all: (filter = {}) => Stream.mapEffect(rows(filter), AuditStore.toEntry),
        head: Effect.map(head, ({ hash, seq }) => ({ seq, hash })),
        verify: (kept) => verified(kept),
        claim: Effect.gen(function* () {
          yield* Effect.mapError(store.claim(signer.sign(AuditChain.genesis)), AuditStore.unavailable)
          yield* AuditWriter.trusted(signer, yield* head)
        }),
        adopt: Effect.gen(function* () {
          const { hash, seq } = yield* head
          yield* Effect.mapError(store.sign(signer.sign({ seq, hash })), AuditStore.unavailable)
          if (witnessFile !== undefined) yield* Effect.orDie(AuditWitness.write(witnessFile, { seq, hash }))
          return { seq, hash }
        })
      })
    })
  ).pipe(Layer.provide(Migrations.layer(AuditMigrations.migrations)))
}
