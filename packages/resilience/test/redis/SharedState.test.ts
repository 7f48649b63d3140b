import { assert, describe, it } from "@effect/vitest"
import { Context, Deferred, Duration, Effect, Fiber, Layer, Schedule } from "effect"
import { TestClock } from "effect/testing"
import { type CircuitBreakerOptionsInput, consecutiveFailures, failureRate } from "../../src/CircuitBreakerOptions.ts"
import { CircuitBreakerRegistry } from "../../src/CircuitBreakerRegistry.ts"
import * as RateLimiter from "../../src/RateLimiter.ts"
import { SharedStateUnavailable } from "../../src/SharedStateUnavailable.ts"
import * as TestRedis from "./TestRedis.ts"

const shared: CircuitBreakerOptionsInput = {
  trip: consecutiveFailures(2),
  waitDurationInOpenState: "200 millis",
  permittedNumberOfCallsInHalfOpenState: 1,
  shared: {}
}

const F = Effect.fail("down" as const)
const S = Effect.succeed("up" as const)

/** The breaker in a process of its own, as far as Redis can tell. */
const breaker = (
  where: Parameters<typeof TestRedis.node>[0],
  options: CircuitBreakerOptionsInput = shared,
  name = "payments"
) =>
  Layer.build(Layer.fresh(CircuitBreakerRegistry.layer().pipe(Layer.provide(TestRedis.node(where))))).pipe(
    Effect.flatMap((context) => Context.get(context, CircuitBreakerRegistry).register(name, options))
  )

const forReal = (millis: number) => TestClock.withLive(Effect.sleep(millis))

