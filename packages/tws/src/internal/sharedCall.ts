import type { ResiliencePolicy } from "@resync/resilience/ResiliencePolicy"
import * as Spanned from "@resync/telemetry/Spanned"
import { Effect } from "effect"
import type * as Redis from "effect/persistence/Redis"

/** A call to Redis under its policy, of which nothing is left but that it did not work: the breaker and its log tell why. */
export const sharedCall =
  (policy: ResiliencePolicy<{ readonly _tag: string }>) =>
  <A>(operation: string, call: Effect.Effect<A, Redis.RedisError>): Effect.Effect<A | undefined> =>
    policy.execute(call).pipe(
      Effect.tapError((error) =>
        error._tag === "RedisError" ? Effect.logDebug("the shared cache failed", { operation, error }) : Effect.void
      ),
      (called) =>
        Spanned.withSpan(called, policy.name, {
          kind: "client",
          attributes: { "resilience.policy": policy.name, "db.system.name": "redis", "db.operation.name": operation }
        }),
      Effect.orElseSucceed(() => undefined)
    )
