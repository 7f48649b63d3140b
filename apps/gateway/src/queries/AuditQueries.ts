import { AuditUnavailable } from "@resync/api/CommandProblems"
import { Audit } from "@resync/identity/audit/Audit"
import type { AuditEntry } from "@resync/identity/audit/AuditEntry"
import type { AuditUnavailable as Unavailable } from "@resync/identity/audit/AuditError"
import { AuditCursor, AuditFilter, type AuditPage } from "@resync/identity/audit/AuditQuery"
import type { AuditVerification } from "@resync/identity/audit/AuditVerification"
import { Effect, Schema, type Stream } from "effect"
import { Queries } from "../dispatch/Queries.ts"
import * as Query from "../dispatch/Query.ts"

interface Head {
  readonly seq: number
  readonly hash: string
}

export const ListEntries = Query.make<AuditPage, AuditUnavailable>()("audit", {
  request: Schema.Struct({
    ...AuditFilter.fields,
    limit: Schema.optionalKey(Schema.Int),
    cursor: Schema.optionalKey(AuditCursor)
  }),
  access: "audit:read"
})
export const ExportEntries = Query.make<Stream.Stream<AuditEntry, Unavailable>, AuditUnavailable>()("audit.export", {
  request: AuditFilter,
  access: "audit:export"
})
export const AuditHead = Query.make<Head, AuditUnavailable>()("audit.head", {
  request: Schema.Struct({}),
  access: "audit:read"
})
export const VerifyAudit = Query.make<AuditVerification, AuditUnavailable>()("audit.verification", {
  request: Schema.Struct({ seq: Schema.optionalKey(Schema.Int), hash: Schema.optionalKey(Schema.String) }),
  access: "audit:read"
})

const told = <A>(self: Effect.Effect<A, Unavailable>) =>
  Effect.catchTag(self, "AuditUnavailable", (error) =>
    Effect.andThen(
      Effect.logError("The audit trail could not be read", error),
      Effect.fail(new AuditUnavailable({ sent: false, detail: "The audit trail cannot be read", retryAfter: 5 }))
    )
  )

/** Puts the queries about the audit trail in place. Who is narrowed reads none of it: it tells of everybody. */
export const register = Effect.gen(function* () {
  const audit = yield* Audit
  const { handle } = yield* Queries
  handle(ListEntries, { ask: ({ cursor, limit, ...filter }) => told(audit.entries(filter, { cursor, limit })) })
  handle(ExportEntries, { ask: (filter) => Effect.succeed(audit.all(filter)) })
  handle(AuditHead, { ask: () => told(audit.head) })
  handle(VerifyAudit, {
    ask: ({ hash, seq }) => told(audit.verify(hash === undefined || seq === undefined ? undefined : { seq, hash }))
  })
})
