import { Context, Duration as D, DateTime, type Duration, Effect, Layer, Redacted, Schema } from "effect"
import { SecureRandom } from "effect/crypto"
import { SqlClient } from "effect/sql"
import { ApiKeyNotFound, CredentialRejected, type IdentityUnavailable, PermissionNotHeld } from "../IdentityError.ts"
import { decodeAll } from "../internal/rows.ts"
import * as Secrets from "../internal/Secrets.ts"
import { later, now, stored } from "../internal/stored.ts"
import type { ApiKey } from "../model/ApiKey.ts"
import { ApiKeyId, UserId } from "../model/Ids.ts"
import { Permission } from "../model/Permission.ts"
import type { Principal } from "../model/Principal.ts"
import { Scope } from "../model/Scope.ts"
import { PrincipalCache } from "../sessions/PrincipalCache.ts"

/** What a key begins with, so that people and secret scanners know what it is. */
export const marker = "rsk_"

/** `rsk_`, ten characters to find it by, and 256 secret bits. */
const shape = /^(rsk_[a-z2-7]{10})_([\w-]{43})$/

/** How exact `lastUsedAt` is: a key that is used all the time is not written all the time. */
const touchMillis = 60_000

const Row = Schema.Struct({
  id: ApiKeyId,
  ownerId: UserId,
  name: Schema.String,
  prefix: Schema.String,
  hash: Schema.String,
  permissions: Schema.Array(Permission),
  scopes: Schema.Array(Scope),
  createdAt: Schema.Date,
  expiresAt: Schema.Date,
  lastUsedAt: Schema.NullOr(Schema.Date),
  revokedAt: Schema.NullOr(Schema.Date)
})
type Row = typeof Row.Type

const columns = `k.id::text AS id, k.owner_id::text AS "ownerId", k.name, k.prefix, k.hash, k.permissions, k.scopes,
  k.created_at AS "createdAt", k.expires_at AS "expiresAt", k.last_used_at AS "lastUsedAt", k.revoked_at AS "revokedAt"`

const decode = decodeAll(Row)

const utc = (date: Date | null) => (date === null ? null : DateTime.fromDateUnsafe(date))

const shown = ({ hash: _, ...row }: Row): ApiKey => ({
  ...row,
  createdAt: DateTime.fromDateUnsafe(row.createdAt),
  expiresAt: DateTime.fromDateUnsafe(row.expiresAt),
  lastUsedAt: utc(row.lastUsedAt),
  revokedAt: utc(row.revokedAt)
})

/** What a key is to be. */
export interface NewApiKey {
  readonly name: string
  readonly permissions: ReadonlyArray<Permission>
  readonly scopes: ReadonlyArray<Scope>
  readonly lifetime: Duration.Input
}

/** Keys for machines. */
export class ApiKeys extends Context.Service<
  ApiKeys,
  {
    /** A key for its creator, and the secret, which is never seen again. */
    readonly create: (
      owner: Principal & { readonly id: string },
      key: NewApiKey
    ) => Effect.Effect<
      { readonly apiKey: ApiKey; readonly secret: Redacted.Redacted },
      PermissionNotHeld | IdentityUnavailable
    >
    /** The keys of a user, or of all; the newest first, those that have ended too. */
    readonly list: (ownerId?: UserId) => Effect.Effect<ReadonlyArray<ApiKey>, IdentityUnavailable>
    /** Ends a key, of this user when one is given. */
    readonly revoke: (id: ApiKeyId, ownerId?: UserId) => Effect.Effect<ApiKey, ApiKeyNotFound | IdentityUnavailable>
    /** The key that a secret belongs to, whether it still holds or not. */
    readonly find: (secret: string) => Effect.Effect<ApiKey, CredentialRejected | IdentityUnavailable>
    /** A key that holds, and notes that it was used. */
    readonly alive: (id: ApiKeyId) => Effect.Effect<ApiKey, CredentialRejected | IdentityUnavailable>
  }
