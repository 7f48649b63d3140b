import { Justification } from "@resync/tws/model/Justification"
import { CacheSnapshot, SharedCacheState } from "@resync/tws/TwsCacheControl"
import { Schema } from "effect"
import { HttpApi, HttpApiEndpoint, HttpApiError, HttpApiGroup, OpenApi } from "effect/http-api"
import { RequiredPermission } from "./Access.ts"
import * as CommandProblems from "./CommandProblems.ts"
import { GuardName } from "./GuardName.ts"
import { IdempotencyKey } from "./Idempotency.ts"
import * as Problem from "./Problem.ts"

/** There is no cache of this name. */
export class CacheNotFound extends HttpApiError.Problem<CacheNotFound>()(
  "CacheNotFound",
  { type: Problem.type("cache-not-found"), status: 404, title: "There is no such cache" },
  { ...Problem.context, cache: Schema.String }
) {}

/** The caches of this gateway, and how it stands with the cache that gateways share, if there is one. */
export const CachesView = Schema.Struct({
  items: Schema.Array(CacheSnapshot),
  shared: Schema.optionalKey(SharedCacheState)
}).annotate({ identifier: "CachesView" })
export type CachesView = typeof CachesView.Type

/** The caches that were cleared. */
export const CachesCleared = Schema.Struct({
  items: Schema.Array(
    Schema.Struct({
      name: Schema.String,
      /** How many answers this gateway had in memory. */
      entries: Schema.Int
    })
  ),
  /** The shared cache afterwards: while it has `untold` changes, other gateways have not heard of all of them. */
  shared: Schema.optionalKey(SharedCacheState)
}).annotate({ identifier: "CachesCleared" })
export type CachesCleared = typeof CachesCleared.Type

/** What is kept of the scheduler's answers. */
export class CacheQueries extends HttpApiGroup.make("caches")
  .add(
    HttpApiEndpoint.get("listCaches", "/caches", { success: CachesView })
      .annotate(RequiredPermission, "cache:read")
      .annotate(OpenApi.Summary, "All caches with what they hold and how they fare, and the one that gateways share")
  )
  .prefix("/api/v1")
  .annotateMerge(OpenApi.annotations({ title: "Caches", description: "What is kept of the scheduler's answers." })) {}

const clear = {
  headers: { "idempotency-key": Schema.optionalKey(IdempotencyKey) },
  payload: [Schema.Struct({ justification: Schema.optionalKey(Justification) }), Schema.Null],
  success: CachesCleared
} as const

/** Has the scheduler asked again, by this gateway and those that share its cache. */
export class CacheCommands extends HttpApiGroup.make("cacheCommands")
  .add(
    HttpApiEndpoint.post("clearCaches", "/caches/actions/clear", { ...clear, error: CommandProblems.all })
      .annotate(RequiredPermission, "cache:clear")
      .annotate(OpenApi.Summary, "Forget all answers"),
    HttpApiEndpoint.post("clearCache", "/caches/:name/actions/clear", {
      ...clear,
      params: { name: GuardName },
      error: [CacheNotFound, ...CommandProblems.all]
    })
      .annotate(RequiredPermission, "cache:clear")
      .annotate(OpenApi.Summary, "Forget the answers of one cache")
  )
  .prefix("/api/v1")
  .annotate(HttpApi.PayloadParseOptions, { errors: "all", onExcessProperty: "error" })
  .annotateMerge(OpenApi.annotations({ title: "Cache commands", description: "Has the scheduler asked again." })) {}
