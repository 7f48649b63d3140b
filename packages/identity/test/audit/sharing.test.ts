import { assert, describe, it } from "@effect/vitest"
import { sharing } from "@resync/identity/audit/internal/sharing"
import { Deferred, Effect, Exit, Fiber, Scheduler } from "effect"

/** Work that is done when it is told to be, and what of it has begun. */
const work = Effect.gen(function* () {
  const begun: Array<string> = []
  const ends: Array<Deferred.Deferred<void, string>> = []
  const ask = yield* sharing((key: string) =>
    Effect.suspend(() => {
      const end = Deferred.makeUnsafe<void, string>()
      ends.push(end)
      const run = begun.push(key)
      return Effect.as(Deferred.await(end), run)
    })
  )
  const end = (run: number, exit: Exit.Exit<void, string> = Exit.void) =>
    Effect.suspend(() => Deferred.done(ends[run - 1] as Deferred.Deferred<void, string>, exit))
  const asking = (key: string) => Effect.forkChild(ask(key), { startImmediately: true })
  const settled = Effect.forEach(Array(20).fill(0), () => Effect.yieldNow, { discard: true })
  return { begun, end, asking, settled }
})

describe("work that is shared", () => {
  it.effect("is done once for all who ask while it waits, and once more for those who ask while it is under way", () =>
    Effect.gen(function* () {
      const { asking, begun, end, settled } = yield* work
      const first = yield* asking("a")
      yield* settled
      const others = yield* Effect.forEach(Array(15).fill("a"), asking)
      yield* settled
      assert.deepStrictEqual(begun, ["a"])
      yield* end(1)
      assert.strictEqual(yield* Fiber.join(first), 1)
      yield* settled
      assert.deepStrictEqual(begun, ["a", "a"])
      yield* end(2)
      for (const other of others) assert.strictEqual(yield* Fiber.join(other), 2)
      const later = yield* asking("a")
      yield* settled
      yield* end(3)
      assert.strictEqual(yield* Fiber.join(later), 3)
    })
  )

  it.effect("is done for each key apart, one after the other", () =>
    Effect.gen(function* () {
      const { asking, begun, end, settled } = yield* work
      const fibers = yield* Effect.forEach(["a", "b", "c", "b"], asking)
      for (const run of [1, 2, 3]) {
        yield* settled
        assert.lengthOf(begun, run)
        yield* end(run)
      }
      const runs = yield* Effect.forEach(fibers, Fiber.join)
      assert.deepStrictEqual(begun, ["a", "b", "c"])
      assert.deepStrictEqual(runs, [1, 2, 3, 2])
    })
  )

  it.effect("goes on without whoever asked first, and fails for all who share it", () =>
    Effect.gen(function* () {
      const { asking, end, settled } = yield* work
      const first = yield* asking("a")
      yield* settled
      const second = yield* asking("a")
      const third = yield* asking("a")
      yield* Fiber.interrupt(second)
      yield* end(1)
      yield* Fiber.join(first)
      yield* settled
      yield* end(2, Exit.fail("away"))
      assert.strictEqual(yield* Effect.flip(Fiber.join(third)), "away")
    })
  )

  it.effect("is begun for the others, at whatever step the one who asked first goes away", () =>
    Effect.forEach(Array.from({ length: 16 }).keys(), (step) =>
      Effect.gen(function* () {
        const ask = yield* sharing(() => Effect.succeed("done"))
        // One who has hardly begun when others have their turn.
        const hesitant = Effect.provideService(ask("a"), Scheduler.MaxOpsBeforeYield, 4)
        const first = yield* Effect.forkChild(hesitant, { startImmediately: true })
        for (let n = 0; n < step; n++) yield* Effect.yieldNow
        yield* Fiber.interrupt(first)
        const second = yield* Effect.forkChild(ask("a"), { startImmediately: true })
        for (let n = 0; n < 50; n++) yield* Effect.yieldNow
        assert.isDefined(second.pollUnsafe(), `left waiting where the first went at step ${step}`)
      })
    )
  )
})
