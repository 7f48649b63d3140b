import { assert, describe, it } from "@effect/vitest"
import { type Duration, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import * as Hedge from "../src/Hedge.ts"
import * as Resilience from "../src/Resilience.ts"
import type { ResiliencePolicyOptionsInput } from "../src/ResiliencePolicyOptions.ts"
import { ResiliencePolicyRegistry } from "../src/ResiliencePolicyRegistry.ts"
import * as MetricSeries from "../src/testing/MetricSeries.ts"

const register = <const Options extends ResiliencePolicyOptionsInput>(options: Options) =>
  Effect.flatMap(ResiliencePolicyRegistry, (policies) => policies.register("x", options))

const test = (name: string, body: Effect.Effect<void, unknown, ResiliencePolicyRegistry>) =>
  it.effect(name, () => body.pipe(Effect.provide(Resilience.layer()), MetricSeries.isolated))

/** Runs to the end on the virtual clock. */
const settle = <A, E, R>(self: Effect.Effect<A, E, R>, time: Duration.Input) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(Effect.exit(self), { startImmediately: true })
    yield* TestClock.adjust(time)
    return yield* Fiber.join(fiber)
  })

/** Counts its runs; each takes a second. */
const counted = () => {
  const runs = { count: 0 }
  return {
    runs,
    call: Effect.suspend(() => {
      runs.count++
      return Effect.sleep("1 second")
    })
  }
}

const delay = Hedge.fixed("100 millis")

describe("a policy's hedge", () => {
  test(
    "starts more only of what is marked safe",
    Effect.gen(function* () {
      const policy = yield* register({ hedge: { delay } })
      const plain = counted()
      yield* settle(policy.execute(plain.call), "2 seconds")
      assert.strictEqual(plain.runs.count, 1)
      const safe = counted()
      yield* settle(policy.executeSafe(Hedge.safe(safe.call)), "2 seconds")
      assert.strictEqual(safe.runs.count, 2)
    })
  )

  test(
    "draws on the budget of the policy, which a call credits once, with a retry and without",
    Effect.gen(function* () {
      for (const retry of [undefined, { maxAttempts: 1 }]) {
        const policies = yield* ResiliencePolicyRegistry
        const name = retry === undefined ? "alone" : "with retry"
        const policy = yield* policies.register(name, {
          hedge: { delay },
          retry,
          retryBudget: { retryRatio: 0.5, minRetriesPerSecond: 0, ttl: "60 seconds" }
        })
        const counts: Array<number> = []
        for (let i = 0; i < 5; i++) {
          const { call, runs } = counted()
          yield* settle(policy.executeSafe(Hedge.safe(call)), "2 seconds")
          counts.push(runs.count)
        }
        assert.deepStrictEqual(counts, [1, 2, 1, 2, 1], name)
      }
    })
  )

  test(
    "changes with the options",
    Effect.gen(function* () {
      const policies = yield* ResiliencePolicyRegistry
      const policy = yield* register({ hedge: { delay } })
      yield* policies.reconfigure("x", { hedge: { delay: Hedge.fixed("5 seconds") } })
      const { call, runs } = counted()
      yield* settle(policy.executeSafe(Hedge.safe(call)), "2 seconds")
      assert.strictEqual(runs.count, 1)
    })
  )
})

