import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Option, Tracer } from "effect"
import { TestClock } from "effect/testing"
import * as Spanned from "../src/Spanned.ts"

const recording = () => {
  const spans: Array<Tracer.NativeSpan> = []
  const tracer = Tracer.make({
    span(options) {
      const span = new Tracer.NativeSpan(options)
      spans.push(span)
      return span
    }
  })
  return { spans, tracer }
}

const named = (spans: ReadonlyArray<Tracer.NativeSpan>) => spans.map(({ name }) => name)

describe("Spanned", () => {
  it.effect("is a span with a parent, a kind and attributes, which ends with the effect", () =>
    Effect.gen(function* () {
      const { spans, tracer } = recording()
      const inner = Spanned.withSpan(Effect.as(Effect.sleep("2 seconds"), 1), "inner", {
        kind: "client",
        attributes: { n: 1 }
      })
      const outer = Spanned.fn("outer")(function* (by: number) {
        yield* Effect.withFiber((fiber) => Effect.succeed(Spanned.annotateUnsafe(fiber, "told", true)))
        return (yield* inner) + by
      })
      const fiber = yield* Effect.forkChild(Effect.withTracer(outer(1), tracer))
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(yield* Fiber.join(fiber), 2)
      assert.deepStrictEqual(named(spans), ["outer", "inner"])
      const [first, second] = spans
      assert.strictEqual(first?.parent._tag, "None")
      assert.strictEqual(Option.getOrUndefined(second?.parent ?? Option.none())?.spanId, first?.spanId)
      assert.strictEqual(second?.kind, "client")
      assert.deepStrictEqual([...(second?.attributes ?? [])], [["n", 1]])
      assert.deepStrictEqual([...(first?.attributes ?? [])], [["told", true]])
      const status = second?.status
      assert.strictEqual(status?._tag === "Ended" && status.endTime - status.startTime, 2_000_000_000n)
    })
  )

  it.effect("ends by a failure, a defect and an interruption, and gives the outer span back", () =>
    Effect.gen(function* () {
      const { spans, tracer } = recording()
      const outcomes = [Effect.fail("no"), Effect.die("bug"), Effect.interrupt]
      for (const outcome of outcomes) {
        const spanned = Effect.exit(Spanned.withSpan(outcome, "broken"))
        yield* Effect.withTracer(Effect.withSpan(Effect.andThen(spanned, Effect.void), "around"), tracer)
      }
      const after = Effect.andThen(Effect.exit(Spanned.withSpan(Effect.fail("no"), "broken")), Effect.currentSpan)
      const current = yield* Effect.withTracer(Effect.withSpan(after, "around"), tracer)
      assert.strictEqual(current.name, "around")
      const broken = spans.filter(({ name }) => name === "broken")
      assert.deepStrictEqual(
        broken.map(({ status }) => status._tag === "Ended" && Exit.isFailure(status.exit)),
        [true, true, true, true]
      )
    })
  )

  it.effect("makes no span where nobody records", () =>
    Effect.gen(function* () {
      const inside = Spanned.withSpan(Effect.option(Effect.currentSpan), "unseen")
      assert.isTrue(Option.isNone(yield* inside))
      const around = yield* Effect.withSpan(inside, "native")
      assert.strictEqual(Option.getOrUndefined(around)?.name, "native")
      const { spans, tracer } = recording()
      yield* Effect.withTracerEnabled(Effect.withTracer(inside, tracer), false)
      assert.deepStrictEqual(spans, [])
    })
  )
})
