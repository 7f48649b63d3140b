import { assert, describe, it } from "@effect/vitest"
import { Cause, Deferred, Duration, Effect, Exit, Fiber, Layer, Stream } from "effect"
import { HttpClient, HttpClientRequest, HttpClientResponse } from "effect/http"
import * as Theirs from "effect/persistence/CircuitBreaker"
import { TestClock } from "effect/testing"
import { consecutiveFailures } from "../src/CircuitBreakerOptions.ts"
import { CircuitBreakerRegistry } from "../src/CircuitBreakerRegistry.ts"
import * as EffectCircuitBreaker from "../src/EffectCircuitBreaker.ts"
import { SharedState } from "../src/SharedState.ts"

const effects = Theirs.layer({ tripPolicy: Theirs.consecutive(2), openDuration: "10 seconds" }).pipe(
  Layer.provide(Theirs.layerStoreMemory())
)

const options = { trip: consecutiveFailures(2), waitDurationInOpenState: "10 seconds" } as const

const ours = EffectCircuitBreaker.layer(options).pipe(Layer.provideMerge(CircuitBreakerRegistry.layer()))

const oursShared = EffectCircuitBreaker.layer({
  ...options,
  permittedNumberOfCallsInHalfOpenState: 1,
  shared: {}
}).pipe(Layer.provide(CircuitBreakerRegistry.layer()), Layer.provide(SharedState.layerMemory))

const F = Effect.fail("down" as const)
const S = Effect.succeed("up" as const)

const reasonOf = (error: unknown) => {
  if (!(error instanceof Theirs.CircuitBreakerError)) throw new Error(`not a rejection: ${error}`)
  return error.reason
}

// One program, whoever provides the breaker.
for (const [whose, layer] of [
  ["Effect's", effects],
  ["ours", ours],
  ["ours, shared", oursShared]
] as const) {
  describe(`effect/persistence/CircuitBreaker, ${whose}`, () => {
    const test = <A, E>(title: string, program: (breaker: Theirs.CircuitBreaker) => Effect.Effect<A, E>) =>
      it.effect(title, () => Effect.provide(Effect.flatMap(Theirs.CircuitBreaker, program), layer))

    test(
      "opens, rejects with the wait, probes and closes, key by key",
      Effect.fnUntraced(function* (breaker) {
        const payments = breaker.execute({ key: "payments" })
        yield* Effect.exit(payments(F))
        assert.deepStrictEqual(yield* breaker.state("payments"), { _tag: "Closed", key: "payments" })
        yield* Effect.exit(payments(F))
        const reason = reasonOf(yield* Effect.flip(payments(S)))
        assert(reason._tag === "CircuitOpen")
        assert.deepStrictEqual([reason.key, Duration.toMillis(reason.retryAfter)], ["payments", 10_000])
        assert.strictEqual(yield* breaker.execute(S, { key: "search" }), "up")

        yield* TestClock.adjust("10 seconds")
        assert.deepStrictEqual(yield* breaker.state("payments"), {
          _tag: "Open",
          key: "payments",
          retryAfter: Duration.zero,
          consecutiveOpenings: 1
        })
        const answer = yield* Deferred.make<string>()
        const probe = yield* Effect.forkChild(payments(Deferred.await(answer)), { startImmediately: true })
        assert.strictEqual(reasonOf(yield* Effect.flip(payments(S)))._tag, "CircuitHalfOpen")
        assert.deepStrictEqual(yield* breaker.state("payments"), {
          _tag: "HalfOpen",
          key: "payments",
          probing: true,
          consecutiveOpenings: 1
        })
        yield* Deferred.succeed(answer, "up")
        yield* Fiber.join(probe)
        assert.strictEqual((yield* breaker.state("payments"))._tag, "Closed")
      })
    )

    test(
      "classifies, directly or by an effect, and honours a wait",
      Effect.fnUntraced(function* (breaker) {
        const classify = (exit: Exit.Exit<number>) =>
          Exit.isSuccess(exit) && exit.value >= 500 ? Theirs.failure({ retryAfter: "1 minute" }) : Theirs.ignored
        assert.strictEqual(yield* breaker.execute(Effect.succeed(500), { key: "a", classify }), 500)
        assert.strictEqual(yield* breaker.execute(Effect.succeed(429), { key: "a", classify }), 429)
        assert.strictEqual(
          yield* breaker.execute(Effect.succeed(503), { key: "a", classify: (exit) => Effect.succeed(classify(exit)) }),
          503
        )
        const reason = reasonOf(yield* Effect.flip(breaker.execute(S, { key: "a" })))
        assert(reason._tag === "CircuitOpen")
        assert.strictEqual(Duration.toMillis(reason.retryAfter), 60_000)
      })
    )

    test(
      "a classifier that dies counts for nothing and takes the call with it",
      Effect.fnUntraced(function* (breaker) {
        const classify = () => {
          throw new Error("bug")
        }
        for (let i = 0; i < 3; i++) {
          const exit = yield* Effect.exit(breaker.execute(F, { key: "a", classify }))
          assert(Exit.isFailure(exit) && Cause.hasDies(exit.cause) && Cause.hasFails(exit.cause))
        }
        assert.strictEqual(yield* breaker.execute(S, { key: "a" }), "up")
      })
    )

    test(
      "an interrupted call counts for nothing, a defect counts",
      Effect.fnUntraced(function* (breaker) {
        for (let i = 0; i < 3; i++) {
          const call = breaker.execute(Effect.never, { key: "a", classify: () => Theirs.failure() })
          yield* Fiber.interrupt(yield* Effect.forkChild(call, { startImmediately: true }))
        }
        assert.strictEqual((yield* breaker.state("a"))._tag, "Closed")
        yield* Effect.exit(breaker.execute(Effect.die("bug"), { key: "a" }))
        yield* Effect.exit(breaker.execute(Effect.die("bug"), { key: "a" }))
        assert.strictEqual((yield* breaker.state("a"))._tag, "Open")
      })
    )

    test(
      "tells of its transitions",
      Effect.fnUntraced(function* (breaker) {
        const seen: Array<Theirs.Transition> = []
        yield* breaker.transitions.pipe(
          Stream.runForEach((transition) => Effect.sync(() => seen.push(transition))),
          Effect.forkChild({ startImmediately: true })
        )
        const call = breaker.execute({ key: "a" })
        yield* Effect.exit(call(F))
        yield* Effect.exit(call(F))
        yield* TestClock.adjust("10 seconds")
        yield* call(S)
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(seen, [
          { key: "a", from: "Closed", to: "Open", retryAfter: Duration.seconds(10), consecutiveOpenings: 1 },
          { key: "a", from: "Open", to: "HalfOpen" },
          { key: "a", from: "HalfOpen", to: "Closed" }
        ])
      })
    )

    test(
      "guards an HttpClient, host by host",
      Effect.fnUntraced(function* (breaker) {
        const client = HttpClient.make((request) =>
          Effect.succeed(HttpClientResponse.fromWeb(request, new Response(null, { status: 503 })))
        ).pipe(HttpClient.withCircuitBreaker({ breaker }))
        yield* client.get("http://a.test/1")
        yield* client.execute(HttpClientRequest.post("http://a.test/2"))
        const reason = reasonOf(yield* Effect.flip(client.get("http://a.test/3")))
        assert.strictEqual("key" in reason && reason.key, "http://a.test")
        assert.strictEqual((yield* client.get("http://b.test/1")).status, 503)
      })
    )
  })
}
