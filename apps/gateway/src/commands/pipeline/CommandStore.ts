import type { CommandState } from "@resync/api/Command"
import type { CommandId } from "@resync/api/CommandId"
import type { CommandQuery } from "@resync/api/Commands"
import * as Migrations from "@resync/store/Migrations"
import { Context, DateTime, Duration, Effect, Layer, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { type CommandEvent, life } from "./CommandLife.ts"
import {
  CommandRecord,
  type Facts,
  Facts as FactsSchema,
  type OwedEntry,
  type Result,
  Result as ResultSchema
} from "./CommandRecord.ts"
import * as CommandTables from "./CommandTables.ts"
import * as OwedEntries from "./OwedEntries.ts"

/** How long an Idempotency-Key belongs to its command. */
export const keptFor = Duration.hours(24)

/** How long a command may be carried out before its process is taken for dead. It is renewed meanwhile. */
export const lease = Duration.minutes(1)

const encodeFacts = Schema.encodeSync(Schema.fromJsonString(FactsSchema))
const encodeResult = Schema.encodeSync(Schema.fromJsonString(ResultSchema))
const decodeRecords = Schema.decodeUnknownEffect(Schema.Array(CommandRecord))

/** A command that begins. */
export interface Beginning {
  readonly id: CommandId
  readonly name: string
  readonly state: "sending" | "awaitingApproval"
  readonly principalId: string
  readonly key: string | undefined
  readonly fingerprint: string
  readonly targetId: string | undefined
  readonly parentId: CommandId | undefined
  readonly dueAt: DateTime.Utc
  readonly facts: Facts
  /** What the audit trail is to tell of it. */
  readonly owes?: OwedEntry
}

/** What changes together with the state. */
export interface Change {
  readonly result?: Result
  readonly facts?: Facts
  /** When to look at it again; never when absent. */
  readonly dueAt?: DateTime.Utc
  /** Gives the key free, for what may be tried again. */
  readonly releaseKey?: boolean
  /** What the audit trail is to tell of the move. Owed until it is told that the trail has it. */
  readonly owes?: OwedEntry
}

const like = (pattern: string) => pattern.replaceAll(/[\\%_]/g, "\\$&").replaceAll("*", "%")
const iso = (at: DateTime.Utc) => DateTime.formatIso(at)

const make = (sql: SqlClient.SqlClient) => {
  const owed = OwedEntries.make(sql)
  const columns = sql`
    id, name, state, principal_id AS "principalId", idempotency_key AS "idempotencyKey", fingerprint,
    parent_id AS "parentId", created_at AS "createdAt", updated_at AS "updatedAt", looks, facts, result
  `
  // What is in the table was encoded by this program.
  const decode = (rows: ReadonlyArray<unknown>) => Effect.orDie(decodeRecords(rows))
  const one = (rows: ReadonlyArray<unknown>) => Effect.map(decode(rows), ([record]) => record)

  const get = (id: string) => Effect.flatMap(sql`SELECT ${columns} FROM commands WHERE id = ${id}`, one)

  /** The command that a key belongs to. One whose time is over is let go. */
  const find = Effect.fnUntraced(function* (principalId: string, key: string) {
    const since = iso(DateTime.subtractDuration(yield* DateTime.now, keptFor))
    const found = yield* Effect.flatMap(
      sql`SELECT ${columns} FROM commands WHERE principal_id = ${principalId} AND idempotency_key = ${key}`,
      one
    )
    if (found === undefined || iso(found.createdAt) > since) return found
    yield* sql`UPDATE commands SET idempotency_key = NULL WHERE id = ${found.id}`
    return undefined
  })

  /** Whether this command is the first with its key, or the first of its bulk command on its target. */
  const begin = Effect.fnUntraced(function* (command: Beginning) {
    const at = yield* DateTime.now
    const now = iso(at)
    const rows = yield* sql`
      WITH begun AS (INSERT INTO commands ${sql.insert({
        id: command.id,
        name: command.name,
        state: command.state,
        principal_id: command.principalId,
        idempotency_key: command.key ?? null,
        fingerprint: command.fingerprint,
        target_id: command.targetId ?? null,
        parent_id: command.parentId ?? null,
        created_at: now,
        updated_at: now,
        due_at: iso(command.dueAt),
        facts: encodeFacts(command.facts)
      })} ON CONFLICT DO NOTHING RETURNING id)${owed.owing("begun", command.owes, at)}
      SELECT id FROM begun
    `
    return rows.length > 0
  })

  /** Moves a command on, unless it has moved elsewhere meanwhile; then there is nothing. */
  const move = Effect.fnUntraced(function* (id: string, event: CommandEvent, change: Change = {}) {
    const { from, to } = life[event]
    const now = yield* DateTime.now
    const rows = yield* sql`
      WITH moved AS (UPDATE commands SET
        state = ${to},
        updated_at = ${iso(now)},
        due_at = ${change.dueAt === undefined ? null : iso(change.dueAt)},
        result = coalesce(${change.result === undefined ? null : encodeResult(change.result)}, result),
        facts = coalesce(${change.facts === undefined ? null : encodeFacts(change.facts)}, facts),
        idempotency_key = CASE WHEN ${change.releaseKey === true} THEN NULL ELSE idempotency_key END,
        looks = 0
      WHERE id = ${id} AND ${sql.in("state", from)}
      RETURNING *)${owed.owing("moved", change.owes, now)}
      SELECT ${columns} FROM moved
    `
    return yield* one(rows)
  })

  /** Looks again later: one more look in vain, where `looked`. */
  const postpone = (id: string, state: CommandState, dueAt: DateTime.Utc, looked: boolean) =>
    Effect.asVoid(sql`
      UPDATE commands SET due_at = ${iso(dueAt)}, looks = looks + ${looked ? 1 : 0}
      WHERE id = ${id} AND state = ${state}
    `)

  /**
   * Takes some of what is due, so that no other gateway does for half a minute. A command of which the audit trail is still to be
   * told something is not: nothing more happens to it before.
   */
  const takeDue = Effect.fnUntraced(function* (limit: number) {
    const now = yield* DateTime.now
    const rows = yield* sql`
      UPDATE commands SET due_at = ${iso(DateTime.addDuration(now, OwedEntries.takenFor))}
      WHERE id IN (
        SELECT id FROM commands
        WHERE due_at <= ${iso(now)} AND NOT EXISTS (SELECT FROM owed_entries WHERE command_id = commands.id)
        ORDER BY due_at LIMIT ${limit} FOR UPDATE SKIP LOCKED
      )
      RETURNING ${columns}
    `
    return yield* decode(rows)
  })

  const renew = Effect.fnUntraced(function* (ids: ReadonlyArray<string>) {
    if (ids.length === 0) return
    const dueAt = iso(DateTime.addDuration(yield* DateTime.now, lease))
    yield* sql`UPDATE commands SET due_at = ${dueAt} WHERE ${sql.in("id", ids)} AND state = 'sending'`
  })

  /** What was under way when the only process that could carry it out ended. */
  const orphans = Effect.flatMap(sql`SELECT ${columns} FROM commands WHERE state = 'sending'`, decode)

  const list = Effect.fnUntraced(function* (
    query: Omit<CommandQuery, "mine">,
    /** Whose list it is: only what is his own, or all but others' commands of these names. */
    reader: { readonly principalId: string; readonly own: boolean; readonly hidden: ReadonlyArray<string> }
  ) {
    const own = sql`principal_id = ${reader.principalId}`
    const limit = query.limit ?? 100
    const rows = yield* sql`
      SELECT ${columns} FROM commands
      WHERE ${sql.and([
        sql`true`,
        ...(query.state === undefined || query.state.length === 0 ? [] : [sql`${sql.in("state", query.state)}`]),
        ...(query.name === undefined ? [] : [sql`name LIKE ${like(query.name)}`]),
        ...(query.targetId === undefined ? [] : [sql`target_id = ${query.targetId}`]),
        ...(query.parentId === undefined ? [] : [sql`parent_id = ${query.parentId}`]),
        ...(query.cursor === undefined ? [] : [sql`id < ${query.cursor}`]),
        ...(reader.own ? [own] : []),
        ...(reader.own || reader.hidden.length === 0
          ? []
          : [sql.or([own, sql`NOT (${sql.in("name", reader.hidden)})`])])
      ])}
      ORDER BY id DESC LIMIT ${limit + 1}
    `
    const items = yield* decode(rows.slice(0, limit))
    return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null }
  })

  const awaiting = Effect.flatMap(
    sql`SELECT ${columns} FROM commands WHERE state = 'awaitingApproval' ORDER BY id LIMIT 1000`,
    decode
  )
  const items = (parentId: string) =>
    Effect.flatMap(sql`SELECT ${columns} FROM commands WHERE parent_id = ${parentId}`, decode)

  /** Forgets what ended long ago; the audit trail keeps it. */
  const purge = (before: DateTime.Utc) =>
    Effect.andThen(
      sql`DELETE FROM commands WHERE due_at IS NULL AND updated_at < ${iso(before)}`,
      sql`DELETE FROM bulk_previews WHERE expires_at < ${iso(before)}`
    )

  return {
    get,
    find,
    begin,
    move,
    postpone,
    takeDue,
    owed,
    renew,
    orphans,
    list,
    awaiting,
    items,
    purge
  }
}

/** Commands as they are kept in the store, through the end of a process. */
export class CommandStore extends Context.Service<CommandStore, ReturnType<typeof make>>()(
  "@resync/gateway/CommandStore"
) {
  static readonly layer = Layer.effect(CommandStore, Effect.map(SqlClient.SqlClient, make)).pipe(
    Layer.provide(Migrations.layer(CommandTables.migrations))
  )
}
