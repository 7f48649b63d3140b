import type { MigrationSet } from "@resync/store/Migrations"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { genesis } from "./AuditChain.ts"

/**
 * The columns to search by are made from the text that is hashed, by the database itself, so that they can say nothing else
 * than it does. Nothing in the table can be changed or taken out without first taking away the triggers.
 */
const trail = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    CREATE TABLE audit_entries (
      seq           bigint PRIMARY KEY CHECK (seq > 0),
      entry         text NOT NULL,
      previous_hash text NOT NULL UNIQUE,
      hash          text NOT NULL UNIQUE,
      at            text NOT NULL GENERATED ALWAYS AS (entry::jsonb ->> 'at') STORED,
      action        text NOT NULL GENERATED ALWAYS AS (entry::jsonb ->> 'action') STORED,
      outcome       text GENERATED ALWAYS AS (entry::jsonb ->> 'outcome') STORED,
      actor_id      text NOT NULL GENERATED ALWAYS AS (entry::jsonb #>> '{actor,id}') STORED,
      actor_name    text NOT NULL GENERATED ALWAYS AS (entry::jsonb #>> '{actor,name}') STORED,
      target_kind   text GENERATED ALWAYS AS (entry::jsonb #>> '{target,kind}') STORED,
      target_id     text GENERATED ALWAYS AS (entry::jsonb #>> '{target,id}') STORED,
      command_id    text GENERATED ALWAYS AS (entry::jsonb ->> 'commandId') STORED,
      correlation_id text GENERATED ALWAYS AS (entry::jsonb ->> 'correlationId') STORED
    )
  `
  yield* sql`CREATE INDEX audit_entries_at ON audit_entries (at)`
  yield* sql`CREATE INDEX audit_entries_actor ON audit_entries (actor_id, seq)`
  yield* sql`CREATE INDEX audit_entries_target ON audit_entries (target_id, seq) WHERE target_id IS NOT NULL`
  yield* sql`CREATE INDEX audit_entries_command ON audit_entries (command_id, seq) WHERE command_id IS NOT NULL`
  yield* sql`CREATE INDEX audit_entries_correlation ON audit_entries (correlation_id) WHERE correlation_id IS NOT NULL`

  yield* sql`
    CREATE TABLE audit_head (
      id        int PRIMARY KEY CHECK (id = 1),
      seq       bigint NOT NULL,
      hash      text NOT NULL,
      key_id    text NOT NULL,
      signature text NOT NULL
    )
  `
  yield* sql`INSERT INTO audit_head ${sql.insert({ id: 1, ...genesis, key_id: "", signature: "" })}`

  yield* sql`
    CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'the audit trail is append-only: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
    END
    $$
  `
  yield* sql`
    CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()
  `
  yield* sql`
    CREATE TRIGGER audit_head_stays BEFORE DELETE OR TRUNCATE ON audit_head
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()
  `
  yield* sql`
    CREATE TRIGGER audit_head_moves_on BEFORE UPDATE ON audit_head
    FOR EACH ROW WHEN (NEW.seq < OLD.seq) EXECUTE FUNCTION audit_refuse()
  `
})

/** The tables of the audit trail. */
export const migrations: MigrationSet = { owner: "audit", migrations: { "0001_trail": trail } }
