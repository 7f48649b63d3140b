import { Context, Duration, Effect, Layer, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { type IdentityUnavailable, TooManyAttempts } from "../IdentityError.ts"
import * as Secrets from "../internal/Secrets.ts"
import { later, now, stored } from "../internal/stored.ts"
import * as Lockout from "./Lockout.ts"

/** What is attempted: `account` and the like with whose it is. Only its hash is kept: people type passwords where names belong. */
export interface Attempt {
  readonly kind: "account" | "address" | "mfa"
  readonly subject: string
}

const policies: Readonly<Record<Attempt["kind"], Lockout.LockoutPolicy>> = {
  account: Lockout.account,
  address: Lockout.address,
  mfa: Lockout.account
}

const Row = Schema.Struct({ failures: Schema.Int, lastAt: Schema.Date, lockedUntil: Schema.Date })

const keyOf = ({ kind, subject }: Attempt) => Secrets.hash(`${kind}:${subject}`)

/** Slows down guessing, in all processes on one store together. */
export class Lockouts extends Context.Service<
  Lockouts,
  {
    /** Fails when it has to wait; otherwise the attempt counts as failed until `succeeded`. */
    readonly begin: (attempt: Attempt) => Effect.Effect<void, TooManyAttempts | IdentityUnavailable>
    /** Forgets the failures of an account; takes back the attempt of an address. */
    readonly succeeded: (attempt: Attempt) => Effect.Effect<void, IdentityUnavailable>
    /** Deletes what is long forgotten. */
    readonly sweep: Effect.Effect<void, IdentityUnavailable>
  }
>()("@resync/identity/Lockouts") {
  static readonly layer: Layer.Layer<Lockouts, never, SqlClient.SqlClient> = Layer.effect(
    Lockouts,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient

      const read = Effect.fnUntraced(function* (key: string) {
        const [row] = yield* sql`SELECT failures, last_at AS "lastAt", locked_until AS "lockedUntil"
          FROM identity_lockouts WHERE key = ${key} FOR UPDATE`
        if (row === undefined) return Lockout.initial
        const { failures, lastAt, lockedUntil } = yield* Effect.orDie(Schema.decodeUnknownEffect(Row)(row))
        return { failures, lastAt: lastAt.getTime(), lockedUntil: lockedUntil.getTime() }
      })

      const write = (key: string, { failures, lastAt, lockedUntil }: Lockout.Lockout, at: Date) => {
        const date = (millis: number) => later(at, millis - at.getTime())
        return sql`UPDATE identity_lockouts SET failures = ${failures}, last_at = ${date(lastAt)},
          locked_until = ${date(lockedUntil)} WHERE key = ${key}`
      }

      const begin = Effect.fn("Lockouts.begin")(
        function* (attempt: Attempt) {
          const at = yield* now
          const key = keyOf(attempt)
          const admission = yield* sql.withTransaction(
            Effect.gen(function* () {
              yield* sql`INSERT INTO identity_lockouts (key, failures, last_at, locked_until)
                VALUES (${key}, 0, to_timestamp(0), to_timestamp(0)) ON CONFLICT DO NOTHING`
              const admission = Lockout.attempt(policies[attempt.kind], yield* read(key), at.getTime())
              if (admission._tag === "Admitted") yield* write(key, admission.next, at)
              return admission
            })
          )
          if (admission._tag === "Locked") {
            return yield* new TooManyAttempts({ retryAfter: Duration.millis(admission.retryAfter) })
          }
        },
        (effect) => stored(effect)
      )

      const succeeded = Effect.fn("Lockouts.succeeded")(
        function* (attempt: Attempt) {
          const key = keyOf(attempt)
          if (attempt.kind !== "address")
            return yield* Effect.asVoid(sql`DELETE FROM identity_lockouts WHERE key = ${key}`)
          const at = yield* now
          yield* sql.withTransaction(Effect.flatMap(read(key), (state) => write(key, Lockout.takeBack(state), at)))
        },
        (effect) => stored(effect)
      )

      const sweep = stored(
        Effect.flatMap(now, (at) => {
          const before = later(at, -Lockout.account.forgetAfter)
          return sql`DELETE FROM identity_lockouts WHERE last_at < ${before} AND locked_until < ${at}`
        })
      ).pipe(Effect.asVoid)

      return Lockouts.of({ begin, succeeded, sweep })
    })
  )
}