>()("@resync/identity/ApiKeys") {
  static readonly layer: Layer.Layer<ApiKeys, never, SqlClient.SqlClient | PrincipalCache> = Layer.effect(
    ApiKeys,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const cache = yield* PrincipalCache
      const random = yield* SecureRandom.SecureRandom
      const all = sql.literal(columns)

      const byId = (id: ApiKeyId) =>
        Effect.map(decode(sql`SELECT ${all} FROM identity_api_keys k WHERE k.id = ${id}`), ([row]) => row)

      const create: ApiKeys["Service"]["create"] = Effect.fn("ApiKeys.create")(function* (owner, key) {
        const missing = key.permissions.find((permission) => !owner.permissions.has(permission))
        if (missing !== undefined) return yield* new PermissionNotHeld({ permission: missing })
        const at = yield* now
        const id = ApiKeyId.make(yield* random.uuidV7())
        const prefix = `${marker}${Secrets.base32(yield* random.randomBytes(10))
          .slice(0, 10)
          .toLowerCase()}`
        const secret = `${prefix}_${yield* Secrets.token()}`
        const ownerId = owner.ownerId ?? owner.id
        const expiresAt = later(at, D.toMillis(D.fromInputUnsafe(key.lifetime)))
        yield* stored(sql`INSERT INTO identity_api_keys
          (id, owner_id, name, prefix, hash, permissions, scopes, created_at, expires_at)
          VALUES (${id}, ${ownerId}, ${key.name}, ${prefix}, ${Secrets.hash(secret)}, ${key.permissions},
            ${JSON.stringify(key.scopes)}, ${at}, ${expiresAt})`)
        const row = yield* stored(byId(id))
        if (row === undefined) return yield* Effect.die("the key that was just made is not there")
        return { apiKey: shown(row), secret: Redacted.make(secret) }
      })

      const list: ApiKeys["Service"]["list"] = (ownerId) => {
        const owner = ownerId === undefined ? sql`` : sql`WHERE k.owner_id = ${ownerId}`
        return decode(sql`SELECT ${all} FROM identity_api_keys k ${owner}
          ORDER BY k.created_at DESC, k.id DESC LIMIT 1000`).pipe(
          Effect.map((rows) => rows.map(shown)),
          stored
        )
      }

      const revoke: ApiKeys["Service"]["revoke"] = Effect.fn("ApiKeys.revoke")(function* (id, ownerId) {
        const at = yield* now
        const owner = ownerId === undefined ? sql`` : sql`AND k.owner_id = ${ownerId}`
        const [row] = yield* stored(
          decode(sql`UPDATE identity_api_keys k SET revoked_at = COALESCE(k.revoked_at, ${at})
            WHERE k.id = ${id} ${owner} RETURNING ${all}`)
        )
        cache.forget(id)
        return row === undefined ? yield* new ApiKeyNotFound({ id }) : shown(row)
      })

      const find: ApiKeys["Service"]["find"] = Effect.fnUntraced(function* (secret) {
        const prefix = shape.exec(secret)?.[1]
        const [row] =
          prefix === undefined
            ? []
            : yield* stored(decode(sql`SELECT ${all} FROM identity_api_keys k WHERE k.prefix = ${prefix}`))
        if (row === undefined || !Secrets.equal(row.hash, Secrets.hash(secret))) {
          return yield* new CredentialRejected({ reason: "invalid" })
        }
        return shown(row)
      })

      const alive: ApiKeys["Service"]["alive"] = Effect.fnUntraced(function* (id) {
        const at = yield* now
        const row = yield* byId(id)
        if (row === undefined || row.revokedAt !== null) return yield* new CredentialRejected({ reason: "revoked" })
        if (row.expiresAt.getTime() <= at.getTime()) return yield* new CredentialRejected({ reason: "expired" })
        if (row.lastUsedAt === null || at.getTime() - row.lastUsedAt.getTime() > touchMillis) {
          yield* sql`UPDATE identity_api_keys SET last_used_at = ${at} WHERE id = ${id}`
        }
        return shown(row)
      }, stored)

      return ApiKeys.of({ create, list, revoke, find, alive })
    })
  ).pipe(Layer.provide(SecureRandom.layerWebCrypto))
}
