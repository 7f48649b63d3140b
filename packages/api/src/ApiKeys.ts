import { ApiKey } from "@resync/identity/model/ApiKey"
import { ApiKeyId } from "@resync/identity/model/Ids"
import { Permission } from "@resync/identity/model/Permission"
import { Scope } from "@resync/identity/model/Scope"
import { Schema } from "effect"
import { HttpApi, HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { RequiredPermission } from "./Access.ts"
import { Forbidden } from "./AccessProblems.ts"
import { Secret } from "./Auth.ts"
import * as CommandProblems from "./CommandProblems.ts"
import { keyed } from "./Idempotency.ts"
import { IdentityNotFound, TooManyRequests } from "./IdentityProblems.ts"

/** Keys for machines. A key belongs to a user and can never do more. */
export class ApiKeyGroup extends HttpApiGroup.make("apiKeys")
  .add(
    HttpApiEndpoint.get("apiKeys", "/", {
      query: {
        /** `all` is for those who have `api-keys:read`; the caller's own are the default. */
        owner: Schema.optionalKey(Schema.Literals(["me", "all"]))
      },
      success: Schema.Struct({ items: Schema.Array(ApiKey) }),
      error: Forbidden
    })
      .annotate(RequiredPermission, "signed-in")
      .annotate(OpenApi.Summary, "API keys, the newest first"),
    HttpApiEndpoint.post("createApiKey", "/", {
      headers: keyed,
      payload: Schema.Struct({
        name: Schema.NonEmptyString.check(
          Schema.isMaxLength(100),
          Schema.isPattern(/^\P{Cc}*$/u, { expected: "a name without control characters" })
        ),
        /** Each of them one that the caller has. */
        permissions: Schema.NonEmptyArray(Permission),
        scopes: Schema.optionalKey(Schema.Array(Scope).check(Schema.isMaxLength(100))),
        /** For how long the key is to hold, a year at most. */
        expiresInDays: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 366 }))
      }),
      success: Schema.Struct({ apiKey: ApiKey, secret: Secret })
        .annotate({ identifier: "NewApiKey" })
        .pipe(HttpApiSchema.status(201)),
      error: [TooManyRequests, CommandProblems.SecretShownOnce, ...CommandProblems.all]
    })
      .annotate(RequiredPermission, "signed-in")
      .annotate(OpenApi.Summary, "Make a key; `secret` is shown here and never again"),
    HttpApiEndpoint.delete("revokeApiKey", "/:id", {
      params: { id: ApiKeyId },
      headers: keyed,
      success: ApiKey,
      error: [IdentityNotFound, ...CommandProblems.all]
    })
      .annotate(RequiredPermission, "signed-in")
      .annotate(OpenApi.Summary, "End a key: one's own, or with `api-keys:write` any")
  )
  .prefix("/api/v1/api-keys")
  .annotate(HttpApi.PayloadParseOptions, { errors: "all", onExcessProperty: "error" })
  .annotate(HttpApi.QueryParseOptions, { errors: "all", onExcessProperty: "error" })
  .annotateMerge(OpenApi.annotations({ title: "API keys", description: "Keys for machines." })) {}
