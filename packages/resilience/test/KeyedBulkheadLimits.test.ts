import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as KeyedBulkhead from "../src/KeyedBulkhead.ts"

const start = (bulkhead: KeyedBulkhead.KeyedBulkhead, key: string, permits?: number) =>
  Effect.forkChild(bulkhead.execute(key, Effect.never, permits), { startImmediately: true })

const refused = (bulkhead: KeyedBulkhead.KeyedBulkhead, key: string, permits?: number) =>
  Effect.map(
    Effect.flip(bulkhead.execute(key, Effect.void, permits)),
    ({ maxConcurrentCalls, maxQueuedCalls, reason }) => [reason, maxConcurrentCalls, maxQueuedCalls]
  )

describe("KeyedBulkhead's limits", () => {
  it.effect("what fits no key or not the whole never waits, what fits just so runs", () =>
    Effect.gen(function* () {
      const perKey = yield* KeyedBulkhead.make("x", {
        maxConcurrentCalls: 9,
        maxConcurrentCallsPerKey: 2,
        maxQueuedCalls: 9
      })
      assert.deepStrictEqual(yield* refused(perKey, "a", 3), ["queue-full", 2, 9])
      assert.strictEqual(yield* perKey.execute("a", Effect.succeed(1), 2), 1)
      const total = yield* KeyedBulkhead.make("x", {
        maxConcurrentCalls: 2,
        maxConcurrentCallsPerKey: 9,
        maxQueuedCalls: 9
      })
      assert.deepStrictEqual(yield* refused(total, "a", 3), ["queue-full", 2, 9])
      assert.strictEqual(yield* total.execute("a", Effect.succeed(1), 2), 1)
    })
  )

  it.effect("a refusal names the limit that is reached: the key's, or that of all", () =>
    Effect.gen(function* () {
      const bulkhead = yield* KeyedBulkhead.make("x", { maxConcurrentCalls: 3, maxConcurrentCallsPerKey: 2 })
      yield* start(bulkhead, "a", 2)
      assert.deepStrictEqual(yield* refused(bulkhead, "a"), ["queue-full", 2, 0])
      yield* start(bulkhead, "b")
      // This key still has one of its own.
      assert.deepStrictEqual(yield* refused(bulkhead, "b"), ["queue-full", 3, 0])
    })
  )
})
