import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Duration, Effect, Exit, Fiber, Ref, Scheduler, Schema, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as Bulkhead from "../../src/Bulkhead.ts"
import type { BulkheadEvent } from "../../src/BulkheadEvent.ts"
import * as Deadline from "../../src/Deadline.ts"
import * as KeyedBulkhead from "../../src/KeyedBulkhead.ts"
import { interruptEverywhere } from "../Interruptions.ts"
import * as MetricSeries from "../MetricSeries.ts"
import { eventsOf, inSpan } from "../RecordingTracer.ts"
import { bulkhead, bulkheadEdges } from "./cases/timed.ts"
import { prove } from "./script/prove.ts"

const make = (options?: Bulkhead.BulkheadOptionsInput) => Bulkhead.make("backend", options)

const free = (bulkhead: Bulkhead.Bulkhead, max: number, queue: number) =>
  Effect.map(bulkhead.snapshot, ({ queued, running }) => [max - running, queue - queued])

/** Starts a call that goes on until it is interrupted. */
const start = (bulkhead: Bulkhead.Bulkhead, permits?: number) =>
  Effect.forkChild(bulkhead.execute(Effect.never, permits), { startImmediately: true })

const Visit = Schema.Struct({
  after: Schema.Literals([0, 1, 5, 20]),
  permits: Schema.Literals([1, 1, 1, 2, 3]),
  duration: Schema.Literals([0, 1, 7, 30]),
  interruptedAfter: Schema.Literals([0, 3, 10, 1000, 1000])
})

const keyed = (options: KeyedBulkhead.KeyedBulkheadOptionsInput) => KeyedBulkhead.make("tenants", options)

const nothing = { running: 0, queued: 0, keys: 0 }

const startKeyed = (bulkhead: KeyedBulkhead.KeyedBulkhead, key: string) =>
  Effect.forkChild(bulkhead.execute(key, Effect.never), { startImmediately: true })

