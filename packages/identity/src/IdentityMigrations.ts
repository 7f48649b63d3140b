import * as Migrations from "@resync/store/Migrations"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

const identity = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE identity_users (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    name_key text NOT NULL UNIQUE,
    roles text[] NOT NULL,
    scopes jsonb NOT NULL DEFAULT '[]',
    password_hash text,
    must_change_password boolean NOT NULL DEFAULT false,
    password_expires_at timestamptz,
    disabled_at timestamptz,
    totp_secret text,
    totp_step int NOT NULL DEFAULT 0,
    totp_pending text,
    oidc_issuer text,
    oidc_subject text,
    created_at timestamptz NOT NULL,
    last_sign_in_at timestamptz,
    UNIQUE (oidc_issuer, oidc_subject)
  )`
  yield* sql`CREATE TABLE identity_recovery_codes (
    user_id uuid NOT NULL REFERENCES identity_users ON DELETE CASCADE,
    hash text NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (user_id, hash)
  )`
  yield* sql`CREATE TABLE identity_sessions (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES identity_users ON DELETE CASCADE,
    kind text NOT NULL,
    methods text[] NOT NULL,
    cookie_hash text UNIQUE,
    created_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    address text NOT NULL,
    user_agent text NOT NULL
  )`
  yield* sql`CREATE INDEX identity_sessions_user ON identity_sessions (user_id, created_at)`
  yield* sql`CREATE INDEX identity_sessions_expiry ON identity_sessions (expires_at)`
  yield* sql`CREATE TABLE identity_refresh_tokens (
    hash text PRIMARY KEY,
    session_id uuid NOT NULL REFERENCES identity_sessions ON DELETE CASCADE,
    parent text,
    used_at timestamptz
  )`
  yield* sql`CREATE INDEX identity_refresh_tokens_session ON identity_refresh_tokens (session_id)`
  yield* sql`CREATE TABLE identity_api_keys (
    id uuid PRIMARY KEY,
    owner_id uuid NOT NULL REFERENCES identity_users ON DELETE CASCADE,
    name text NOT NULL,
    prefix text NOT NULL UNIQUE,
    hash text NOT NULL,
    permissions text[] NOT NULL,
    scopes jsonb NOT NULL DEFAULT '[]',
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    last_used_at timestamptz,
    revoked_at timestamptz
  )`
  yield* sql`CREATE INDEX identity_api_keys_owner ON identity_api_keys (owner_id, created_at)`
  yield* sql`CREATE TABLE identity_lockouts (
    key text PRIMARY KEY,
    failures int NOT NULL,
    last_at timestamptz NOT NULL,
    locked_until timestamptz NOT NULL
  )`
  yield* sql`CREATE TABLE identity_signing_keys (
    kid text PRIMARY KEY,
    public_key jsonb NOT NULL,
    private_key text NOT NULL,
    created_at timestamptz NOT NULL
  )`
  yield* sql`CREATE TABLE identity_oidc_logins (
    state_hash text PRIMARY KEY,
    nonce text NOT NULL,
    verifier text NOT NULL,
    return_to text NOT NULL,
    expires_at timestamptz NOT NULL
  )`
})

/** Sessions that were begun before count as begun by somebody who had just shown who they are. */
const authentication = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`ALTER TABLE identity_sessions ADD COLUMN authenticated_at timestamptz`
  yield* sql`ALTER TABLE identity_oidc_logins ADD COLUMN fresh boolean NOT NULL DEFAULT false`
})

/** The tables of users, their sessions and keys. */
export const set: Migrations.MigrationSet = {
  owner: "identity",
  migrations: { "0001_identity": identity, "0002_authentication": authentication }
}

/** The tables, up to date. */
export const layer = Migrations.layer(set)
