import { createHash, randomBytes } from "node:crypto"
import { BulkAction, BulkItem } from "@resync/api/BulkCommands"
import type { CommandId } from "@resync/api/CommandId"
import { DateTime, Duration, Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"

/** How long a preview can be carried out. */
export const goodFor = Duration.minutes(15)

/** What a preview showed. */
const Shown = Schema.fromJsonString(Schema.Struct({ bulk: BulkAction, items: Schema.Array(BulkItem) }))
export type Shown = typeof Shown.Type
const encode = Schema.encodeSync(Shown)
const decode = Schema.decodeUnknownEffect(Shown)

/** Under which a token is kept: nobody who reads the database can use it. */
export const nameOf = (token: string): string => createHash("sha256").update(token).digest("hex")

/** Which command carries a preview out. */
export interface Taker {
  readonly commandId: CommandId
  readonly principalId: string
  readonly askedAt: DateTime.Utc
}

/** Previews of bulk commands. Each is good for who made it, for a while, and once. */
export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const one = ([row]: ReadonlyArray<{ readonly preview: string }>) =>
    row === undefined ? Effect.undefined : Effect.orDie(decode(row.preview))

  return {
    keep: Effect.fnUntraced(function* (principalId: string, shown: Shown) {
      const token = randomBytes(32).toString("base64url")
      const expiresAt = DateTime.addDuration(yield* DateTime.now, goodFor)
      yield* sql`
        INSERT INTO bulk_previews ${sql.insert({
          token_hash: nameOf(token),
          principal_id: principalId,
          expires_at: DateTime.formatIso(expiresAt),
          preview: encode(shown)
        })}
      `
      return { token, expiresAt }
    }),

    /** One that is neither too old nor carried out. */
    find: Effect.fnUntraced(function* (principalId: string, token: string) {
      const now = DateTime.formatIso(yield* DateTime.now)
      return yield* Effect.flatMap(
        sql<{ readonly preview: string }>`
          SELECT preview FROM bulk_previews
          WHERE token_hash = ${nameOf(token)} AND principal_id = ${principalId}
            AND command_id IS NULL AND expires_at > ${now}
        `,
        one
      )
    }),

    /** Gives it to a command, for good. It may have grown old since `askedAt`, while the command waited for approval. */
    take: (token: string, { askedAt, commandId, principalId }: Taker) =>
      Effect.flatMap(
        sql<{ readonly preview: string }>`
          UPDATE bulk_previews SET command_id = ${commandId}
          WHERE token_hash = ${nameOf(token)} AND principal_id = ${principalId} AND command_id IS NULL
            AND expires_at > ${DateTime.formatIso(askedAt)}
          RETURNING preview
        `,
        one
      ),

    /** What a command took. */
    takenBy: (commandId: CommandId) =>
      Effect.flatMap(
        sql<{ readonly preview: string }>`SELECT preview FROM bulk_previews WHERE command_id = ${commandId}`,
        one
      )
  }
})
