import { Api } from "@resync/api/Api"
import { CurrentPrincipal } from "@resync/api/CurrentPrincipal"
import { ApiKeys } from "@resync/identity/apikeys/ApiKeys"
import { authorize } from "@resync/identity/model/Authorize"
import { UserId } from "@resync/identity/model/Ids"
import { Duration, Effect } from "effect"
import { HttpServerRequest } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import * as Group from "../http/Group.ts"
import * as ClientAddress from "../security/ClientAddress.ts"
import { permit } from "../security/Permit.ts"
import { RateLimits } from "../security/RateLimits.ts"
import * as Caller from "./Caller.ts"
import * as IdentityAudit from "./IdentityAudit.ts"
import * as IdentityProblem from "./IdentityProblem.ts"

/** Keys for machines. */
export const layer = Group.layer(
  Effect.gen(function* () {
    const keys = yield* ApiKeys
    const limits = yield* RateLimits
    const record = yield* IdentityAudit.make
    const limited = Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) =>
      limits.consume("new-keys", ClientAddress.bucketOf(ClientAddress.of(request)))
    )

    return HttpApiBuilder.group(Api, "apiKeys", (handlers) =>
      handlers.handleAll({
        apiKeys: Effect.fnUntraced(function* ({ query }) {
          if (query.owner === "all") {
            yield* permit(yield* CurrentPrincipal, "api-keys:read")
            return { items: yield* Effect.mapError(keys.list(), IdentityProblem.of) }
          }
          const user = yield* Caller.user
          return { items: yield* Effect.mapError(keys.list(UserId.make(user.id)), IdentityProblem.of) }
        }),
        createApiKey: Effect.fnUntraced(function* ({ payload: { expiresInDays, name, permissions, scopes = [] } }) {
          const user = yield* Caller.user
          yield* limited
          const lifetime = Duration.days(expiresInDays)
          const made = yield* Effect.mapError(
            keys.create(user, { name, permissions, scopes, lifetime }),
            IdentityProblem.of
          )
          yield* record({
            action: "api-key.create",
            outcome: "done",
            actor: IdentityAudit.actorOf(user),
            target: { kind: "api-key", id: made.apiKey.id, name },
            detail: { permissions, scopes }
          })
          return made
        }),
        revokeApiKey: Effect.fnUntraced(function* ({ params }) {
          const principal = yield* CurrentPrincipal
          const any = authorize(principal, "api-keys:write") === undefined
          const owner = any ? undefined : UserId.make((yield* Caller.user).id)
          const revoked = yield* Effect.mapError(keys.revoke(params.id, owner), IdentityProblem.of)
          yield* record({
            action: "api-key.revoke",
            outcome: "done",
            actor: IdentityAudit.actorOf(principal),
            target: { kind: "api-key", id: revoked.id, name: revoked.name }
          })
          return revoked
        })
      })
    )
  })
)
