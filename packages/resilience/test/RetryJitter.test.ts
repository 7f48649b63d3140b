import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Random, Ref, Schema } from "effect"
import { TestClock } from "effect/testing"
import * as RetryPolicy from "../src/RetryPolicy.ts"

const options = (input: RetryPolicy.RetryPolicyOptionsInput) =>
  Schema.decodeUnknownSync(RetryPolicy.RetryPolicyOptions)({ baseDelay: "1 second", maxDelay: "10 seconds", ...input })

describe("RetryPolicy, the other jitters and options", () => {
  it.effect("a decorrelated schedule goes by the wait before", () =>
    Effect.gen(function* () {
      const calls = yield* Ref.make(0)
      const failing = Effect.andThen(
        Ref.update(calls, (n) => n + 1),
        Effect.fail("busy")
      )
      const fiber = yield* failing.pipe(
        Effect.retry(RetryPolicy.backoff(options({ jitter: "decorrelated", maxAttempts: 4 }))),
        Effect.flip,
        Effect.forkChild
      )
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(fiber)
      assert.strictEqual(yield* Ref.get(calls), 4)
    }).pipe(Random.withSeed("decorrelated"))
  )
})
