import { Effect, Schema } from "effect"
import type { SqlClient } from "effect/sql"
import { CredentialRejected } from "../IdentityError.ts"
import { SessionId } from "../model/Ids.ts"
import * as RefreshToken from "../sessions/RefreshToken.ts"
import { decodeAll, SessionRow, sessionColumns } from "./rows.ts"
import * as Secrets from "./Secrets.ts"
import { now } from "./stored.ts"

const decode = decodeAll(SessionRow)

const Shown = Schema.Struct({
  sessionId: SessionId,
  usedAt: Schema.NullOr(Schema.Date),
  successorUsed: Schema.Boolean
})
const decodeShown = decodeAll(Shown)

export const rejected = (reason: CredentialRejected["reason"]) => new CredentialRejected({ reason })

/** The session that was found, if one was. */
export const onlyOne = (rows: ReadonlyArray<SessionRow>) =>
  rows[0] === undefined ? Effect.fail(rejected("invalid")) : Effect.succeed(rows[0])

/** Sessions and their refresh tokens in the store. A token that was used counts for `refreshGrace` milliseconds more. */
export const make = (sql: SqlClient.SqlClient, refreshGrace: number) => {
  const byId = (id: SessionId) =>
    Effect.flatMap(
      decode(sql`SELECT ${sql.literal(sessionColumns)} FROM identity_sessions s WHERE s.id = ${id}`),
      onlyOne
    )

  const addToken = (sessionId: SessionId, parent: string | null) =>
    Effect.tap(
      Secrets.token(),
      (secret) => sql`INSERT INTO identity_refresh_tokens (hash, session_id, parent)
        VALUES (${Secrets.hash(secret)}, ${sessionId}, ${parent})`
    )

  /** Decides and does it in one transaction, which also keeps two uses of one token apart. */
  const rotate = (hash: string) =>
    sql.withTransaction(
      Effect.gen(function* () {
        const [shown] = yield* decodeShown(sql`SELECT t.session_id::text AS "sessionId", t.used_at AS "usedAt",
          EXISTS (SELECT FROM identity_refresh_tokens n WHERE n.parent = t.hash AND n.used_at IS NOT NULL)
            AS "successorUsed"
          FROM identity_refresh_tokens t JOIN identity_sessions s ON s.id = t.session_id
          WHERE t.hash = ${hash} FOR UPDATE OF s, t`)
        if (shown === undefined) return { verdict: "unknown" as const }
        const session = yield* byId(shown.sessionId)
        const at = yield* now
        const verdict = RefreshToken.judge(
          {
            usedAt: shown.usedAt?.getTime(),
            successorUsed: shown.successorUsed,
            sessionExpiresAt: session.expiresAt.getTime(),
            sessionRevoked: session.revokedAt !== null
          },
          at.getTime(),
          refreshGrace
        )
        if (verdict === "reuse") yield* sql`UPDATE identity_sessions SET revoked_at = ${at} WHERE id = ${session.id}`
        if (verdict !== "rotate") return { verdict, session }
        yield* sql`UPDATE identity_refresh_tokens SET used_at = COALESCE(used_at, ${at}) WHERE hash = ${hash}`
        yield* sql`UPDATE identity_sessions SET last_seen_at = ${at} WHERE id = ${session.id}`
        return { verdict, session, secret: yield* addToken(session.id, hash) }
      })
    )

  return { byId, addToken, rotate }
}
