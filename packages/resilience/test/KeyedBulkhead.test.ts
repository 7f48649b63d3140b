import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Exit, Fiber, Ref, Schema } from "effect"
import { TestClock } from "effect/testing"
import * as KeyedBulkhead from "../src/KeyedBulkhead.ts"
import { interruptEverywhere } from "./Interruptions.ts"
import * as MetricSeries from "./MetricSeries.ts"

const make = (options?: KeyedBulkhead.KeyedBulkheadOptionsInput) => KeyedBulkhead.make("tenants", options)

const nothing = { running: 0, queued: 0, keys: 0 }

/** Starts a call that goes on until it is interrupted. */
const start = (bulkhead: KeyedBulkhead.KeyedBulkhead, key: string, permits?: number) =>
  Effect.forkChild(bulkhead.execute(key, Effect.never, permits), { startImmediately: true })

describe("KeyedBulkhead", () => {
  it.effect("a key without use costs nothing, however many there were", () =>
    Effect.gen(function* () {
      const bulkhead = yield* make()
      yield* Effect.forEach(
        Array.from({ length: 10_000 }, (_, i) => `key ${i}`),
        (key) => bulkhead.execute(key, Effect.void),
        { discard: true }
      )
      assert.strictEqual((yield* bulkhead.snapshot).keys, 0)
    })
  )

  it.effect("a key that waits for itself holds up no other", () =>
    Effect.gen(function* () {
      const bulkhead = yield* make({ maxConcurrentCalls: 3, maxConcurrentCallsPerKey: 1, maxQueuedCalls: 9 })
      yield* start(bulkhead, "a")
      yield* start(bulkhead, "a")
      assert.strictEqual(yield* bulkhead.execute("b", Effect.succeed("in")), "in")
      assert.deepStrictEqual(yield* bulkhead.snapshot, { running: 1, queued: 1, keys: 1 })
    })
  )

  it.effect("the keys that wait have their turns one after the other", () =>
    Effect.gen(function* () {
      const bulkhead = yield* make({ maxConcurrentCalls: 1, maxConcurrentCallsPerKey: 1, maxQueuedCalls: 20 })
      const order = yield* Ref.make<ReadonlyArray<string>>([])
      const note = (key: string) =>
        Effect.andThen(
          Ref.update(order, (keys) => [...keys, key]),
          Effect.sleep(1)
        )
      const first = yield* start(bulkhead, "x")
      for (const key of ["a", "a", "a", "a", "b", "b", "c"]) {
        yield* Effect.forkChild(bulkhead.execute(key, note(key)), { startImmediately: true })
      }
      yield* Fiber.interrupt(first)
      yield* TestClock.adjust(10)
      assert.deepStrictEqual(yield* Ref.get(order), ["a", "b", "c", "a", "b", "a", "a"])
      assert.deepStrictEqual(yield* bulkhead.snapshot, nothing)
    })
  )

  it.effect("bounds those that wait for each key and for all together, and how long they do", () =>
    Effect.gen(function* () {
      const bulkhead = yield* make({
        maxConcurrentCalls: 1,
        maxQueuedCalls: 3,
        maxQueuedCallsPerKey: 2,
        maxWaitDuration: 100
      })
      yield* start(bulkhead, "x")
      const waiting = yield* start(bulkhead, "a")
      yield* start(bulkhead, "a")
      assert.strictEqual((yield* Effect.flip(bulkhead.execute("a", Effect.void))).reason, "queue-full")
      yield* start(bulkhead, "b")
      assert.strictEqual((yield* Effect.flip(bulkhead.execute("c", Effect.void))).reason, "queue-full")
      assert.deepStrictEqual(yield* bulkhead.snapshot, { running: 1, queued: 3, keys: 3 })
      yield* TestClock.adjust(100)
      assert.deepInclude(yield* Effect.flip(Fiber.join(waiting)), { reason: "wait-exceeded", maxConcurrentCalls: 1 })
      assert.deepStrictEqual(yield* bulkhead.snapshot, { running: 1, queued: 0, keys: 1 })
    })
  )

  it.effect("resize serves by the new limits, refuses what will never fit and leaves what runs alone", () =>
    Effect.gen(function* () {
      const bulkhead = yield* make({ maxConcurrentCalls: 4, maxConcurrentCallsPerKey: 3, maxQueuedCalls: 9 })
      const a = yield* start(bulkhead, "a", 2)
      const large = yield* Effect.forkChild(Effect.flip(bulkhead.execute("a", Effect.void, 3)), {
        startImmediately: true
      })
      yield* start(bulkhead, "a")
      assert.deepStrictEqual(yield* bulkhead.snapshot, { running: 2, queued: 2, keys: 1 })
      yield* bulkhead.resize({ maxConcurrentCallsPerKey: 2 })
      assert.deepInclude(yield* Fiber.join(large), { _tag: "BulkheadFull", key: "a", maxConcurrentCalls: 2 })
      assert.deepStrictEqual(yield* bulkhead.snapshot, { running: 2, queued: 1, keys: 1 })
      yield* bulkhead.resize({ maxConcurrentCalls: 1 })
      yield* Fiber.interrupt(a)
      assert.deepStrictEqual(yield* bulkhead.snapshot, { running: 1, queued: 0, keys: 1 })
      yield* start(bulkhead, "b")
      yield* bulkhead.resize({ maxConcurrentCalls: 2, maxConcurrentCallsPerKey: undefined })
      assert.deepStrictEqual(yield* bulkhead.snapshot, { running: 2, queued: 0, keys: 2 })
      assert.strictEqual((yield* Effect.flip(bulkhead.resize({ maxConcurrentCalls: -1 }))).pattern, "KeyedBulkhead")
    })
  )

  it.effect("an interruption at any step of running or waiting leaves nothing taken", () =>
    Effect.gen(function* () {
      const bulkhead = yield* make({ maxConcurrentCalls: 2, maxConcurrentCallsPerKey: 1, maxQueuedCalls: 9 })
      const empty = () => Effect.map(bulkhead.snapshot, (snapshot) => assert.deepStrictEqual(snapshot, nothing))
      const call = (key: string) => bulkhead.execute(key, Effect.andThen(Effect.yieldNow, Effect.yieldNow))
      const all = Effect.all([call("a"), call("a"), call("b"), call("c")], { concurrency: 4, discard: true })
      assert.isAtLeast(yield* interruptEverywhere(all, empty), 8)
    })
  )

  const Visit = Schema.Struct({
    key: Schema.Literals(["a", "a", "b", "c"]),
    after: Schema.Literals([0, 0, 1, 5]),
    permits: Schema.Literals([1, 1, 2]),
    duration: Schema.Literals([0, 1, 7, 30]),
    interruptedAfter: Schema.Literals([0, 3, 10, 1000, 1000]),
    total: Schema.Literals([0, 0, 0, 2, 3, 5])
  })
  it.effect.prop(
    "never more than allowed, in order within a key, nobody waits for what is free, empty at the end",
    {
      visits: Arbitrary.array(Arbitrary.schema(Visit), { maxLength: 25 }),
      maxQueuedCalls: Schema.Literals([0, 2, 30])
    },
    ({ maxQueuedCalls, visits }) =>
      Effect.scoped(
        Effect.gen(function* () {
          let total = 3
          const perKey = 2
          const bulkhead = yield* make({ maxConcurrentCalls: total, maxConcurrentCallsPerKey: perKey, maxQueuedCalls })
          const started = new Map<string, Array<number>>()
          const inside = new Map<string, number>()
          const sum = () => [...inside.values()].reduce((all, n) => all + n, 0)
          const fibers: Array<Fiber.Fiber<unknown, unknown>> = []
          for (const [i, { after, duration, interruptedAfter, key, permits, total: resized }] of visits.entries()) {
            yield* TestClock.adjust(after)
            total = resized === 0 ? total : resized
            yield* bulkhead.resize({ maxConcurrentCalls: total })
            const body = Effect.acquireUseRelease(
              Effect.sync(() => {
                started.set(key, [...(started.get(key) ?? []), i])
                inside.set(key, (inside.get(key) ?? 0) + permits)
                assert.isAtMost(inside.get(key) ?? 0, perKey)
                assert.isAtMost(sum(), total)
              }),
              () => Effect.sleep(duration),
              () => Effect.sync(() => inside.set(key, (inside.get(key) ?? 0) - permits))
            )
            const call = Effect.timeoutOption(bulkhead.execute(key, body, permits), interruptedAfter)
            fibers.push(yield* Effect.forkChild(call, { startImmediately: true }))
          }
          yield* TestClock.adjust("10 seconds")
          for (const exit of yield* Effect.forEach(fibers, Fiber.await)) assert.isFalse(Exit.hasDies(exit))
          for (const order of started.values()) {
            assert.deepStrictEqual(
              order,
              order.toSorted((a, b) => a - b)
            )
          }
          assert.deepStrictEqual(yield* bulkhead.snapshot, nothing)
        })
      ),
    { arbitrary: { runs: 60 } }
  )

  it.effect("its gauges are those of all keys together", () =>
    MetricSeries.isolated(
      Effect.gen(function* () {
        const bulkhead = yield* make({ maxConcurrentCalls: 2, maxQueuedCalls: 3 })
        for (const key of ["a", "b", "c"]) yield* start(bulkhead, key)
        for (const [id, expected] of [
          ["available.concurrent.calls", 0],
          ["max.allowed.concurrent.calls", 2],
          ["queue.depth", 1],
          ["queue.capacity", 3]
        ] as const) {
          assert.deepStrictEqual(yield* MetricSeries.read(`resilience4j.bulkhead.${id}`, "name"), { tenants: expected })
        }
      })
    )
  )
})
