import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import * as Bulkhead from "../src/Bulkhead.ts"

const make = (options?: Bulkhead.BulkheadOptionsInput) => Bulkhead.make("backend", options)

/** Starts a call that goes on until it is interrupted. */
const start = (bulkhead: Bulkhead.Bulkhead, permits?: number) =>
  Effect.forkChild(bulkhead.execute(Effect.never, permits), { startImmediately: true })

describe("Bulkhead", () => {
  it.effect("resize lets in those for whom there is room now, and what runs goes on", () =>
    Effect.gen(function* () {
      const bulkhead = yield* make({ maxConcurrentCalls: 1, maxQueuedCalls: 5 })
      const fibers = yield* Effect.forEach(Array.from({ length: 5 }), () => start(bulkhead))
      yield* bulkhead.resize(3)
      assert.deepStrictEqual(yield* bulkhead.snapshot, { running: 3, queued: 2 })
      yield* bulkhead.resize(1)
      assert.deepStrictEqual(yield* bulkhead.snapshot, { running: 3, queued: 2 })
      const [first, second, third] = fibers
      for (const [fiber, running, queued] of [
        [first, 2, 2],
        [second, 1, 2],
        [third, 1, 1]
      ] as const) {
        if (fiber !== undefined) yield* Fiber.interrupt(fiber)
        assert.deepStrictEqual(yield* bulkhead.snapshot, { running, queued })
      }
      assert.deepInclude(yield* Effect.flip(bulkhead.resize(-1)), { _tag: "InvalidOptions", pattern: "Bulkhead" })
      assert.deepStrictEqual(yield* bulkhead.snapshot, { running: 1, queued: 1 })
    })
  )

  it.effect("who waits for more than there is since a resize is refused and holds up nobody", () =>
    Effect.gen(function* () {
      const bulkhead = yield* make({ maxConcurrentCalls: 4, maxQueuedCalls: 5 })
      const running = yield* start(bulkhead, 2)
      const large = yield* Effect.forkChild(Effect.flip(bulkhead.execute(Effect.void, 4)), { startImmediately: true })
      const small = yield* Effect.forkChild(bulkhead.execute(Effect.succeed("in"), 1), { startImmediately: true })
      assert.deepStrictEqual(yield* bulkhead.snapshot, { running: 2, queued: 2 })
      yield* bulkhead.resize(3)
      assert.deepInclude(yield* Fiber.join(large), {
        _tag: "BulkheadFull",
        reason: "queue-full",
        maxConcurrentCalls: 3
      })
      assert.strictEqual(yield* Fiber.join(small), "in")
      yield* Fiber.interrupt(running)
      assert.deepStrictEqual(yield* bulkhead.snapshot, { running: 0, queued: 0 })
    })
  )

  it.effect("wrong options are refused", () =>
    Effect.gen(function* () {
      for (const options of [{ maxConcurrentCalls: -1 }, { maxQueuedCalls: 0.5 }, { maxWaitDuration: -1 }]) {
        assert.deepInclude(yield* Effect.flip(make(options)), { _tag: "InvalidOptions", pattern: "Bulkhead" })
      }
    })
  )
})
