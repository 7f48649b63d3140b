import { TooManyRequests } from "@resync/api/IdentityProblems"
import { consecutiveFailures } from "@resync/resilience/CircuitBreakerOptions"
import { ResiliencePolicyRegistry } from "@resync/resilience/ResiliencePolicyRegistry"
import { Context, Duration, Effect, Fiber, Layer, Metric, Option } from "effect"
import { HttpEffect, type HttpServerRequest, HttpServerResponse } from "effect/http"
import { RateLimiter } from "effect/persistence"
import { SharedRedis } from "../resilience/SharedRedis.ts"
import * as RateLimitStore from "./RateLimitStore.ts"
import { SecurityConfig } from "./SecurityConfig.ts"

/** What is counted, each apart. */
export type LimitName = "principal" | "address" | "sign-in" | "mfa" | "refresh" | "new-keys" | "refused"

const window = Duration.minutes(1)
const windowSeconds = Duration.toSeconds(window)

const rejected = Metric.counter("resync.rate_limit.rejected", {
  description: "Requests answered with 429, by the limit that was reached",
  incremental: true
})

/** While Redis does not answer each process counts for itself. */
const redisPolicy = {
  attemptTimeout: "100 millis",
  circuitBreaker: { trip: consecutiveFailures(5), waitDurationInOpenState: "10 seconds" }
} as const

/** Tells of the narrowest limit that a request met: the fields of draft-ietf-httpapi-ratelimit-headers. */
const tell = (
  fiber: Fiber.Fiber<unknown, unknown>,
  name: LimitName,
  limit: number,
  { remaining, resetAfter }: { readonly remaining: number; readonly resetAfter: Duration.Duration }
) => {
  const headers = {
    "ratelimit-policy": `"${name}";q=${limit};w=${windowSeconds}`,
    ratelimit: `"${name}";r=${Math.max(0, remaining)};t=${Math.ceil(Duration.toSeconds(resetAfter))}`
  }
  HttpEffect.appendPreResponseHandlerUnsafe(fiber.context, (_request, response) =>
    Effect.succeed(HttpServerResponse.setHeaders(response, headers))
  )
}

/** How often somebody may ask. */
export class RateLimits extends Context.Service<
  RateLimits,
  {
    /** Counts a request; fails when there were too many. Tells the caller how many are left. */
    readonly consume: (
      name: LimitName,
      key: string
    ) => Effect.Effect<void, TooManyRequests, HttpServerRequest.HttpServerRequest>
  }
>()("@resync/gateway/RateLimits") {
  /** Counted in Redis by all gateways together if there is one, addresses in each gateway for itself. */
  static readonly layer = Layer.effect(
    RateLimits,
    Effect.gen(function* () {
      const config = yield* SecurityConfig
      const open = config.auth === "off"
      const limits: Readonly<Record<LimitName, number>> = {
        principal: Option.getOrElse(config.rateLimit, () => (open ? 0 : 6_000)),
        address: Option.getOrElse(config.addressRateLimit, () => (open ? 0 : 12_000)),
        "sign-in": config.signInRateLimit,
        mfa: config.signInRateLimit,
        refresh: config.signInRateLimit,
        "new-keys": config.signInRateLimit,
        refused: config.signInRateLimit
      }
      const local = Context.get(
        yield* Layer.build(RateLimiter.layer.pipe(Layer.provide(RateLimitStore.layer))),
        RateLimiter.RateLimiter
      )
      const { redis } = yield* SharedRedis
      const shared = yield* Option.match(redis, {
        onNone: () => Effect.void,
        onSome: ({ layer, prefix }) =>
          Effect.gen(function* () {
            const built = yield* Layer.build(
              RateLimiter.layer.pipe(
                Layer.provide(RateLimiter.layerStoreRedis({ prefix: `${prefix}limit:` })),
                Layer.provide(layer)
              )
            )
            const limiter = Context.get(built, RateLimiter.RateLimiter)
            const policy = yield* (yield* ResiliencePolicyRegistry).register("rate_limits", redisPolicy)
            return { limiter, policy }
          })
      })

      /** Being over the limit is an answer; any other failure is Redis being away. */
      const outcome = (effect: Effect.Effect<RateLimiter.ConsumeResult, RateLimiter.RateLimiterError>) =>
        Effect.matchEffect(effect, {
          onSuccess: (result) =>
            Effect.succeed({ remaining: result.remaining, resetAfter: result.resetAfter, over: false }),
          onFailure: (error) =>
            error.reason._tag === "RateLimitExceeded"
              ? Effect.succeed({ remaining: 0, resetAfter: error.reason.retryAfter, over: true })
              : Effect.fail(error)
        })

      const ask = (name: LimitName, key: string, limit: number) => {
        const options = { key: `${name}:${key}`, limit, window }
        // The memory fails for nothing but the limit.
        const alone = Effect.orDie(outcome(local.consume(options)))
        if (shared === undefined || name === "address") return alone
        return Effect.catch(shared.policy.execute(outcome(shared.limiter.consume(options))), () => alone)
      }

      const consume: RateLimits["Service"]["consume"] = (name, key) => {
        const limit = limits[name]
        if (limit === 0) return Effect.void
        return Effect.flatMap(ask(name, key, limit), (answer) => {
          const fiber = Fiber.getCurrent()
          if (fiber !== undefined) tell(fiber, name, limit, answer)
          if (!answer.over) return Effect.void
          const retryAfter = Math.max(1, Math.ceil(Duration.toSeconds(answer.resetAfter)))
          return Effect.andThen(
            Metric.update(Metric.withAttributes(rejected, { limit: name }), 1),
            Effect.fail(
              new TooManyRequests({ retryAfter, detail: `More than ${limit} in ${windowSeconds} seconds (${name})` })
            )
          )
        })
      }

      return RateLimits.of({ consume })
    })
  )
}
