import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Schema } from "effect"
import * as EffectRateLimiter from "effect/persistence/RateLimiter"
import { TestClock } from "effect/testing"
import * as RateLimiter from "../src/RateLimiter.ts"
import * as MetricSeries from "./MetricSeries.ts"
import { eventsOf, inSpan } from "./RecordingTracer.ts"
import * as ScriptedState from "./ScriptedState.ts"

const limit: RateLimiter.RateLimiterOptionsInput = {
  limitForPeriod: 4,
  limitRefreshPeriod: "1 second",
  timeoutDuration: 0,
  shared: {}
}

const S = Effect.succeed("up")

const left = (remaining: number) =>
  Effect.succeed({ delay: Duration.zero, limit: 4, remaining, resetAfter: Duration.seconds(1) })

const exceeded = (millis: number) =>
  Effect.fail(
    new EffectRateLimiter.RateLimiterError({
      reason: new EffectRateLimiter.RateLimitExceeded({
        key: "partner",
        limit: 4,
        remaining: 0,
        retryAfter: Duration.millis(millis)
      })
    })
  )

const broken = Effect.fail(
  new EffectRateLimiter.RateLimiterError({ reason: new EffectRateLimiter.RateLimitStoreError({ message: "away" }) })
)

/** A limit of a node whose store answers as it is told to. */
const node = Effect.fnUntraced(function* (options: RateLimiter.RateLimiterOptionsInput = {}) {
  const store = ScriptedState.make()
  store.script.consume = () => left(3)
  const limiter = yield* RateLimiter.make("partner", { ...limit, ...options }).pipe(Effect.provide(store.layer))
  const tokens = () => store.asked().map(([, asked]) => (asked as { readonly tokens: number }).tokens)
  return { ...store, limiter, tokens }
})

const start = <A, E>(self: Effect.Effect<A, E>) => Effect.forkChild(self, { startImmediately: true })

describe("a node of a shared rate limit", () => {
  it.effect("asks for what a call needs, by the options as they are, and knows what is left", () =>
    Effect.gen(function* () {
      const { asked, limiter } = yield* node()
      assert.deepStrictEqual(yield* limiter.snapshot, { available: 4, waiting: 0 })
      assert.strictEqual(yield* limiter.execute(S, 4), "up")
      assert.deepStrictEqual(asked(), [
        [
          "consume",
          {
            key: "partner",
            tokens: 4,
            limit: 4,
            window: Duration.seconds(1),
            algorithm: "fixed-window",
            onExceeded: "fail"
          }
        ]
      ])
      assert.deepStrictEqual(yield* limiter.snapshot, { available: 3, waiting: 0 })
      yield* limiter.execute(S)
      assert.deepInclude(asked()[0]?.[1], { tokens: 1 })
      yield* Effect.flip(limiter.execute(S, 5))
      assert.deepStrictEqual(asked(), [])
    })
  )

  it.effect("while the store is away every call runs, or is refused and says why", () =>
    Effect.gen(function* () {
      const { limiter, script } = yield* node()
      for (const answer of [ScriptedState.away, broken]) {
        script.consume = () => answer
        assert.strictEqual(yield* limiter.execute(S), "up")
      }
      const strict = yield* node({ shared: { onStoreError: "fail" } })
      strict.script.consume = () => ScriptedState.away
      const error = yield* Effect.flip(strict.limiter.execute(S))
      assert(error instanceof RateLimiter.RateLimitExceeded)
      assert.deepInclude(error, { name: "partner", retryAfter: Duration.zero })
      assert.strictEqual(error.cause?.message, "away")
      strict.script.consume = () => exceeded(500)
      const refused = yield* Effect.flip(strict.limiter.execute(S))
      assert.isFalse(Object.hasOwn(refused, "cause"))
    })
  )

  it.effect("runs calls while the store is away also under options that say nothing of sharing any more", () =>
    Effect.gen(function* () {
      const store = ScriptedState.make()
      store.script.consume = () => ScriptedState.away
      const decode = Schema.decodeUnknownEffect(RateLimiter.RateLimiterOptions)
      let options = yield* decode({ shared: { onStoreError: "fail" } })
      const limiter = yield* RateLimiter.makeWith("partner", () => options).pipe(Effect.provide(store.layer))
      yield* Effect.flip(limiter.execute(S))
      options = yield* decode({})
      assert.strictEqual(yield* limiter.execute(S), "up")
    })
  )

  it.effect("a rejection says when to come back, also in the span of the call", () =>
    Effect.gen(function* () {
      const { limiter, script } = yield* node()
      script.consume = () => exceeded(500)
      assert.deepStrictEqual(eventsOf(yield* inSpan("call", limiter.execute(S))), [
        ["resilience4j.ratelimiter.rejected", { name: "partner", retry_after_ms: 500 }]
      ])
      script.consume = () => exceeded(0)
      const error = yield* Effect.flip(limiter.execute(S))
      assert(error instanceof RateLimiter.RateLimitExceeded)
      assert.strictEqual(Duration.toMillis(error.retryAfter), 1)
    })
  )

  it.effect("a caller waits as long as its patience lasts, all its waits together, and is seen to", () =>
    Effect.gen(function* () {
      yield* TestClock.adjust("1 minute")
      const { limiter, script, tokens } = yield* node({ timeoutDuration: "2 seconds" })
      script.consume = () => exceeded(1000)
      const waiting = yield* start(Effect.flip(limiter.execute(S, 2)))
      const series = MetricSeries.read("resilience4j.ratelimiter.waiting_threads", "name")
      assert.deepStrictEqual(yield* series, { partner: 1 })
      assert.deepStrictEqual(yield* limiter.snapshot, { available: 0, waiting: 1 })
      yield* TestClock.adjust("1 second")
      yield* TestClock.adjust("1 second")
      assert.deepInclude(yield* Fiber.join(waiting), { retryAfter: Duration.seconds(1) })
      assert.deepStrictEqual(tokens(), [2, 2, 2])
      assert.deepStrictEqual(yield* series, { partner: 0 })

      const lucky = yield* start(limiter.execute(S))
      yield* TestClock.adjust("1 second")
      script.consume = () => left(0)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* Fiber.join(lucky), "up")
      script.consume = () => exceeded(1000)
      yield* Fiber.interrupt(yield* start(limiter.execute(S)))
      assert.deepStrictEqual(yield* limiter.snapshot, { available: 0, waiting: 0 })
    }).pipe(MetricSeries.isolated)
  )

  it.effect("is drained of what is known to be left, and of nothing more", () =>
    Effect.gen(function* () {
      const { limiter, script, tokens } = yield* node()
      yield* limiter.drain
      assert.deepStrictEqual(tokens(), [1, 3])
      script.consume = () => left(0)
      yield* limiter.drain
      assert.deepStrictEqual(tokens(), [1])
      script.consume = () => ScriptedState.away
      yield* limiter.drain
    })
  )

  it.effect("is drained by a call that ends as it was told of", () =>
    Effect.gen(function* () {
      const { limiter, tokens } = yield* node()
      yield* limiter.execute(S, 1, (exit) => exit._tag === "Failure")
      assert.deepStrictEqual(tokens(), [1])
      yield* Effect.exit(limiter.execute(Effect.fail("429"), 1, (exit) => exit._tag === "Failure"))
      assert.deepStrictEqual(tokens(), [1, 1, 3])
    })
  )
})
