import { AuditCursor, AuditFilter, AuditPage } from "@resync/identity/audit/AuditQuery"
import { AuditVerification } from "@resync/identity/audit/AuditVerification"
import { Schema } from "effect"
import { HttpApi, HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { RequiredPermission } from "./Access.ts"
import { AuditUnavailable } from "./CommandProblems.ts"

/** What was done, by whom, on what, from where. */
export class AuditTrail extends HttpApiGroup.make("audit")
  .add(
    HttpApiEndpoint.get("auditEntries", "/audit", {
      query: {
        ...AuditFilter.fields,
        /** 1 to 1000; 100 when absent. */
        limit: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1000 }))),
        cursor: Schema.optionalKey(AuditCursor)
      },
      success: AuditPage,
      error: AuditUnavailable
    })
      .annotate(RequiredPermission, "audit:read")
      .annotate(OpenApi.Summary, "Entries, the newest first"),
    HttpApiEndpoint.get("exportAudit", "/audit/export", {
      query: AuditFilter.fields,
      success: HttpApiSchema.StreamUint8Array({ contentType: "application/x-ndjson" }),
      error: AuditUnavailable
    })
      .annotate(RequiredPermission, "audit:export")
      .annotate(OpenApi.Summary, "Entries as lines of JSON, the oldest first"),
    HttpApiEndpoint.get("auditHead", "/audit/head", {
      success: Schema.Struct({ seq: Schema.Int, hash: Schema.String }),
      error: AuditUnavailable
    })
      .annotate(RequiredPermission, "audit:read")
      .annotate(OpenApi.Summary, "The end of the chain, to be kept elsewhere"),
    HttpApiEndpoint.get("verifyAudit", "/audit/verification", {
      query: { seq: Schema.optionalKey(Schema.Int), hash: Schema.optionalKey(Schema.String) },
      success: AuditVerification,
      error: AuditUnavailable
    })
      .annotate(RequiredPermission, "audit:read")
      .annotate(
        OpenApi.Summary,
        "Whether the whole trail is as it was written; with seq and hash, whether it holds that head"
      )
  )
  .prefix("/api/v1")
  .annotate(HttpApi.QueryParseOptions, { errors: "all", onExcessProperty: "error" })
  .annotateMerge(OpenApi.annotations({ title: "Audit trail", description: "What was done, and by whom." })) {}
