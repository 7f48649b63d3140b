import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Stream } from "effect"
import * as EventBus from "../../src/internal/EventBus.ts"

describe("EventBus", () => {
  it.effect("EV3 a subscriber that is behind has the newest events, and the others are counted", () =>
    Effect.gen(function* () {
      const bus = EventBus.make<number>(4)
      const fiber = yield* bus.stream.pipe(Stream.take(4), Stream.runCollect, (collect) =>
        Effect.forkChild(collect, { startImmediately: true })
      )
      // Its taker is there, so the first event goes to it and does not wait in the buffer.
      for (let i = 0; i < 10; i++) bus.publish(() => i)
      const seen = yield* Fiber.join(fiber)
      const dropped = yield* bus.dropped
      assert.strictEqual(seen.at(-1), 9)
      assert.strictEqual(seen.length + dropped, 10)
    })
  )

  it.effect("EV2 each subscriber has a buffer of its own, and what nobody hears is not built", () =>
    Effect.gen(function* () {
      const bus = EventBus.make<number>(4)
      let built = 0
      const publish = () => bus.publish(() => ++built)
      publish()
      assert.strictEqual(built, 0)
      const hung = yield* Effect.forkChild(
        Stream.runForEach(bus.stream, () => Effect.never),
        { startImmediately: true }
      )
      const heard: Array<number> = []
      const quick = yield* Effect.forkChild(
        Stream.runForEach(bus.stream, (event) => Effect.sync(() => heard.push(event))),
        { startImmediately: true }
      )
      for (let i = 0; i < 20; i++) {
        publish()
        yield* Effect.yieldNow
      }
      assert.strictEqual(built, 20)
      assert.lengthOf(heard, 20)
      yield* Fiber.interrupt(hung)
      yield* Fiber.interrupt(quick)
      publish()
      assert.strictEqual(built, 20)
    })
  )

  it.effect("EV2 a subscriber that dies takes nothing with it", () =>
    Effect.gen(function* () {
      const bus = EventBus.make<number>()
      const dying = yield* Effect.forkChild(Effect.exit(Stream.runForEach(bus.stream, () => Effect.die("bug"))), {
        startImmediately: true
      })
      bus.publish(() => 1)
      yield* Fiber.join(dying)
      let built = false
      bus.publish(() => {
        built = true
        return 2
      })
      assert.isFalse(built)
      assert.strictEqual(yield* bus.dropped, 0)
    })
  )
})