// Where there should be a Redis its absence is a failure.
describe.skipIf(process.env["CI"] === undefined && !(await TestRedis.present))("over Redis", () => {
  it.effect("two nodes open together and recover by one probe, by the time of the server", () =>
    // The clocks of the nodes stand still, half a century behind that of Redis.
    Effect.gen(function* () {
      const prefix = TestRedis.prefix()
      const a = yield* breaker({ prefix })
      const b = yield* breaker({ prefix })
      yield* Effect.exit(a.execute(F))
      yield* Effect.exit(b.execute(F))
      const rejected = yield* Effect.flip(a.execute(S))
      assert.strictEqual(rejected.state, "OPEN")
      assert.isAtMost(Duration.toMillis(rejected.retryAfter), 200)
      assert.isAbove(Duration.toMillis(rejected.retryAfter), 0)
      yield* forReal(210)

      const answer = yield* Deferred.make<string>()
      const begun = yield* Deferred.make<void>()
      const probe = yield* Effect.forkChild(
        a.execute(Effect.andThen(Deferred.succeed(begun, undefined), Deferred.await(answer)))
      )
      yield* Deferred.await(begun)
      assert.strictEqual((yield* Effect.flip(b.execute(S))).state, "HALF_OPEN")
      yield* Deferred.succeed(answer, "up")
      yield* Fiber.join(probe)
      assert.strictEqual(yield* b.execute(S), "up")
      assert.strictEqual((yield* b.state)._tag, "CLOSED")
    })
  )

  it.effect("a probe whose node is gone is another's after the lease", () =>
    Effect.gen(function* () {
      const prefix = TestRedis.prefix()
      // The lease is renewed by the clock of the node, which stands still: it is as good as dead.
      const a = yield* breaker({ prefix, probeLease: "300 millis" })
      const b = yield* breaker({ prefix, probeLease: "300 millis" })
      yield* Effect.exit(a.execute(F))
      yield* Effect.exit(a.execute(F))
      yield* forReal(210)
      const answer = yield* Deferred.make<never, "down">()
      const begun = yield* Deferred.make<void>()
      const lost = yield* Effect.forkChild(
        Effect.exit(a.execute(Effect.andThen(Deferred.succeed(begun, undefined), Deferred.await(answer))))
      )
      yield* Deferred.await(begun)
      assert.strictEqual((yield* Effect.flip(b.execute(S))).state, "HALF_OPEN")
      yield* forReal(310)
      assert.strictEqual(yield* b.execute(S), "up")
      // What the lost probe says in the end is old news.
      yield* Deferred.fail(answer, "down")
      yield* Fiber.join(lost)
      assert.strictEqual((yield* b.state)._tag, "CLOSED")
    })
  )

  it.effect("a window of calls is counted together", () =>
    Effect.gen(function* () {
      const prefix = TestRedis.prefix()
      const options = { ...shared, trip: failureRate({ slidingWindowSize: 4 }) }
      const a = yield* breaker({ prefix }, options)
      const b = yield* breaker({ prefix }, options)
      yield* a.execute(S)
      yield* b.execute(S)
      yield* Effect.exit(a.execute(F))
      assert.strictEqual((yield* b.state)._tag, "CLOSED")
      yield* Effect.exit(b.execute(F))
      assert.strictEqual((yield* a.state)._tag, "OPEN")
    })
  )

  it.effect("two of three nodes open it, one does not, and a report stands only so long", () =>
    Effect.gen(function* () {
      const prefix = TestRedis.prefix()
      const options = { ...shared, shared: { quorum: 2 } }
      const [a, b, c] = yield* Effect.all([
        breaker({ prefix }, options),
        breaker({ prefix }, options),
        breaker({ prefix }, options)
      ])
      const report = (node: typeof a) => Effect.all([Effect.exit(node.execute(F)), Effect.exit(node.execute(F))])
      yield* report(a)
      yield* report(a)
      assert.strictEqual(yield* b.execute(S), "up")
      yield* forReal(210)
      yield* report(b)
      assert.strictEqual(yield* c.execute(S), "up")
      yield* report(c)
      assert.strictEqual((yield* Effect.flip(a.execute(S))).state, "OPEN")
    })
  )

  it.effect("a reset closes it for all", () =>
    Effect.gen(function* () {
      const prefix = TestRedis.prefix()
      const a = yield* breaker({ prefix }, { ...shared, waitDurationInOpenState: "1 minute" })
      const b = yield* breaker({ prefix }, { ...shared, waitDurationInOpenState: "1 minute" })
      yield* Effect.exit(a.execute(F))
      yield* Effect.exit(a.execute(F))
      assert.strictEqual((yield* b.state)._tag, "OPEN")
      yield* a.reset
      assert.strictEqual(yield* b.execute(S), "up")
    })
  )

  it.effect("a limit is kept together, by the time of the server", () =>
    Effect.gen(function* () {
      const prefix = TestRedis.prefix()
      const limiter = Effect.flatMap(Layer.build(Layer.fresh(TestRedis.node({ prefix }))), (context) =>
        RateLimiter.make("partner", {
          limitForPeriod: 4,
          limitRefreshPeriod: "400 millis",
          timeoutDuration: 0,
          shared: {}
        }).pipe(Effect.provideContext(context))
      )
      const a = yield* limiter
      const b = yield* limiter
      for (const node of [a, b, a, b]) yield* node.execute(Effect.void)
      const rejected = yield* Effect.flip(a.execute(Effect.void))
      assert.isAtMost(Duration.toMillis(rejected.retryAfter), 400)
      assert.strictEqual((yield* Effect.flip(b.execute(Effect.void)))._tag, "RateLimitExceeded")
      yield* forReal(410)
      yield* b.execute(Effect.void)
      yield* b.drain
      assert.strictEqual((yield* Effect.flip(a.execute(Effect.void)))._tag, "RateLimitExceeded")
    })
  )

  const outage = Effect.fnUntraced(function* (
    way: "cut" | "hang",
    onStoreError: "allow" | "fail",
    meanwhile: (node: Effect.Success<ReturnType<typeof breaker>>) => Effect.Effect<void>
  ) {
    const proxy = yield* TestRedis.Proxy
    const prefix = TestRedis.prefix()
    const options = { ...shared, trip: consecutiveFailures(1), waitDurationInOpenState: "1 minute" } as const
    const far = yield* breaker({ prefix, port: proxy.port }, { ...options, shared: { onStoreError } })
    const near = yield* breaker({ prefix }, { ...options, shared: { onStoreError } })
    assert.strictEqual(yield* far.execute(S), "up")
    yield* proxy[way]
    yield* meanwhile(far)
    yield* proxy.mend
    if (way === "hang") yield* Effect.andThen(proxy.cut, proxy.mend)
    yield* Effect.exit(near.execute(F))
    // It comes back by itself once the store does.
    yield* far.execute(S).pipe(
      Effect.flip,
      Effect.filterOrFail((error) => typeof error === "object" && error.cause === undefined),
      Effect.retry(Schedule.spaced("50 millis")),
      Effect.timeout("50 seconds")
    )
  }, Effect.provide(TestRedis.Proxy.layer))

  for (const way of ["cut", "hang"] as const) {
    it.live(`DS1 while the connection is ${way === "cut" ? "cut" : "silent"} every call is let through`, () =>
      outage(way, "allow", (node) =>
        Effect.gen(function* () {
          for (let i = 0; i < 20; i++) assert.strictEqual(yield* Effect.flip(node.execute(F)), "down")
          assert.strictEqual(yield* Effect.orDie(node.execute(S)), "up")
          assert.strictEqual((yield* node.snapshot).state, "CLOSED")
        })
      )
    )

    it.live(`DS1 or, if told to, rejected with a typed error (${way})`, () =>
      outage(way, "fail", (node) =>
        Effect.gen(function* () {
          const error = yield* Effect.orDie(Effect.flip(node.execute(S)))
          assert.strictEqual(error._tag, "CircuitOpen")
          assert.instanceOf(error.cause, SharedStateUnavailable)
          assert.match(error.message, /does not know its state/)
        })
      )
    )
  }
})
