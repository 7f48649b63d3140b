import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Exit, Fiber, Scope } from "effect"
import { TestClock } from "effect/testing"
import * as Alarms from "../../src/internal/Alarms.ts"
import { counting } from "../SleepCount.ts"

/** Sets an alarm that notes when it rang. */
const setter = Effect.fnUntraced(function* () {
  const alarms = yield* Alarms.make
  const clock = yield* Clock.Clock
  const rang: Array<readonly [string, number]> = []
  return {
    rang,
    clear: (alarm: Alarms.Alarm) => Effect.sync(() => alarms.clear(alarm)),
    set: (name: string, at: number, ring = () => {}) =>
      Effect.withFiber((fiber) =>
        Effect.sync(() =>
          alarms.set(fiber, at, () => {
            rang.push([name, clock.currentTimeMillisUnsafe()])
            ring()
          })
        )
      )
  }
})

describe("Alarms", () => {
  it.effect("ring in time, those included that come sooner than the one slept for", () =>
    Effect.gen(function* () {
      const { rang, set } = yield* setter()
      yield* set("late", 5000)
      yield* set("early", 1000)
      yield* set("middle", 3000)
      yield* set("also early", 1000)
      yield* TestClock.adjust(999)
      assert.deepStrictEqual(rang, [])
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(rang, [
        ["early", 1000],
        ["also early", 1000]
      ])
      yield* TestClock.adjust(1_000_000)
      assert.deepStrictEqual(rang.slice(2), [
        ["middle", 3000],
        ["late", 5000]
      ])
    })
  )

  it.effect("ring at once when they are due already", () =>
    Effect.gen(function* () {
      const { rang, set } = yield* setter()
      yield* TestClock.adjust(2000)
      yield* set("past", 1000)
      yield* set("now", 2000)
      yield* TestClock.adjust(0)
      assert.deepStrictEqual(rang, [
        ["past", 2000],
        ["now", 2000]
      ])
    })
  )

  it.effect("do not ring when taken back, and work again after none was left", () =>
    Effect.gen(function* () {
      const { clear, rang, set } = yield* setter()
      yield* clear(yield* set("cleared", 1000))
      yield* TestClock.adjust(1000)
      yield* TestClock.adjust(1000)
      yield* set("next", 2500)
      yield* TestClock.adjust(500)
      assert.deepStrictEqual(rang, [["next", 2500]])
    })
  )

  it.effect("sleep on for those that were set while others rang", () =>
    Effect.gen(function* () {
      const { rang, set } = yield* setter()
      const context = yield* Effect.context()
      const chain = (n: number): Effect.Effect<unknown> =>
        set(`${n}`, n * 100, () => {
          if (n < 5) Effect.runForkWith(context)(chain(n + 1))
        })
      yield* chain(1)
      yield* TestClock.adjust(1000)
      assert.deepStrictEqual(
        rang.map(([, at]) => at),
        [100, 200, 300, 400, 500]
      )
    })
  )

  it.effect("do not need the fibre that set the first of them", () =>
    Effect.gen(function* () {
      const { rang, set } = yield* setter()
      const first = yield* Effect.forkChild(Effect.andThen(set("first", 1000), Effect.never), {
        startImmediately: true
      })
      yield* Fiber.interrupt(first)
      yield* set("second", 1500)
      yield* TestClock.adjust(1500)
      assert.deepStrictEqual(rang, [
        ["first", 1000],
        ["second", 1500]
      ])
    })
  )

  it.effect("GE11 nobody sleeps where none is left, and after the scope nobody for one that was taken back", () =>
    Effect.gen(function* () {
      const counted = yield* counting
      const scope = yield* Scope.make()
      const { clear, rang, set } = yield* Scope.provide(setter(), scope)
      const setCounted = (name: string, at: number) => Effect.provideService(set(name, at), Clock.Clock, counted.clock)
      yield* setCounted("rings", 1000)
      assert.strictEqual(counted.asleep, 1)
      yield* TestClock.adjust(1000)
      assert.strictEqual(counted.asleep, 0)
      yield* clear(yield* setCounted("taken back", 5000))
      yield* clear(yield* setCounted("sooner", 3000))
      assert.strictEqual(counted.asleep, 2)
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual(counted.asleep, 0)
      assert.deepStrictEqual(rang, [["rings", 1000]])
    })
  )

  it.effect("GE11 calls under way when the scope closes, and those after it, are rung for and then nobody sleeps", () =>
    Effect.gen(function* () {
      const counted = yield* counting
      const scope = yield* Scope.make()
      const { clear, rang, set } = yield* Scope.provide(setter(), scope)
      const setCounted = (name: string, at: number) => Effect.provideService(set(name, at), Clock.Clock, counted.clock)
      yield* setCounted("under way", 1000)
      const done = yield* setCounted("done", 3000)
      yield* Scope.close(scope, Exit.void)
      yield* TestClock.adjust(1000)
      assert.strictEqual(counted.asleep, 1)
      yield* clear(done)
      assert.strictEqual(counted.asleep, 0)
      yield* setCounted("late", 2000)
      yield* TestClock.adjust(1000)
      assert.deepStrictEqual(rang, [
        ["under way", 1000],
        ["late", 2000]
      ])
      assert.strictEqual(counted.asleep, 0)
    })
  )

  it.effect("do not ring when one that is due at the same time takes them back", () =>
    Effect.gen(function* () {
      const alarms = yield* Alarms.make
      const rang: Array<string> = []
      yield* Effect.withFiber((fiber) => {
        alarms.set(fiber, 1000, () => {
          rang.push("first")
          alarms.clear(second)
        })
        const second = alarms.set(fiber, 1000, () => rang.push("second"))
        alarms.set(fiber, 1000, () => rang.push("third"))
        return Effect.void
      })
      yield* TestClock.adjust(1000)
      assert.deepStrictEqual(rang, ["first", "third"])
    })
  )

  it.effect(
    "share sleepers: one more only for what comes sooner than all before it, and each sleeps on while it is needed",
    () =>
      Effect.gen(function* () {
        const counted = yield* counting
        const { rang, set } = yield* setter()
        const asleepAfter = (name: string, at: number) =>
          Effect.map(Effect.provideService(set(name, at), Clock.Clock, counted.clock), () => counted.asleep)
        assert.strictEqual(yield* asleepAfter("9", 9000), 1)
        assert.strictEqual(yield* asleepAfter("10", 10_000), 1)
        assert.strictEqual(yield* asleepAfter("9 too", 9000), 1)
        assert.strictEqual(yield* asleepAfter("1", 1000), 2)
        assert.strictEqual(yield* asleepAfter("4", 4000), 2)
        yield* TestClock.adjust(1000)
        // The one that has rung sleeps on for what comes before the other.
        assert.strictEqual(counted.asleep, 2)
        assert.strictEqual(yield* asleepAfter("5", 5000), 2)
        assert.strictEqual(yield* asleepAfter("3", 3000), 3)
        yield* TestClock.adjust(2000)
        assert.strictEqual(counted.asleep, 2)
        yield* TestClock.adjust(2000)
        // All that is left rings when the first of them was to wake.
        assert.strictEqual(counted.asleep, 1)
        yield* TestClock.adjust(4000)
        assert.strictEqual(counted.asleep, 1)
        yield* TestClock.adjust(1000)
        assert.strictEqual(counted.asleep, 0)
        assert.deepStrictEqual(
          rang.map(([name]) => name),
          ["1", "3", "4", "5", "9", "9 too", "10"]
        )
      })
  )

  /** Alarms of an owner, who takes them back for good. */
  const owned = Effect.map(counting, (counted) => {
    const alarms = Alarms.makeUnsafe()
    const rang: Array<string> = []
    return {
      alarms,
      counted,
      rang,
      set: (name: string, at: number) =>
        Effect.withFiber((fiber) => Effect.sync(() => alarms.set(fiber, at, () => rang.push(name)))).pipe(
          Effect.provideService(Clock.Clock, counted.clock)
        )
    }
  })

  it.effect("that are cancelled ring no more, and with the last of them nobody sleeps", () =>
    Effect.gen(function* () {
      const { alarms, counted, rang, set } = yield* owned
      const one = yield* set("one", 5000)
      const other = yield* set("other", 6000)
      alarms.cancel(one)
      assert.strictEqual(counted.asleep, 1)
      alarms.cancel(other)
      assert.strictEqual(counted.asleep, 0)
      // What slept for them stands in nobody's way.
      yield* set("early", 1000)
      yield* set("late", 7000)
      yield* TestClock.adjust(1000)
      assert.strictEqual(counted.asleep, 1)
      yield* TestClock.adjust(6000)
      assert.deepStrictEqual(rang, ["early", "late"])
    })
  )

  it.effect("that are abandoned do not ring either", () =>
    Effect.gen(function* () {
      const { alarms, counted, rang, set } = yield* owned
      yield* set("one", 5000)
      yield* set("other", 1000)
      alarms.abandon()
      assert.strictEqual(counted.asleep, 0)
      yield* TestClock.adjust(10_000)
      assert.isEmpty(rang)
      yield* set("after it", 11_000)
      yield* TestClock.adjust(1000)
      assert.deepStrictEqual(rang, ["after it"])
    })
  )
})