describe("BH: bulkhead", () => {
  prove(bulkhead)

  prove(bulkheadEdges)

  it.effect("BH1 runs so many, lets so many wait and rejects the rest at once", () =>
    Effect.gen(function* () {
      const bulkhead = yield* make({ maxConcurrentCalls: 10, maxQueuedCalls: 5 })
      const fibers = yield* Effect.forEach(Array.from({ length: 16 }), () => start(bulkhead))
      assert.deepStrictEqual(yield* bulkhead.snapshot, { running: 10, queued: 5 })
      const ended = fibers.filter((fiber) => fiber.pollUnsafe() !== undefined)
      assert.lengthOf(ended, 1)
      const error = yield* Effect.flip(bulkhead.execute(Effect.void))
      assert.deepInclude(error, {
        _tag: "BulkheadFull",
        name: "backend",
        reason: "queue-full",
        maxConcurrentCalls: 10,
        maxQueuedCalls: 5
      })
      assert.strictEqual(error.message, "Bulkhead backend is full: 10 calls run and 5 may wait")
      assert.notInclude(error.stack, "Bulkhead.ts")
    })
  )

  it.effect(
    "BH3: max 2, queue 2 slots: (exec,queue) free = (2,2),(1,2),(0,2),(0,1),(0,0); after finishing one by one (0,1),(0,2),(1,2),(2,2)",
    () =>
      Effect.gen(function* () {
        const bulkhead = yield* make({ maxConcurrentCalls: 2, maxQueuedCalls: 2 })
        const seen = [yield* free(bulkhead, 2, 2)]
        const fibers: Array<Fiber.Fiber<unknown, unknown>> = []
        for (let i = 0; i < 4; i++) {
          fibers.push(yield* start(bulkhead))
          seen.push(yield* free(bulkhead, 2, 2))
        }
        for (const fiber of fibers) {
          yield* Fiber.interrupt(fiber)
          seen.push(yield* free(bulkhead, 2, 2))
        }
        assert.deepStrictEqual(seen, [
          [2, 2],
          [1, 2],
          [0, 2],
          [0, 1],
          [0, 0],
          [0, 1],
          [0, 2],
          [1, 2],
          [2, 2]
        ])
      })
  )

  it.effect("BH4 nor longer than its deadline, and then that is the reason", () =>
    Effect.gen(function* () {
      for (const [maxWaitDuration, tag] of [
        ["Infinity", "DeadlineExceeded"],
        ["49 millis", "BulkheadFull"]
      ] as const) {
        const bulkhead = yield* make({ maxConcurrentCalls: 1, maxQueuedCalls: 1, maxWaitDuration })
        yield* start(bulkhead)
        const call = Effect.flip(bulkhead.executeWithin(Effect.void))
        const waiting = yield* Effect.forkChild(Deadline.announce(call, "whole", Duration.millis(50)))
        yield* TestClock.adjust(50)
        assert.strictEqual((yield* Fiber.join(waiting))._tag, tag)
        assert.deepStrictEqual(yield* bulkhead.snapshot, { running: 1, queued: 0 })
      }
      const free = yield* make()
      assert.strictEqual(yield* free.executeWithin(Effect.succeed("in"), 2), "in")
    })
  )

  it.effect("BH6 first come, first served, whatever the weight", () =>
    Effect.gen(function* () {
      const bulkhead = yield* make({ maxConcurrentCalls: 3, maxQueuedCalls: 10 })
      const order = yield* Ref.make<ReadonlyArray<string>>([])
      const call = (name: string, permits: number) =>
        Effect.forkChild(
          bulkhead.execute(
            Effect.andThen(
              Ref.update(order, (names) => [...names, name]),
              Effect.sleep(10)
            ),
            permits
          ),
          { startImmediately: true }
        )
      const first = yield* start(bulkhead)
      yield* call("large", 3)
      yield* call("small", 1)
      yield* call("small too", 2)
      yield* TestClock.adjust(10)
      assert.deepStrictEqual(yield* Ref.get(order), [])
      yield* Fiber.interrupt(first)
      yield* TestClock.adjust(10)
      assert.deepStrictEqual(yield* Ref.get(order), ["large", "small", "small too"])
      assert.strictEqual((yield* Effect.flip(bulkhead.execute(Effect.void, 4))).reason, "queue-full")
    })
  )

  it.effect("BH6 serves a long line of calls that end at once", () =>
    Effect.gen(function* () {
      const bulkhead = yield* make({ maxConcurrentCalls: 1, maxQueuedCalls: 500 })
      const first = yield* start(bulkhead)
      const done = yield* Ref.make(0)
      const fibers = yield* Effect.forEach(Array.from({ length: 500 }), () =>
        Effect.forkChild(bulkhead.execute(Ref.update(done, (n) => n + 1)), { startImmediately: true })
      )
      yield* Fiber.interrupt(first)
      const exits = yield* Effect.forEach(fibers, Fiber.await)
      assert.isTrue(exits.every(Exit.isSuccess))
      assert.strictEqual(yield* Ref.get(done), 500)
      assert.deepStrictEqual(yield* bulkhead.snapshot, { running: 0, queued: 0 })
    })
  )

  it.effect("BH7 failure, defect and interruption give back exactly one permit", () =>
    Effect.gen(function* () {
      const bulkhead = yield* make({ maxConcurrentCalls: 2 })
      yield* start(bulkhead)
      for (const call of [Effect.fail("down"), Effect.die("bug"), Effect.interrupt, Effect.void]) {
        yield* Effect.exit(bulkhead.execute(call))
        assert.deepStrictEqual(yield* bulkhead.snapshot, { running: 1, queued: 0 })
      }
    })
  )

  it.effect("BH7 an interruption at any step of running or waiting leaves nothing taken", () =>
    Effect.gen(function* () {
      for (const maxWaitDuration of [Duration.infinity, "1 minute"] as const) {
        const bulkhead = yield* make({ maxConcurrentCalls: 1, maxQueuedCalls: 2, maxWaitDuration })
        const empty = () =>
          Effect.map(bulkhead.snapshot, (snapshot) => assert.deepStrictEqual(snapshot, { running: 0, queued: 0 }))
        const call = bulkhead.execute(Effect.andThen(Effect.yieldNow, Effect.yieldNow))
        yield* interruptEverywhere(call, empty)
        const both = Effect.all([call, call, call], { concurrency: 3, discard: true })
        assert.isAbove(yield* interruptEverywhere(both, empty), 10)
      }
    })
  )

  it.effect("BH4 BH7 a turn that comes while the wait runs out is taken or given back", () =>
    Effect.gen(function* () {
      const outcomes = new Set<string>()
      for (let steps = 0; steps < 40; steps++) {
        const bulkhead = yield* make({ maxConcurrentCalls: 1, maxQueuedCalls: 1, maxWaitDuration: 100 })
        const running = yield* start(bulkhead)
        const waiting = yield* bulkhead.execute(Effect.succeed("in")).pipe(
          Effect.catch((error) => Effect.succeed(error.reason)),
          Effect.provideService(Scheduler.MaxOpsBeforeYield, 3),
          Effect.forkChild({ startImmediately: true })
        )
        yield* Effect.forEach(Array.from({ length: 20 }), () => Effect.yieldNow)
        const adjusting = yield* Effect.forkChild(TestClock.adjust(100), { startImmediately: true })
        yield* Effect.forEach(Array.from({ length: steps }), () => Effect.yieldNow)
        yield* Fiber.interrupt(running)
        yield* Fiber.join(adjusting)
        outcomes.add(yield* Fiber.join(waiting))
        assert.deepStrictEqual(yield* bulkhead.snapshot, { running: 0, queued: 0 })
      }
      assert.sameMembers([...outcomes], ["in", "wait-exceeded"])
    })
  )

  it.effect.prop(
    "BH6 BH7 never more inside than allowed, in the order of arrival, and empty at the end",
    {
      visits: Arbitrary.array(Arbitrary.schema(Visit), { maxLength: 20 }),
      maxQueuedCalls: Schema.Literals([0, 2, 30]),
      maxWaitDuration: Schema.Literals(["10 millis", "Infinity"])
    },
    ({ maxQueuedCalls, maxWaitDuration, visits }) =>
      Effect.scoped(
        Effect.gen(function* () {
          const bulkhead = yield* make({ maxConcurrentCalls: 3, maxQueuedCalls, maxWaitDuration })
          const started: Array<number> = []
          let inside = 0
          const fibers: Array<Fiber.Fiber<unknown, unknown>> = []
          for (const [i, { after, duration, interruptedAfter, permits }] of visits.entries()) {
            yield* TestClock.adjust(after)
            const body = Effect.acquireUseRelease(
              Effect.sync(() => {
                started.push(i)
                inside += permits
                assert.isAtMost(inside, 3)
              }),
              () => Effect.sleep(duration),
              () =>
                Effect.sync(() => {
                  inside -= permits
                })
            )
            const call = Effect.timeoutOption(bulkhead.execute(body, permits), interruptedAfter)
            fibers.push(yield* Effect.forkChild(call, { startImmediately: true }))
          }
          yield* TestClock.adjust("10 seconds")
          for (const exit of yield* Effect.forEach(fibers, Fiber.await)) assert.isFalse(Exit.hasDies(exit))
          assert.deepStrictEqual(
            started,
            started.toSorted((a, b) => a - b)
          )
          assert.deepStrictEqual(yield* bulkhead.snapshot, { running: 0, queued: 0 })
        })
      ),
    { arbitrary: { runs: 40 } }
  )

  it.effect("BH9 no place at all rejects everything, and neither does waiting help", () =>
    Effect.gen(function* () {
      const bulkhead = yield* make({ maxConcurrentCalls: 0, maxQueuedCalls: 5 })
      assert.strictEqual((yield* Effect.flip(bulkhead.execute(Effect.void))).reason, "queue-full")
    })
  )

  it.effect("BH9 serves those that wait again after it was closed for a while", () =>
    Effect.gen(function* () {
      const places = (maxConcurrentCalls: number): Bulkhead.BulkheadOptions => ({
        maxConcurrentCalls,
        maxQueuedCalls: 5,
        maxWaitDuration: Duration.infinity
      })
      let options = places(1)
      const bulkhead = yield* Bulkhead.makeWith("backend", () => options)
      const running = yield* start(bulkhead)
      const waiting = yield* Effect.forkChild(bulkhead.execute(Effect.succeed("in")), { startImmediately: true })
      options = places(0)
      yield* Fiber.interrupt(running)
      assert.deepStrictEqual(yield* bulkhead.snapshot, { running: 0, queued: 1 })
      options = places(1)
      const next = yield* Effect.forkChild(bulkhead.execute(Effect.succeed("in")))
      assert.strictEqual(yield* Fiber.join(waiting), "in")
      assert.strictEqual(yield* Fiber.join(next), "in")
    })
  )

  it.effect("BH11: events permitted/rejected/finished; gauges available and max", () =>
    MetricSeries.isolated(
      Effect.gen(function* () {
        const read = Effect.forEach(
          ["available.concurrent.calls", "max.allowed.concurrent.calls", "queue.depth", "queue.capacity"],
          (id) => Effect.map(MetricSeries.read(`resilience4j.bulkhead.${id}`, "name"), (series) => series["backend"])
        )
        yield* Effect.scoped(
          Effect.gen(function* () {
            const bulkhead = yield* make({ maxConcurrentCalls: 2, maxQueuedCalls: 3 })
            assert.deepStrictEqual(yield* read, [2, 2, 0, 3])
            for (let i = 0; i < 3; i++) yield* start(bulkhead)
            assert.deepStrictEqual(yield* read, [0, 2, 1, 3])
          })
        )
        assert.deepStrictEqual(yield* MetricSeries.ids, [])
      })
    )
  )

  it.effect("BH11 a rejection is an event of the span", () =>
    Effect.gen(function* () {
      const bulkhead = yield* make({ maxConcurrentCalls: 0 })
      assert.deepStrictEqual(eventsOf(yield* inSpan("call", bulkhead.execute(Effect.void))), [
        ["resilience4j.bulkhead.rejected", { name: "backend", reason: "queue-full" }]
      ])
    })
  )

  it.effect("BH11 what is permitted, rejected and finished are events", () =>
    Effect.gen(function* () {
      const bulkhead = yield* make({ maxConcurrentCalls: 1, maxQueuedCalls: 1, maxWaitDuration: "1 second" })
      const seen: Array<BulkheadEvent> = []
      yield* bulkhead.events.pipe(
        Stream.runForEach((event) => Effect.sync(() => seen.push(event))),
        Effect.forkScoped({ startImmediately: true })
      )
      const running = yield* start(bulkhead)
      const patient = yield* Effect.forkChild(bulkhead.execute(Effect.void), { startImmediately: true })
      yield* Effect.flip(bulkhead.execute(Effect.void))
      yield* TestClock.adjust("500 millis")
      yield* Fiber.interrupt(running)
      yield* Fiber.join(patient)
      yield* start(bulkhead)
      const late = yield* Effect.forkChild(Effect.flip(bulkhead.execute(Effect.void)), { startImmediately: true })
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(late)
      assert.deepStrictEqual(
        seen.map((event) => [event._tag, event.at, "reason" in event ? event.reason : undefined]),
        [
          ["CallPermitted", 0, undefined],
          ["CallRejected", 0, "queue-full"],
          ["CallFinished", 500, undefined],
          ["CallPermitted", 500, undefined],
          ["CallFinished", 500, undefined],
          ["CallPermitted", 500, undefined],
          ["CallRejected", 1500, "wait-exceeded"]
        ]
      )
    })
  )

  it.effect("BH10: keyed bulkhead: per-key limit plus global limit; key state evicted at zero use", () =>
    Effect.gen(function* () {
      const bulkhead = yield* keyed({ maxConcurrentCalls: 3, maxConcurrentCallsPerKey: 2 })
      assert.deepStrictEqual(yield* bulkhead.snapshot, nothing)
      const fibers = [yield* startKeyed(bulkhead, "a"), yield* startKeyed(bulkhead, "a")]
      assert.deepInclude(yield* Effect.flip(bulkhead.execute("a", Effect.void)), {
        _tag: "BulkheadFull",
        name: "tenants",
        key: "a",
        reason: "queue-full",
        maxConcurrentCalls: 2
      })
      fibers.push(yield* startKeyed(bulkhead, "b"))
      assert.deepInclude(yield* Effect.flip(bulkhead.execute("c", Effect.void)), { key: "c", maxConcurrentCalls: 3 })
      assert.deepStrictEqual(yield* bulkhead.snapshot, { running: 3, queued: 0, keys: 2 })
      assert.deepStrictEqual(yield* bulkhead.snapshotOf("a"), { running: 2, queued: 0 })
      yield* Effect.forEach(fibers, Fiber.interrupt)
      assert.deepStrictEqual(yield* bulkhead.snapshot, nothing)
      assert.deepStrictEqual(yield* bulkhead.snapshotOf("a"), { running: 0, queued: 0 })
    })
  )
})
