import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto"
import { Clock, Context, Effect, Layer, Option, Schema, Semaphore } from "effect"
import { SqlClient } from "effect/sql"
import type { SqlError } from "effect/sql/SqlError"
import type { IdentityUnavailable } from "../IdentityError.ts"
import { IdentityOptions } from "../IdentityOptions.ts"
import * as SecretBox from "../internal/SecretBox.ts"
import * as Secrets from "../internal/Secrets.ts"
import { later, now, stored } from "../internal/stored.ts"
import { PublicKey } from "../model/KeySet.ts"

const Row = Schema.Struct({ publicKey: PublicKey, privateKey: Schema.String, createdAt: Schema.Date })

interface Key {
  readonly kid: string
  readonly createdAt: number
  readonly jwk: PublicKey
  readonly publicKey: KeyObject
  /** Only when it was sealed with the secret of this process. */
  readonly privateKey: KeyObject | undefined
}

/** A key that is not known is looked for in the store, and that not more often than this. */
const reloadMillis = 5_000

/** How much longer a key is published than it signs. Longer than any token is good for. */
const retiredMillis = 86_400_000

/**
 * The keys that sign access tokens: Ed25519, made here, kept in the store with the private half sealed. A new one begins to
 * sign when the last is `keyRotation` old. Processes on one store trust each other's.
 */
export class SigningKeys extends Context.Service<
  SigningKeys,
  {
    /** The key to sign with. */
    readonly current: Effect.Effect<{ readonly kid: string; readonly privateKey: KeyObject }, IdentityUnavailable>
    /** The key that a signature names, or nothing when there is no such key. */
    readonly find: (kid: string) => Effect.Effect<KeyObject | undefined, IdentityUnavailable>
    readonly published: Effect.Effect<ReadonlyArray<PublicKey>, IdentityUnavailable>
    /** Deletes keys whose last tokens are long expired. */
    readonly sweep: Effect.Effect<void, IdentityUnavailable>
  }
>()("@resync/identity/SigningKeys") {
  static readonly layer: Layer.Layer<SigningKeys, never, SqlClient.SqlClient | IdentityOptions> = Layer.effect(
    SigningKeys,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { keyRotation, secret } = yield* IdentityOptions
      const box = SecretBox.make(secret)
      const gate = yield* Semaphore.make(1)
      let keys = new Map<string, Key>()
      let loadedAt = Number.NEGATIVE_INFINITY

      const keyOf = ({ createdAt, privateKey, publicKey }: typeof Row.Type): Key => ({
        kid: publicKey.kid,
        createdAt: createdAt.getTime(),
        jwk: publicKey,
        publicKey: createPublicKey({ key: publicKey, format: "jwk" }),
        privateKey: Option.match(box.open(privateKey, `signing-key:${publicKey.kid}`), {
          onNone: () => undefined,
          onSome: (pem) => createPrivateKey(pem)
        })
      })

      const load: Effect.Effect<void, SqlError> = Effect.gen(function* () {
        const rows = yield* sql`SELECT public_key AS "publicKey", private_key AS "privateKey", created_at AS "createdAt"
          FROM identity_signing_keys ORDER BY created_at`
        const found = yield* Effect.orDie(Schema.decodeUnknownEffect(Schema.Array(Row))(rows))
        keys = new Map(found.map((row) => [row.publicKey.kid, keyOf(row)]))
        loadedAt = yield* Clock.currentTimeMillis
      })

      const create = Effect.gen(function* () {
        const kid = yield* Secrets.token(12)
        const { privateKey, publicKey } = yield* Effect.sync(() => generateKeyPairSync("ed25519"))
        const jwk = PublicKey.make({
          kty: "OKP",
          crv: "Ed25519",
          // Ed25519 keys always have it.
          x: publicKey.export({ format: "jwk" }).x ?? "",
          kid,
          alg: "EdDSA",
          use: "sig"
        })
        const pem = privateKey.export({ format: "pem", type: "pkcs8" }).toString()
        yield* sql`INSERT INTO identity_signing_keys (kid, public_key, private_key, created_at)
          VALUES (${kid}, ${JSON.stringify(jwk)}, ${box.seal(pem, `signing-key:${kid}`)}, ${yield* now})`
        yield* Effect.logInfo("new signing key").pipe(Effect.annotateLogs({ kid }))
        yield* load
      })

      const newest = (millis: number) =>
        [...keys.values()].findLast(
          ({ createdAt, privateKey }) => privateKey !== undefined && millis - createdAt < keyRotation
        )

      const current = Effect.gen(function* () {
        const millis = yield* Clock.currentTimeMillis
        if (newest(millis) === undefined) yield* load
        if (newest(millis) === undefined) yield* create
        const key = newest(millis)
        if (key?.privateKey === undefined) return yield* Effect.die("the signing key that was just made is not there")
        return { kid: key.kid, privateKey: key.privateKey }
      }).pipe(gate.withPermit, stored)

      const find = Effect.fnUntraced(
        function* (kid: string) {
          if (!keys.has(kid) && (yield* Clock.currentTimeMillis) - loadedAt >= reloadMillis) yield* load
          return keys.get(kid)?.publicKey
        },
        gate.withPermit,
        stored
      )

      const published = Effect.map(stored(gate.withPermit(load)), () => [...keys.values()].map(({ jwk }) => jwk))

      const sweep = stored(
        Effect.flatMap(now, (at) => {
          const before = later(at, -keyRotation - retiredMillis)
          return sql`DELETE FROM identity_signing_keys WHERE created_at < ${before}`
        })
      ).pipe(Effect.asVoid)

      return SigningKeys.of({ current, find, published, sweep })
    })
  )
}
