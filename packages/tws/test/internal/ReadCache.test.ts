import { assert, describe, it } from "@effect/vitest"
import * as Deadline from "@resync/resilience/Deadline"
import { Deferred, Duration, Effect, Fiber, Metric, Ref } from "effect"
import { TestClock } from "effect/testing"
import * as ReadCache from "../../src/internal/ReadCache.ts"

type Failure = "outage" | "refused"

const make = (options: Partial<ReadCache.ReadCacheOptions> = {}) =>
  ReadCache.make<number, Failure>(
    { name: "test", timeToLive: "10 seconds", staleFor: "30 seconds", capacity: 3, patience: "500 millis", ...options },
    { weigh: () => 1, isOutage: (error) => error === "outage" }
  )

/** Counts its runs and answers with the count. */
const counting = Effect.gen(function* () {
  const runs = yield* Ref.make(0)
  return { runs: Ref.get(runs), load: Ref.updateAndGet(runs, (n) => n + 1) }
})

const tags = ["thing"]

const requests = (result: string) =>
  Effect.map(Metric.snapshot, (all) => {
    const found = all.find(
      (metric) =>
        metric.id === "tws.cache.requests" &&
        metric.attributes?.["cache"] === "metered" &&
        metric.attributes["result"] === result
    )
    return found?.type === "Counter" ? Number(found.state.count) : undefined
  })