describe("a policy's parts", () => {
  test(
    "an attempt is let go in the background where the mode says so",
    Effect.gen(function* () {
      const stubborn = Effect.onInterrupt(Effect.never, () => Effect.sleep("1 minute"))
      const cooperative = yield* register({ attemptTimeout: "1 second" })
      const fiber = yield* Effect.forkChild(Effect.exit(cooperative.execute(stubborn)), { startImmediately: true })
      yield* TestClock.adjust("1 second")
      assert.isUndefined(fiber.pollUnsafe())
      const policies = yield* ResiliencePolicyRegistry
      yield* policies.reconfigure("x", { attemptTimeoutMode: "disconnect" })
      const other = yield* Effect.forkChild(Effect.exit(cooperative.execute(stubborn)), { startImmediately: true })
      yield* TestClock.adjust("1 second")
      assert.isDefined(other.pollUnsafe())
      yield* TestClock.adjust("2 minutes")
    })
  )

  test(
    "the adaptive limit goes by the partition of the call, and lowers by what says overloaded",
    Effect.gen(function* () {
      const policy = yield* register({
        adaptiveLimit: {
          algorithm: { _tag: "AIMD", initialLimit: 2, minLimit: 1, maxLimit: 2, backoffRatio: 0.5 },
          partitions: { a: 0.5, b: 0.5 }
        }
      })
      const busy = (partition: string) =>
        Effect.forkChild(policy.execute(Effect.never, { partition }), { startImmediately: true })
      const fibers = [yield* busy("a"), yield* busy("a")]
      // All is in use, yet the share of the other is its own.
      assert.strictEqual(yield* policy.execute(Effect.succeed("in"), { partition: "b" }), "in")
      assert.strictEqual(
        (yield* Effect.flip(policy.execute(Effect.void, { partition: "a" })))._tag,
        "ConcurrencyLimited"
      )
      yield* Fiber.interruptAll(fibers)
      yield* Effect.exit(policy.execute(Effect.fail("busy"), { overloaded: () => true }))
      assert.deepStrictEqual(yield* MetricSeries.read("resilience.adaptive.limit", "name"), { x: 1 })
    })
  )

  test(
    "a retry does not wait for what the breaker will refuse anyway",
    Effect.gen(function* () {
      const policy = yield* register({
        retry: { maxAttempts: 5, baseDelay: "10 seconds", backoff: "constant", jitter: "none" },
        circuitBreaker: { trip: { _tag: "ConsecutiveFailures", threshold: 1 }, waitDurationInOpenState: "30 seconds" }
      })
      let runs = 0
      const failing = Effect.suspend(() => {
        runs++
        return Effect.fail("down")
      })
      const fiber = yield* Effect.forkChild(Effect.flip(policy.execute(failing)), { startImmediately: true })
      yield* TestClock.adjust(0)
      assert.isDefined(fiber.pollUnsafe())
      assert.strictEqual(runs, 1)
    })
  )

  test(
    "a retry waits where the breaker will let probes through by then",
    Effect.gen(function* () {
      const policy = yield* register({
        retry: { maxAttempts: 2, baseDelay: "30 seconds", backoff: "constant", jitter: "none" },
        circuitBreaker: { trip: { _tag: "ConsecutiveFailures", threshold: 1 }, waitDurationInOpenState: "30 seconds" }
      })
      let runs = 0
      const once = Effect.suspend(() => (++runs === 1 ? Effect.fail("down") : Effect.succeed("up")))
      const fiber = yield* Effect.forkChild(policy.execute(once), { startImmediately: true })
      yield* TestClock.adjust("29 seconds")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* Fiber.join(fiber), "up")
    })
  )

  test(
    "changed limits serve those that wait at once",
    Effect.gen(function* () {
      const policies = yield* ResiliencePolicyRegistry
      const policy = yield* register({ bulkhead: { maxConcurrentCalls: 1, maxQueuedCalls: 1 } })
      yield* Effect.forkChild(policy.execute(Effect.never), { startImmediately: true })
      const waiting = yield* Effect.forkChild(policy.execute(Effect.succeed("in")), { startImmediately: true })
      assert.isUndefined(waiting.pollUnsafe())
      yield* policies.reconfigure("x", { bulkhead: { maxConcurrentCalls: 2 } })
      assert.strictEqual(yield* Fiber.join(waiting), "in")
    })
  )

  test(
    "a patch of other parts leaves the breaker and what it counted alone",
    Effect.gen(function* () {
      const policies = yield* ResiliencePolicyRegistry
      const policy = yield* register({
        circuitBreaker: { trip: { _tag: "ConsecutiveFailures", threshold: 2 } },
        attemptTimeout: "1 second"
      })
      yield* Effect.exit(policy.execute(Effect.fail("down")))
      yield* policies.reconfigure("x", { attemptTimeout: "2 seconds" })
      yield* Effect.exit(policy.execute(Effect.fail("down")))
      assert.strictEqual((yield* Effect.flip(policy.execute(Effect.void)))._tag, "CircuitOpen")
    })
  )
})
