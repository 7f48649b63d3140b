import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber } from "effect"
import { withFallback } from "../../src/Fallback.ts"
import * as RetryPolicy from "../../src/RetryPolicy.ts"
import { eventsOf, inSpan } from "../RecordingTracer.ts"

describe("FB: fallback", () => {
  it.effect(
    "FB1: handled error → fallback value, event with original error; unhandled error passes; fallback failing returns the fallback's error with original as cause; interruption never triggers fallback",
    () =>
      Effect.gen(function* () {
        const stale = withFallback({
          name: "cache",
          when: (error: string) => error === "down",
          orElse: (error) => Effect.succeed(`stale for ${error}`)
        })
        assert.strictEqual(yield* stale(Effect.fail("down")), "stale for down")
        assert.strictEqual(yield* stale(Effect.succeed("fresh")), "fresh")
        assert.strictEqual(yield* Effect.flip(stale(Effect.fail("other"))), "other")
      })
  )

  it.effect("FB1 defects and interruption pass", () =>
    Effect.gen(function* () {
      let asked = 0
      const stale = withFallback({ name: "cache", orElse: () => Effect.sync(() => asked++) })
      assert.deepStrictEqual(yield* Effect.exit(stale(Effect.die("bug"))), Exit.die("bug"))
      const fiber = yield* Effect.forkChild(stale(Effect.never), { startImmediately: true })
      yield* Fiber.interrupt(fiber)
      assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(fiber)))
      assert.strictEqual(asked, 0)
    })
  )

  it.effect("FB1 when it fails itself, its own error comes out", () =>
    Effect.gen(function* () {
      const broken = withFallback({ name: "cache", orElse: () => Effect.fail("cache is empty") })
      assert.strictEqual(yield* Effect.flip(broken(Effect.fail("down"))), "cache is empty")
    })
  )

  it.effect(
    "FB2: fallback outermost: retry(3) then fallback runs once; fallback inside retry means retry never fires — both documented",
    () =>
      Effect.gen(function* () {
        const retry = yield* RetryPolicy.make("r", { maxAttempts: 3, baseDelay: 0 })
        let [calls, fallbacks] = [0, 0]
        const call = Effect.suspend(() => Effect.fail(`down ${++calls}`))
        const stale = withFallback({ name: "cache", orElse: () => Effect.sync(() => ++fallbacks) })
        yield* stale(retry.execute(call))
        assert.deepStrictEqual([calls, fallbacks], [3, 1])
        yield* retry.execute(stale(call))
        assert.deepStrictEqual([calls, fallbacks], [4, 2])
      })
  )

  it.effect("FB1 is an event of the span", () =>
    Effect.gen(function* () {
      const span = yield* inSpan(
        "call",
        withFallback({ name: "cache", orElse: () => Effect.void })(Effect.fail("down"))
      )
      assert.deepStrictEqual(eventsOf(span), [["resilience.fallback", { name: "cache" }]])
    })
  )
})
