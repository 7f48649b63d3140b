import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Schema } from "effect"
import { BulkheadEvent } from "../src/BulkheadEvent.ts"
import { FaultInjected } from "../src/ChaosOptions.ts"
import { CircuitBreakerEvent } from "../src/CircuitBreakerEvent.ts"
import { CircuitBreakerOptions, type CircuitBreakerOptionsInput, failureRate } from "../src/CircuitBreakerOptions.ts"
import { CircuitBreakerRegistry } from "../src/CircuitBreakerRegistry.ts"
import { CircuitBreakerSnapshot } from "../src/CircuitBreakerSnapshot.ts"
import * as CircuitOpen from "../src/CircuitOpen.ts"
import * as KeyedCircuitBreaker from "../src/KeyedCircuitBreaker.ts"
import { RegistryEvent } from "../src/RegistryEvent.ts"
import { RetriesExhausted } from "../src/RetriesExhausted.ts"
import { RetryEvent } from "../src/RetryEvent.ts"
import { SharedStateUnavailable } from "../src/SharedStateUnavailable.ts"

const common = { name: "backend", at: 10 }
const keyed = { ...common, key: "a" }

/** What goes over a wire comes back the same, with every field. */
const survives = <S extends Schema.Codec<unknown, unknown>>(schema: S, value: S["Type"]) =>
  Effect.gen(function* () {
    const codec = Schema.toCodecJson(schema)
    const text = JSON.stringify(yield* Schema.encodeUnknownEffect(codec)(value))
    assert.deepStrictEqual(yield* Schema.decodeUnknownEffect(codec)(JSON.parse(text)), value)
    return text
  })

const suite = <S extends Schema.Codec<unknown, unknown>>(
  schema: S,
  identifier: string,
  values: ReadonlyArray<S["Type"]>,
  wrong: ReadonlyArray<unknown>
) =>
  describe(identifier, () => {
    for (const value of values) it.effect(`${JSON.stringify(value)} survives JSON`, () => survives(schema, value))
    for (const value of wrong) {
      it.effect(`${JSON.stringify(value)} is none`, () =>
        Effect.map(Effect.flip(Schema.decodeUnknownEffect(schema)(value)), ({ _tag }) =>
          assert.strictEqual(_tag, "SchemaError")
        )
      )
    }
    it("has a name of its own where schemas are published", () => {
      assert.strictEqual(Schema.resolveAnnotations(schema)?.["identifier"], identifier)
    })
  })

suite(
  CircuitBreakerEvent,
  "CircuitBreakerEvent",
  [
    { _tag: "Success", ...common },
    { _tag: "Error", ...keyed },
    { _tag: "IgnoredError", ...common },
    { _tag: "NotPermitted", ...common, state: "FORCED_OPEN" },
    { _tag: "FailureRateExceeded", ...common, failureRate: 62.5 },
    { _tag: "SlowCallRateExceeded", ...common, slowCallRate: 100 },
    { _tag: "StateTransition", ...keyed, from: "HALF_OPEN", to: "METRICS_ONLY" },
    { _tag: "Reset", ...common }
  ],
  [
    { _tag: "Failure", ...common },
    { _tag: "Success", name: "backend" },
    { _tag: "NotPermitted", ...common },
    { _tag: "FailureRateExceeded", ...common, slowCallRate: 1 },
    { _tag: "SlowCallRateExceeded", ...common, failureRate: 1 },
    { _tag: "StateTransition", ...common, from: "OPEN" }
  ]
)

suite(
  RetryEvent,
  "RetryEvent",
  [
    { _tag: "Retry", ...common, attempts: 1, delay: 500 },
    { _tag: "Success", ...common, attempts: 2 },
    ...(["exhausted", "deadline", "budget", "retry-after", "interval"] as const).map(
      (reason) => ({ _tag: "Error", ...common, attempts: 3, reason }) as const
    ),
    { _tag: "IgnoredError", ...common, attempts: 1 }
  ],
  [
    { _tag: "Retry", ...common, attempts: 1 },
    { _tag: "Success", ...common },
    { _tag: "Error", ...common, attempts: 1, reason: "" },
    { _tag: "Error", ...common, attempts: 1 }
  ]
)

suite(
  BulkheadEvent,
  "BulkheadEvent",
  [
    { _tag: "CallPermitted", ...common },
    { _tag: "CallRejected", ...common, reason: "queue-full" },
    { _tag: "CallRejected", ...common, reason: "wait-exceeded" },
    { _tag: "CallFinished", ...common }
  ],
  [
    { _tag: "CallRejected", ...common },
    { _tag: "CallRejected", ...common, reason: "" },
    { _tag: "CallPermitted", name: "backend" }
  ]
)

suite(
  RegistryEvent,
  "RegistryEvent",
  [
    { _tag: "Added", ...common },
    { _tag: "Removed", ...keyed, reason: "removed" },
    { _tag: "Removed", ...common, reason: "evicted" },
    { _tag: "Replaced", ...keyed }
  ],
  [
    { _tag: "Removed", ...common },
    { _tag: "Removed", ...common, reason: "" },
    { _tag: "Added", at: 10 }
  ]
)

