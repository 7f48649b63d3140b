import { assert, describe, it } from "@effect/vitest"
import { Context, Duration, Effect, Equal, Hash, Random, Schedule, Schema } from "effect"
import * as WaitSchedule from "../src/WaitSchedule.ts"

const decode = Schema.decodeUnknownEffect(WaitSchedule.WaitSchedule)
const millis = ({ delays }: WaitSchedule.WaitSchedule) => delays.map(Duration.toMillis)

describe("WaitSchedule", () => {
  it.effect("a list gives each opening its wait and the last one to all further ones", () =>
    Effect.gen(function* () {
      const waits = yield* decode(["1 second", 5_000, Duration.seconds(9)])
      assert.isTrue(WaitSchedule.isWaitSchedule(waits))
      assert.isUndefined(waits.schedule)
      assert.deepStrictEqual(
        [0, 1, 2, 3, 4, 1_000].map((attempt) => WaitSchedule.millisOf(waits, attempt)),
        [1_000, 1_000, 5_000, 9_000, 9_000, 9_000]
      )
      assert.strictEqual(yield* decode(waits), waits)
    })
  )

  it.effect("a schedule is replayed as long as it goes on, for 64 openings at most", () =>
    Effect.gen(function* () {
      const growing = yield* decode(Schedule.exponential("1 second"))
      assert.strictEqual(growing.delays.length, 64)
      assert.deepStrictEqual(millis(growing).slice(0, 4), [1_000, 2_000, 4_000, 8_000])
      const bounded = yield* decode(Schedule.upTo(Schedule.exponential("1 second"), { times: 3 }))
      assert.deepStrictEqual(millis(bounded), [1_000, 2_000, 4_000])
    })
  )

  it.effect("a schedule is told which opening it is for", () =>
    Effect.gen(function* () {
      const counting = Schedule.modifyDelay(Schedule.identity<number>(), ({ input }) =>
        Effect.succeed(Duration.seconds(input))
      )
      const waits = yield* decode(Schedule.upTo(counting, { times: 3 }))
      assert.deepStrictEqual(millis(waits), [1_000, 2_000, 3_000])
    })
  )

  it.effect("what bounds a schedule's elapsed time bounds the time spent open", () =>
    Effect.gen(function* () {
      const waits = yield* decode(Schedule.upTo(Schedule.spaced("2 seconds"), { duration: "5 seconds" }))
      assert.deepStrictEqual(millis(waits), [2_000, 2_000, 2_000])
    })
  )

  it.effect("chance is drawn for each opening and stands at its middle else", () =>
    Effect.gen(function* () {
      const waits = yield* decode(Schedule.jittered(Schedule.spaced("10 seconds")))
      assert.deepStrictEqual(millis(waits).slice(0, 2), [10_000, 10_000])
      const context = yield* Effect.context<never>()
      const drawn = [1, 1, 2, 100].map((attempt) => WaitSchedule.drawMillis(waits, attempt, context) ?? 0)
      for (const wait of drawn) {
        assert.isAtLeast(wait, 8_000)
        assert.isAtMost(wait, 12_000)
      }
      assert.strictEqual(new Set(drawn).size, drawn.length)
    }).pipe(Random.withSeed("waits"))
  )

  it.effect("what is drawn of a growing schedule is the wait of that opening, of a finite one the last", () =>
    Effect.gen(function* () {
      const draw = (waits: WaitSchedule.WaitSchedule, attempt: number) =>
        WaitSchedule.drawMillis(waits, attempt, Context.empty())
      const growing = yield* decode(Schedule.exponential("1 second"))
      assert.deepStrictEqual([draw(growing, 1), draw(growing, 3)], [1_000, 4_000])
      assert.strictEqual(draw(growing, 65), draw(growing, 64))
      const bounded = yield* decode(Schedule.upTo(Schedule.exponential("1 second"), { times: 2 }))
      assert.strictEqual(draw(bounded, 9), 2_000)
    })
  )

  it.effect("there is no chance in a list or a plain duration", () =>
    Effect.gen(function* () {
      assert.isUndefined(WaitSchedule.drawMillis(yield* decode(["1 second"]), 1, Context.empty()))
      assert.isUndefined(WaitSchedule.drawMillis(Duration.seconds(1), 1, Context.empty()))
    })
  )

  it.effect("two with the same waits are equal, whatever they come from", () =>
    Effect.gen(function* () {
      const list = yield* decode(["1 second", "2 seconds"])
      const schedule = yield* decode(Schedule.upTo(Schedule.exponential("1 second"), { times: 2 }))
      assert.isTrue(Equal.equals(list, schedule))
      assert.strictEqual(Hash.hash(list), Hash.hash(schedule))
      const other = yield* decode(["1 second", "3 seconds"])
      assert.isFalse(Equal.equals(list, other))
      assert.isFalse(list[Equal.symbol](other))
      assert.notStrictEqual(Hash.hash(list), Hash.hash(other))
      const alike = { delays: list.delays, [Equal.symbol]: () => true, [Hash.symbol]: () => Hash.hash(list) }
      assert.isFalse(list[Equal.symbol](alike))
      assert.isFalse(WaitSchedule.isWaitSchedule({ delays: list.delays }))
    })
  )

  it.effect("it is a list as JSON, and back", () =>
    Effect.gen(function* () {
      const codec = Schema.fromJsonString(Schema.toCodecJson(WaitSchedule.WaitSchedule))
      const waits = yield* decode(Schedule.upTo(Schedule.exponential("1 second"), { times: 2 }))
      const json = yield* Schema.encodeEffect(codec)(waits)
      assert.deepStrictEqual(JSON.parse(json), ["1000 millis", "2000 millis"])
      const back = yield* Schema.decodeEffect(codec)(json)
      assert.isTrue(Equal.equals(back, waits))
      assert.isUndefined(back.schedule)
      assert.strictEqual(JSON.stringify(waits), JSON.stringify(waits.delays))
    })
  )

  it.effect("waits there must be, each over 0 and finite", () =>
    Effect.gen(function* () {
      for (const nothing of [[], [0], ["Infinity"], "1 second", 5, undefined, Schedule.recurs(0), Schedule.recurs(3)]) {
        const error = yield* Effect.flip(decode(nothing))
        assert.isNotEmpty(error.message)
      }
      assert.include((yield* Effect.flip(decode("1 second"))).message, "a list or a Schedule of durations")
    })
  )
})
