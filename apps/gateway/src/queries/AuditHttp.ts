import { Api } from "@resync/api/Api"
import { AuditEntry } from "@resync/identity/audit/AuditEntry"
import { Effect, Schema, Stream } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { Queries } from "../dispatch/Queries.ts"
import * as Group from "../http/Group.ts"
import * as Kinds from "./AuditQueries.ts"

const encode = Schema.encodeSync(Schema.fromJsonString(AuditEntry))

/** What was done, and by whom. */
export const layer = Group.layer(
  Effect.gen(function* () {
    const { ask } = yield* Queries
    return HttpApiBuilder.group(Api, "audit", (handlers) =>
      handlers.handleAll({
        auditEntries: ({ query }) => ask(Kinds.ListEntries, query),
        exportAudit: ({ query }) =>
          Effect.map(ask(Kinds.ExportEntries, query), (entries) =>
            entries.pipe(
              Stream.map((entry) => `${encode(entry)}\n`),
              Stream.encodeText,
              // The status has been sent by then: the connection is cut.
              Stream.orDie
            )
          ),
        auditHead: () => ask(Kinds.AuditHead, {}),
        verifyAudit: ({ query }) => ask(Kinds.VerifyAudit, query)
      })
    )
  })
)