describe("CircuitBreakerSnapshot", () => {
  const F = Effect.fail("down")
  const options: CircuitBreakerOptionsInput = {
    trip: failureRate({ slidingWindowSize: 2 }),
    waitDurationInOpenState: "5 seconds"
  }

  it.effect("of a breaker that is open and has tags survives JSON", () =>
    Effect.gen(function* () {
      const registry = yield* CircuitBreakerRegistry
      const breaker = yield* registry.register("backend", { ...options, tags: { team: "core" } })
      for (const call of [F, F, F]) yield* Effect.exit(breaker.execute(call))
      const snapshot = yield* breaker.snapshot
      assert.deepStrictEqual(
        { ...snapshot, options: undefined },
        {
          name: "backend",
          tags: { team: "core" },
          state: "OPEN",
          since: 0,
          retryAfter: Duration.seconds(5),
          failureRate: 100,
          slowCallRate: 0,
          bufferedCalls: 2,
          failedCalls: 2,
          slowCalls: 0,
          calls: { successful: 0, failed: 2, ignored: 0, notPermitted: 1 },
          options: undefined
        }
      )
      yield* survives(CircuitBreakerSnapshot, snapshot)
    }).pipe(Effect.provide(CircuitBreakerRegistry.layer()))
  )

  it.effect("of a key survives it as well", () =>
    Effect.gen(function* () {
      const breakers = yield* KeyedCircuitBreaker.make("agents", options)
      yield* breakers.execute("a", Effect.void)
      const [snapshot] = yield* breakers.snapshot
      assert(snapshot !== undefined)
      assert.include(yield* survives(CircuitBreakerSnapshot, snapshot), '"key":"a"')
    })
  )

  it.effect("without what a breaker is known by, or with half a call, is none", () =>
    Effect.gen(function* () {
      const decoded = yield* Schema.decodeUnknownEffect(CircuitBreakerOptions)({})
      const snapshot = {
        ...common,
        state: "CLOSED",
        since: 0,
        failureRate: -1,
        slowCallRate: -1,
        bufferedCalls: 0,
        failedCalls: 0,
        slowCalls: 0,
        calls: { successful: 0, failed: 0, ignored: 0, notPermitted: 0 },
        options: yield* Schema.encodeEffect(CircuitBreakerOptions)(decoded)
      }
      const decode = Schema.decodeUnknownEffect(CircuitBreakerSnapshot)
      assert.strictEqual((yield* decode(snapshot)).state, "CLOSED")
      yield* Effect.flip(decode({ ...snapshot, name: undefined }))
      yield* Effect.flip(decode({ ...snapshot, calls: {} }))
      yield* Effect.flip(decode({ ...snapshot, bufferedCalls: 0.5 }))
      assert.strictEqual(Schema.resolveAnnotations(CircuitBreakerSnapshot)?.["identifier"], "CircuitBreakerSnapshot")
    })
  )
})

describe("what an error says", () => {
  it("names the policy, and how often it tried", () => {
    assert.strictEqual(
      new RetriesExhausted({ name: "backend", attempts: 3 }).message,
      "backend had no acceptable result in 3 attempts"
    )
    assert.strictEqual(new FaultInjected({ name: "backend" }).message, "Chaos makes backend fail")
  })

  it("names the breaker, its key, and what is the matter with it", () => {
    const cause = new SharedStateUnavailable({ message: "the store failed lately" })
    const rejection = (more?: Parameters<typeof CircuitOpen.make>[3]) =>
      CircuitOpen.make("backend", "HALF_OPEN", 0, more)
    assert.strictEqual(rejection().message, "Circuit breaker backend is HALF_OPEN")
    assert.strictEqual(rejection({ key: "a" }).message, "Circuit breaker backend (a) is HALF_OPEN")
    assert.strictEqual(
      rejection({ cause }).message,
      "Circuit breaker backend does not know its state: the store failed lately"
    )
    assert.strictEqual(
      rejection({ cause, key: "a" }).message,
      "Circuit breaker backend (a) does not know its state: the store failed lately"
    )
  })

  it.effect("made short it is the error that its class makes, and survives JSON", () =>
    Effect.gen(function* () {
      const cause = new SharedStateUnavailable({ message: "the store failed", cause: "reset" })
      for (const more of [{}, { key: "a" }, { cause }, { key: "a", cause }]) {
        const short = CircuitOpen.make("backend", "OPEN", 5, more)
        const whole = new CircuitOpen.CircuitOpen({
          name: "backend",
          state: "OPEN",
          retryAfter: Duration.millis(5),
          ...more
        })
        const fields = (error: CircuitOpen.CircuitOpen) => [
          error._tag,
          error.name,
          error.key,
          error.retryAfter,
          error.cause
        ]
        assert.deepStrictEqual(fields(short), fields(whole))
        yield* Effect.map(Schema.encodeEffect(Schema.toCodecJson(CircuitOpen.CircuitOpen))(short), (encoded) =>
          assert.deepInclude(encoded, { name: "backend", state: "OPEN" })
        )
      }
      assert.notProperty(CircuitOpen.make("backend", "OPEN", 5), "key")
      assert.isFalse(Object.hasOwn(CircuitOpen.make("backend", "OPEN", 5, {}), "cause"))
    })
  )
})
