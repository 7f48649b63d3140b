import { Context, Effect, Layer } from "effect"
import { SecureRandom } from "effect/crypto"
import { SqlClient } from "effect/sql"
import {
  type CredentialRejected,
  type IdentityUnavailable,
  RefreshTokenReused,
  SessionNotFound
} from "../IdentityError.ts"
import { IdentityOptions } from "../IdentityOptions.ts"
import { decodeAll, SessionRow, sessionColumns, sessionOf } from "../internal/rows.ts"
import * as Secrets from "../internal/Secrets.ts"
import * as sessionStoreOf from "../internal/sessionStore.ts"
import { later, now, stored } from "../internal/stored.ts"
import { SessionId, type UserId } from "../model/Ids.ts"
import type { AuthenticationMethod, Session, SessionKind } from "../model/Session.ts"
import { PrincipalCache } from "./PrincipalCache.ts"

/** Where a sign-in comes from. */
export interface Origin {
  readonly address: string
  readonly userAgent: string
}

/** A session with the secret that carries it on: a refresh token, or what the cookie holds. */
export interface StartedSession {
  readonly session: SessionRow
  readonly secret: string
}

const decode = decodeAll(SessionRow)

const { onlyOne, rejected } = sessionStoreOf

/** Sign-ins from their beginning to their end. */
export class Sessions extends Context.Service<
  Sessions,
  {
    readonly start: (options: {
      readonly userId: UserId
      readonly kind: SessionKind
      readonly methods: ReadonlyArray<AuthenticationMethod>
      readonly origin: Origin
      /** When the user showed who they are, if that was before. */
      readonly authenticatedAt?: Date | undefined
      /** Whether something has to be done before it can be used, for which there is less time. */
      readonly restricted: boolean
    }) => Effect.Effect<StartedSession, IdentityUnavailable>
    /** Another refresh token for one that was not used yet. One that was ends the session. */
    readonly refresh: (
      token: string
    ) => Effect.Effect<StartedSession, CredentialRejected | RefreshTokenReused | IdentityUnavailable>
    /** The session of a cookie. */
    readonly ofCookie: (secret: string) => Effect.Effect<SessionRow, CredentialRejected | IdentityUnavailable>
    /** A session that goes on, and notes that it was seen. */
    readonly alive: (id: SessionId) => Effect.Effect<SessionRow, CredentialRejected | IdentityUnavailable>
    /** The same, and notes nothing: for what goes on by itself. */
    readonly goesOn: (id: SessionId) => Effect.Effect<SessionRow, CredentialRejected | IdentityUnavailable>
    /** Adds a way in which the user proved who they are. */
    readonly strengthen: (
      id: SessionId,
      method: AuthenticationMethod
    ) => Effect.Effect<SessionRow, CredentialRejected | IdentityUnavailable>
    /** Gives a session its full time once nothing has to be done first any more. */
    readonly extend: (id: SessionId) => Effect.Effect<void, IdentityUnavailable>
    /** The sessions of a user that go on, the newest first. */
    readonly list: (userId: UserId) => Effect.Effect<ReadonlyArray<Session>, IdentityUnavailable>
    /** Ends a session, of this user when one is given. */
    readonly revoke: (id: SessionId, userId?: UserId) => Effect.Effect<void, SessionNotFound | IdentityUnavailable>
    /** Ends all sessions of a user, or all but one. */
    readonly revokeAll: (userId: UserId, except?: SessionId) => Effect.Effect<void, IdentityUnavailable>
    /** Whether the user has signed in from this address in the last 30 days. */
    readonly knows: (userId: UserId, address: string) => Effect.Effect<boolean, IdentityUnavailable>
    /** Deletes what ended more than 30 days ago. */
    readonly sweep: Effect.Effect<void, IdentityUnavailable>
  }
