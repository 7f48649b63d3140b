import type { CommandId } from "@resync/api/CommandId"
import { DateTime, Duration, Effect, Schema } from "effect"
import type { SqlClient } from "effect/sql"
import { OwedEntry } from "./CommandRecord.ts"

/** How long whoever takes something up to do has for it before others take it up. */
export const takenFor = Duration.seconds(30)

/** The same for an entry that the trail did not take: longer, so that those behind it come before it the next time. */
const refusedFor = Duration.seconds(40)

const encodeEntry = Schema.encodeSync(OwedEntry.fields.entry)
const decodeEntry = Schema.decodeUnknownEffect(OwedEntry)
const after = (at: DateTime.Utc, wait: Duration.Duration) => DateTime.formatIso(DateTime.addDuration(at, wait))

/** What the audit trail is still to be told of commands, in a table of its own beside theirs. */
export const make = (sql: SqlClient.SqlClient) => {
  /** Part of a statement: owes an entry together with what `source` in it changes, and only if it does. */
  const owing = (source: string, owes: OwedEntry | undefined, now: DateTime.Utc) =>
    owes === undefined
      ? sql``
      : sql`, owing AS (
          INSERT INTO owed_entries (id, command_id, due_at, entry)
          SELECT ${owes.id}, id, ${after(now, takenFor)}, ${encodeEntry(owes.entry)} FROM ${sql(source)}
        )`

  /** Owes an entry about a command that does not move. */
  const owe = Effect.fnUntraced(function* (commandId: CommandId, { entry, id }: OwedEntry) {
    const dueAt = after(yield* DateTime.now, takenFor)
    yield* sql`
      INSERT INTO owed_entries ${sql.insert({ id, command_id: commandId, due_at: dueAt, entry: encodeEntry(entry) })}
    `
  })

  /** Takes some of the entries that are owed for too long, the oldest first, so that no other gateway does for half a minute. */
  const take = Effect.fnUntraced(function* (limit: number) {
    const now = yield* DateTime.now
    const rows = yield* sql<{ readonly id: string }>`
      UPDATE owed_entries SET due_at = ${after(now, takenFor)}
      WHERE id IN (
        SELECT id FROM owed_entries WHERE due_at <= ${DateTime.formatIso(now)} ORDER BY due_at, id LIMIT ${limit}
        FOR UPDATE SKIP LOCKED
      )
      RETURNING id, entry
    `
    const sorted = rows.toSorted((a, b) => (a.id < b.id ? -1 : 1))
    // One that another version of this program wrote stands in the way of no other.
    const entries = yield* Effect.forEach(sorted, (row) =>
      Effect.catch(decodeEntry(row), (error) =>
        Effect.as(Effect.logError("An entry owed to the audit trail cannot be read", { id: row.id }, error), undefined)
      )
    )
    return entries.filter((entry) => entry !== undefined)
  })

  /** The trail did not take this one. */
  const postpone = Effect.fnUntraced(function* ({ id }: OwedEntry) {
    const dueAt = after(yield* DateTime.now, refusedFor)
    yield* sql`UPDATE owed_entries SET due_at = ${dueAt} WHERE id = ${id}`
  })

  /** All that is owed is due: whoever owed it has ended. */
  const callIn = Effect.flatMap(DateTime.now, (now) => sql`UPDATE owed_entries SET due_at = ${DateTime.formatIso(now)}`)

  /** The trail has these. */
  const settle = (ids: ReadonlyArray<string>) => Effect.asVoid(sql`DELETE FROM owed_entries WHERE ${sql.in("id", ids)}`)

  return { owing, owe, take, postpone, callIn, settle }
}
