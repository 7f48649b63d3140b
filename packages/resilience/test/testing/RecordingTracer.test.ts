import { assert, describe, it } from "@effect/vitest"
import { Effect, Scheduler } from "effect"
import * as Interruptions from "../../src/testing/Interruptions.ts"
import * as RecordingTracer from "../../src/testing/RecordingTracer.ts"

describe("RecordingTracer", () => {
  it.effect("finds a span by its name, also where it is not the first", () =>
    Effect.gen(function* () {
      const span = yield* RecordingTracer.inSpan("outer", Effect.withSpan(Effect.void, "inner"))
      assert.strictEqual(span?.name, "outer")
      const spans = yield* RecordingTracer.recorded((all) =>
        Effect.as(Effect.withSpan(Effect.withSpan(Effect.void, "inner"), "outer"), all)
      )
      assert.deepStrictEqual(
        spans.map(({ name }) => name),
        ["outer", "inner"]
      )
    })
  )

  it("has no events of a span that is not there", () => {
    assert.deepStrictEqual(RecordingTracer.eventsOf(undefined), [])
  })
})

describe("Interruptions", () => {
  it.effect("come one step later in each run, the first one before the effect has yielded", () =>
    Effect.gen(function* () {
      const reached: Array<number> = []
      let at = 0
      const steps = [1, 2, 3].map((n) =>
        Effect.andThen(
          Effect.yieldNow,
          Effect.sync(() => (at = n))
        )
      )
      const call = Effect.andThen(
        Effect.sync(() => (at = 0)),
        Effect.all(steps, { discard: true })
      )
      const runs = yield* Interruptions.interruptEverywhere(call, (step) =>
        Effect.sync(() => {
          assert.strictEqual(step, reached.length)
          reached.push(at)
        })
      )
      assert.strictEqual(reached[0], 0)
      assert.strictEqual(reached.at(-1), 3)
      assert.strictEqual(runs, reached.length - 1)
      for (const n of [0, 1, 2, 3]) assert.include(reached, n)
    })
  )

  it.effect("leave an effect that ends at once alone", () =>
    Effect.gen(function* () {
      let checks = 0
      const runs = yield* Interruptions.interruptEverywhere(Effect.void, () => Effect.sync(() => checks++))
      assert.deepStrictEqual([runs, checks], [0, 1])
      assert.isAbove(yield* Scheduler.MaxOpsBeforeYield, 3)
    })
  )
})