>()("@resync/identity/Sessions") {
  static readonly layer: Layer.Layer<Sessions, never, SqlClient.SqlClient | IdentityOptions | PrincipalCache> =
    Layer.effect(
      Sessions,
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const cache = yield* PrincipalCache
        const options = yield* IdentityOptions
        const random = yield* SecureRandom.SecureRandom
        const columns = sql.literal(sessionColumns)
        const { addToken, byId, rotate } = sessionStoreOf.make(sql, options.refreshGrace)

        const start: Sessions["Service"]["start"] = Effect.fn("Sessions.start")(function* ({
          authenticatedAt,
          kind,
          methods,
          origin,
          restricted,
          userId
        }) {
          const at = yield* now
          const id = SessionId.make(yield* random.uuidV7())
          const expiresAt = later(at, restricted ? options.restrictedLifetime : options.sessionLifetime)
          const cookie = kind === "cookie" ? yield* Secrets.token() : undefined
          const cookieHash = cookie === undefined ? null : Secrets.hash(cookie)
          const secret = yield* sql.withTransaction(
            Effect.gen(function* () {
              yield* sql`INSERT INTO identity_sessions
                  (id, user_id, kind, methods, cookie_hash, created_at, authenticated_at, last_seen_at, expires_at,
                    address, user_agent)
                  VALUES (${id}, ${userId}, ${kind}, ${methods}, ${cookieHash}, ${at}, ${authenticatedAt ?? at}, ${at},
                    ${expiresAt}, ${origin.address.slice(0, 64)}, ${origin.userAgent.slice(0, 256)})`
              return cookie ?? (yield* addToken(id, null))
            })
          )
          return { session: yield* Effect.orDie(byId(id)), secret }
        }, stored)

        const refresh: Sessions["Service"]["refresh"] = Effect.fn("Sessions.refresh")(function* (token) {
          const result = yield* stored(rotate(Secrets.hash(token)))
          switch (result.verdict) {
            case "unknown":
              return yield* rejected("invalid")
            case "rotate":
              return { session: result.session, secret: result.secret }
            case "reuse":
              cache.forget(result.session.id)
              return yield* new RefreshTokenReused({ sessionId: result.session.id })
            default:
              return yield* rejected(result.verdict)
          }
        })

        const holds = Effect.fnUntraced(function* (session: SessionRow) {
          const at = (yield* now).getTime()
          if (session.revokedAt !== null) return yield* rejected("revoked")
          const idle = session.kind === "cookie" && at - session.lastSeenAt.getTime() > options.sessionIdle
          return session.expiresAt.getTime() <= at || idle ? yield* rejected("expired") : session
        })

        /** Notes that a session was seen, once a minute at most. */
        const seen = Effect.fnUntraced(function* (session: SessionRow) {
          const at = yield* now
          if (at.getTime() - session.lastSeenAt.getTime() <= 60_000) return
          yield* sql`UPDATE identity_sessions SET last_seen_at = ${at} WHERE id = ${session.id}`
        })

        const goesOn: Sessions["Service"]["goesOn"] = (id) => stored(Effect.flatMap(byId(id), holds))

        const alive: Sessions["Service"]["alive"] = (id) =>
          stored(byId(id).pipe(Effect.flatMap(holds), Effect.tap(seen)))

        const ofCookie: Sessions["Service"]["ofCookie"] = (secret) =>
          decode(sql`SELECT ${columns} FROM identity_sessions s WHERE s.cookie_hash = ${Secrets.hash(secret)}`).pipe(
            Effect.flatMap(onlyOne),
            Effect.flatMap(holds),
            Effect.tap(seen),
            stored
          )

        const extend: Sessions["Service"]["extend"] = (id) => {
          const lifetime = options.sessionLifetime / 1_000
          return stored(
            sql`UPDATE identity_sessions SET expires_at = created_at + ${lifetime} * interval '1 second'
              WHERE id = ${id}`
          ).pipe(Effect.ensuring(Effect.sync(() => cache.forget(id))), Effect.asVoid)
        }

        const strengthen: Sessions["Service"]["strengthen"] = (id, method) =>
          sql`UPDATE identity_sessions SET methods = array_append(array_remove(methods, ${method}), ${method})
            WHERE id = ${id}`.pipe(
            Effect.andThen(byId(id)),
            Effect.ensuring(Effect.sync(() => cache.forget(id))),
            stored
          )

        const list: Sessions["Service"]["list"] = (userId) =>
          Effect.flatMap(now, (at) =>
            decode(sql`SELECT ${columns} FROM identity_sessions s WHERE s.user_id = ${userId} AND s.revoked_at IS NULL
              AND s.expires_at > ${at} AND (s.kind <> 'cookie' OR s.last_seen_at > ${later(at, -options.sessionIdle)})
              ORDER BY s.created_at DESC, s.id DESC`)
          ).pipe(
            Effect.map((rows) => rows.map(sessionOf)),
            stored
          )

        const revoke: Sessions["Service"]["revoke"] = Effect.fn("Sessions.revoke")(function* (id, userId) {
          const at = yield* now
          const owner = userId === undefined ? sql`` : sql`AND user_id = ${userId}`
          const rows = yield* stored(sql`UPDATE identity_sessions SET revoked_at = ${at}
            WHERE id = ${id} AND revoked_at IS NULL ${owner} RETURNING id`)
          cache.forget(id)
          if (rows.length === 0) return yield* new SessionNotFound({ id })
        })

        const revokeAll: Sessions["Service"]["revokeAll"] = Effect.fn("Sessions.revokeAll")(function* (userId, except) {
          const at = yield* now
          const others = except === undefined ? sql`` : sql`AND id <> ${except}`
          yield* stored(sql`UPDATE identity_sessions SET revoked_at = ${at}
            WHERE user_id = ${userId} AND revoked_at IS NULL ${others}`)
          cache.forgetUser(userId)
        })

        const knows: Sessions["Service"]["knows"] = (userId, address) =>
          Effect.flatMap(now, (at) =>
            stored(sql`SELECT 1 FROM identity_sessions WHERE user_id = ${userId} AND address = ${address}
              AND created_at > ${later(at, -30 * 86_400_000)} LIMIT 1`)
          ).pipe(Effect.map((rows) => rows.length > 0))

        const sweep = Effect.flatMap(now, (at) =>
          stored(sql`DELETE FROM identity_sessions WHERE expires_at < ${later(at, -30 * 86_400_000)}`)
        ).pipe(Effect.asVoid)

        return Sessions.of({
          start,
          refresh,
          ofCookie,
          alive,
          goesOn,
          strengthen,
          extend,
          list,
          revoke,
          revokeAll,
          knows,
          sweep
        })
      })
    ).pipe(Layer.provide(SecureRandom.layerWebCrypto))
}
