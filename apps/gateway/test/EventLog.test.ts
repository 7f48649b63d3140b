import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import * as EventLog from "../src/events/EventLog.ts"

const events = (batch: EventLog.Batch<number>) => batch.entries.map(({ event }) => event)

describe("EventLog", () => {
  it.effect("gives each reader all events from its start on", () =>
    Effect.gen(function* () {
      const log = yield* EventLog.make<number>(8)
      log.publish(1)
      const first = log.reader()
      log.publish(2)
      const second = log.reader()
      log.publish(3)
      assert.deepStrictEqual(events(yield* first), [2, 3])
      assert.deepStrictEqual(events(yield* second), [3])
    })
  )

  it.effect("lets a reader wait for the next event", () =>
    Effect.gen(function* () {
      const log = yield* EventLog.make<number>(8)
      const reading = yield* Effect.forkChild(log.reader(), { startImmediately: true })
      assert.isUndefined(reading.pollUnsafe())
      log.publish(1)
      assert.deepStrictEqual(events(yield* Fiber.join(reading)), [1])
    })
  )

  it.effect("goes on after the id that a reader saw last", () =>
    Effect.gen(function* () {
      const log = yield* EventLog.make<number>(8)
      const reader = log.reader()
      for (const event of [1, 2, 3]) log.publish(event)
      const { entries } = yield* reader
      const again = yield* log.reader(entries[0]?.id)
      assert.deepStrictEqual(events(again), [2, 3])
      assert.isFalse(again.missed)
    })
  )

  it.effect("tells a reader that lags that it missed events, and gives it what is left", () =>
    Effect.gen(function* () {
      const log = yield* EventLog.make<number>(3)
      const reader = log.reader()
      for (let event = 1; event <= 10; event++) log.publish(event)
      const batch = yield* reader
      assert.isTrue(batch.missed)
      assert.deepStrictEqual(events(batch), [8, 9, 10])
      log.publish(11)
      const next = yield* reader
      assert.isFalse(next.missed)
      assert.deepStrictEqual(events(next), [11])
    })
  )

  it.effect("tells a reader with an id it does not know that it missed events", () =>
    Effect.gen(function* () {
      const log = yield* EventLog.make<number>(3)
      log.publish(1)
      for (const id of ["another-0", "0-7", "0--1", "nonsense", ""]) {
        const batch = yield* log.reader(id)
        assert.isTrue(batch.missed, id)
        assert.deepStrictEqual(events(batch), [], id)
      }
    })
  )
})