describe("ReadCache", () => {
  it.effect("answers from memory while fresh, and says how old the answer is", () =>
    Effect.gen(function* () {
      const cache = yield* make()
      const { load } = yield* counting
      const first = yield* cache.get("a", { load, tags })
      yield* TestClock.adjust("9 seconds")
      const second = yield* cache.get("a", { load, tags })
      assert.deepStrictEqual([first.value, second.value], [1, 1])
      assert.isFalse(second.stale)
      assert.deepStrictEqual(second.age, Duration.seconds(9))
      assert.deepStrictEqual(second.asOf, first.asOf)
    }).pipe(Effect.scoped)
  )

  it.effect("waits a moment for the refresh of an old answer", () =>
    Effect.gen(function* () {
      const cache = yield* make()
      const { load } = yield* counting
      yield* cache.get("a", { load, tags })
      yield* TestClock.adjust("11 seconds")
      const reading = yield* cache.get("a", { load, tags })
      assert.strictEqual(reading.value, 2)
      assert.isFalse(reading.stale)
    }).pipe(Effect.scoped)
  )

  it.effect("serves the old answer when the refresh is slow, and the new one once it is there", () =>
    Effect.gen(function* () {
      const cache = yield* make()
      const { load } = yield* counting
      yield* cache.get("a", { load, tags })
      yield* TestClock.adjust("11 seconds")
      const slow = Effect.delay(load, "5 seconds")
      const reader = yield* Effect.forkChild(cache.get("a", { load: slow, tags }))
      yield* TestClock.adjust("500 millis")
      const stale = yield* Fiber.join(reader)
      assert.strictEqual(stale.value, 1)
      assert.isTrue(stale.stale)
      assert.deepStrictEqual(stale.age, Duration.millis(11_500))
      yield* TestClock.adjust("5 seconds")
      const fresh = yield* cache.get("a", { load, tags })
      assert.strictEqual(fresh.value, 2)
      assert.isFalse(fresh.stale)
    }).pipe(Effect.scoped)
  )

  it.effect("stands in for an outage, not for an answer one does not like, and not for ever", () =>
    Effect.gen(function* () {
      const cache = yield* make()
      const { load } = yield* counting
      const read = (error: Failure) => cache.get("a", { load: Effect.fail(error), tags })
      yield* cache.get("a", { load, tags })
      yield* TestClock.adjust("39 seconds")
      assert.isTrue((yield* read("outage")).stale)
      assert.strictEqual(yield* Effect.flip(read("refused")), "refused")
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* Effect.flip(read("outage")), "outage")
    }).pipe(Effect.scoped)
  )

  it.effect("shares one load among readers, and survives the one who began it", () =>
    Effect.gen(function* () {
      const cache = yield* make()
      const { load, runs } = yield* counting
      const slow = Effect.delay(load, "1 second")
      const leader = yield* Effect.forkChild(cache.get("a", { load: slow, tags }))
      yield* TestClock.adjust("100 millis")
      const followers = yield* Effect.forkChild(
        Effect.all([cache.get("a", { load: slow, tags }), cache.get("a", { load: slow, tags })], { concurrency: 2 })
      )
      yield* TestClock.adjust("100 millis")
      yield* Fiber.interrupt(leader)
      yield* TestClock.adjust("1 second")
      const readings = yield* Fiber.join(followers)
      assert.deepStrictEqual(
        readings.map(({ value }) => value),
        [1, 1]
      )
      assert.strictEqual(yield* runs, 1)
    }).pipe(Effect.scoped)
  )

  it.effect("is not bound by the deadline of the reader who began", () =>
    Effect.gen(function* () {
      const cache = yield* make()
      const hurry = yield* Deadline.make("test", "1 second")
      const load = Effect.map(Deadline.CurrentDeadline, (bound) => (bound === undefined ? 0 : 1))
      assert.strictEqual(yield* hurry.execute(load), 1)
      assert.strictEqual((yield* hurry.execute(cache.get("a", { load, tags }))).value, 0)
    }).pipe(Effect.scoped)
  )

  it.effect("ends a load that nobody waits for any more", () =>
    Effect.gen(function* () {
      const cache = yield* make()
      const interrupted = yield* Deferred.make<boolean>()
      const load = Effect.onInterrupt(Effect.never, () => Deferred.succeed(interrupted, true))
      const readers = yield* Effect.forkChild(
        Effect.all([cache.get("a", { load, tags }), cache.get("a", { load, tags })], { concurrency: 2 })
      )
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(readers)
      assert.isTrue(yield* Deferred.await(interrupted))
      const { load: next } = yield* counting
      assert.strictEqual((yield* cache.get("a", { load: next, tags })).value, 1)
    }).pipe(Effect.scoped)
  )

  it.effect("does not let the failure of one load fail the next", () =>
    Effect.gen(function* () {
      const cache = yield* make()
      const { load } = yield* counting
      assert.strictEqual(yield* Effect.flip(cache.get("a", { load: Effect.fail("outage" as const), tags })), "outage")
      assert.strictEqual((yield* cache.get("a", { load, tags })).value, 1)
    }).pipe(Effect.scoped)
  )

  it.effect("after an action asks again, and serves the old answer only in an outage", () =>
    Effect.gen(function* () {
      const cache = yield* make()
      const { load } = yield* counting
      yield* cache.get("a", { load, tags })
      cache.invalidate(["other"])
      assert.strictEqual((yield* cache.get("a", { load, tags })).value, 1)
      cache.invalidate(["thing"])
      const slow = yield* Effect.forkChild(cache.get("a", { load: Effect.delay(load, "5 seconds"), tags }))
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual((yield* Fiber.join(slow)).value, 2)
      cache.invalidate(["thing"])
      const away = yield* cache.get("a", { load: Effect.fail("outage" as const), tags })
      assert.deepStrictEqual([away.value, away.stale], [2, true])
    }).pipe(Effect.scoped)
  )

  it.effect("does not keep what was asked before an action and came after it", () =>
    Effect.gen(function* () {
      const cache = yield* make()
      const { load } = yield* counting
      const early = yield* Effect.forkChild(cache.get("a", { load: Effect.delay(load, "2 seconds"), tags }))
      yield* TestClock.adjust("1 second")
      cache.invalidate(["thing"])
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(early)).value, 1)
      assert.strictEqual((yield* cache.get("a", { load, tags })).value, 2)
    }).pipe(Effect.scoped)
  )

  it.effect("keeps no more than its capacity, the least used going first", () =>
    Effect.gen(function* () {
      const cache = yield* make({ name: "metered" })
      const { load, runs } = yield* counting
      for (const key of ["a", "b", "c", "a", "d"]) yield* cache.get(key, { load, tags })
      assert.strictEqual(yield* runs, 4)
      yield* cache.get("a", { load, tags })
      assert.strictEqual(yield* runs, 4)
      yield* cache.get("b", { load, tags })
      assert.strictEqual(yield* runs, 5)
      assert.strictEqual(yield* requests("hit"), 2)
      assert.strictEqual(yield* requests("miss"), 5)
      assert.strictEqual(yield* requests("stale"), 0)
    }).pipe(Effect.scoped)
  )

  it.effect("trusts what actions make old for ten seconds at most while actions elsewhere go unheard", () =>
    Effect.gen(function* () {
      const cache = yield* make({ timeToLive: "5 minutes" })
      const { load } = yield* counting
      yield* cache.get("tagged", { load, tags })
      yield* cache.get("plain", { load, tags: [] })
      cache.distrust(true)
      yield* TestClock.adjust("9 seconds")
      assert.strictEqual((yield* cache.get("tagged", { load, tags })).value, 1)
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* cache.get("tagged", { load, tags })).value, 3)
      assert.strictEqual((yield* cache.get("plain", { load, tags: [] })).value, 2)
      yield* TestClock.adjust("1 minute")
      cache.distrust(false)
      assert.strictEqual((yield* cache.get("tagged", { load, tags })).value, 3)
      cache.invalidateAll()
      assert.strictEqual((yield* cache.get("tagged", { load, tags })).value, 4)
      assert.strictEqual((yield* cache.get("plain", { load, tags: [] })).value, 2)
    }).pipe(Effect.scoped)
  )

  it.effect("forgets all when it is cleared, and what is on its way too; and tells how it stands", () =>
    Effect.gen(function* () {
      const cache = yield* make()
      const { load } = yield* counting
      yield* cache.get("a", { load, tags })
      const early = yield* Effect.forkChild(cache.get("b", { load: Effect.delay(load, "1 second"), tags }))
      yield* TestClock.adjust("500 millis")
      assert.strictEqual(cache.clear(), 1)
      yield* TestClock.adjust("500 millis")
      assert.strictEqual((yield* Fiber.join(early)).value, 2)
      assert.deepStrictEqual(cache.snapshot(), {
        entries: 0,
        weight: 0,
        capacity: 3,
        timeToLive: Duration.seconds(10),
        staleFor: Duration.seconds(30),
        memory: { hit: 0, miss: 2, stale: 0, evicted: 0 }
      })
      // Nothing is left to stand in.
      assert.strictEqual(yield* Effect.flip(cache.get("a", { load: Effect.fail("outage" as const), tags })), "outage")
      for (const key of ["a", "b", "c", "d"]) yield* cache.get(key, { load, tags })
      assert.deepInclude(cache.snapshot(), { entries: 3, weight: 3, memory: { hit: 0, miss: 7, stale: 0, evicted: 1 } })
    }).pipe(Effect.scoped)
  )
})
