import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Schema } from "effect"
import { layersOf } from "../../src/internal/layersOf.ts"
import { ResiliencePolicyOptions } from "../../src/ResiliencePolicyOptions.ts"

const all = {
  deadline: "30 seconds",
  retry: { maxAttempts: 4 },
  retryBudget: { retryRatio: 0.1 },
  hedge: { maxHedgedAttempts: 2 },
  circuitBreaker: {},
  throttle: {},
  rateLimit: { limitForPeriod: 7 },
  bulkhead: { maxConcurrentCalls: 3 },
  adaptiveLimit: {},
  attemptTimeout: "2 seconds",
  attemptTimeoutMode: "disconnect",
  chaos: {}
}

describe("layers", () => {
  it.effect("name every pattern from the outermost inwards, with what it goes by", () =>
    Effect.gen(function* () {
      const options = yield* Schema.decodeUnknownEffect(ResiliencePolicyOptions)(all)
      const { hedge, retry, retryBudget } = options
      const expected: ReadonlyArray<{ readonly pattern: string; readonly options: unknown }> = [
        { pattern: "Deadline", options: { deadline: Duration.seconds(30) } },
        { pattern: "RetryPolicy", options: { ...retry, retryBudget } },
        { pattern: "Hedge", options: { ...hedge, retryBudget } },
        { pattern: "CircuitBreaker", options: options.circuitBreaker },
        { pattern: "AdaptiveThrottle", options: options.throttle },
        { pattern: "RateLimiter", options: options.rateLimit },
        { pattern: "Bulkhead", options: options.bulkhead },
        { pattern: "AdaptiveLimiter", options: options.adaptiveLimit },
        { pattern: "TimeLimiter", options: { timeout: Duration.seconds(2), mode: "disconnect" } },
        { pattern: "Chaos", options: options.chaos }
      ]
      assert.deepStrictEqual<typeof expected>(layersOf(options), expected)
      for (const layer of expected) assert.isDefined(layer.options, layer.pattern)
      assert.strictEqual(options.hedge?.maxHedgedAttempts, 2)
      assert.isDefined(retryBudget)
    })
  )

  it.effect(
    "the breaker stands around the retry where it is placed inside of it, and what is not there is left out",
    () =>
      Effect.gen(function* () {
        const options = yield* Schema.decodeUnknownEffect(ResiliencePolicyOptions)({
          circuitBreaker: {},
          retry: {},
          hedge: {},
          retryPlacement: "inside-circuit-breaker"
        })
        assert.deepStrictEqual(
          layersOf(options).map(({ pattern }) => pattern),
          ["CircuitBreaker", "RetryPolicy", "Hedge"]
        )
      })
  )
})
