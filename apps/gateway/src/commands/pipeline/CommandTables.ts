import type { MigrationSet } from "@resync/store/Migrations"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/** Times are ISO 8601 texts in UTC, as everywhere in the interface, which sort as they follow each other. */
const tables = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    CREATE TABLE commands (
      id              text PRIMARY KEY,
      name            text NOT NULL,
      state           text NOT NULL,
      principal_id    text NOT NULL,
      idempotency_key text,
      fingerprint     text NOT NULL,
      target_id       text,
      parent_id       text,
      created_at      text NOT NULL,
      updated_at      text NOT NULL,
      -- When somebody has to look at it again: its lease, its approval or the wait for its effect is over.
      due_at          text,
      looks           int NOT NULL DEFAULT 0,
      -- What the service knows of it, and what it answered: JSON.
      facts           text NOT NULL,
      result          text
    )
  `
  yield* sql`
    CREATE UNIQUE INDEX commands_key ON commands (principal_id, idempotency_key) WHERE idempotency_key IS NOT NULL
  `
  yield* sql`CREATE UNIQUE INDEX commands_item ON commands (parent_id, target_id) WHERE parent_id IS NOT NULL`
  yield* sql`CREATE INDEX commands_due ON commands (due_at) WHERE due_at IS NOT NULL`
  yield* sql`CREATE INDEX commands_state ON commands (state, id)`
  yield* sql`
    CREATE TABLE approval_policies (
      name   text PRIMARY KEY,
      policy text NOT NULL
    )
  `
  yield* sql`
    CREATE TABLE bulk_previews (
      token_hash   text PRIMARY KEY,
      principal_id text NOT NULL,
      expires_at   text NOT NULL,
      command_id   text,
      preview      text NOT NULL
    )
  `
})

/** What the audit trail is still to be told of commands. Next to nothing is in it at a time. */
const owedEntries = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    CREATE TABLE owed_entries (
      -- Sorts as they were made.
      id         text PRIMARY KEY,
      command_id text NOT NULL,
      -- When somebody else has to write it: who owes it should have done so long before.
      due_at     text NOT NULL,
      entry      text NOT NULL
    )
  `
  yield* sql`CREATE INDEX owed_entries_due ON owed_entries (due_at)`
  yield* sql`CREATE INDEX owed_entries_command ON owed_entries (command_id)`
})

/** The tables of commands, approvals and previews, and of what the audit trail is still to be told. */
export const migrations: MigrationSet = {
  owner: "commands",
  migrations: { "0001_commands": tables, "0002_owed_entries": owedEntries }
}
