import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Ref } from "effect"
import { TestClock } from "effect/testing"
import { Idempotency } from "../src/commands/Idempotency.ts"

const counting = Effect.gen(function* () {
  const runs = yield* Ref.make(0)
  return { runs, command: Ref.updateAndGet(runs, (n) => n + 1) }
})

describe("Idempotency", () => {
  it.effect("runs a command once and answers its repetitions alike", () =>
    Effect.gen(function* () {
      const { once } = yield* Idempotency
      const { command, runs } = yield* counting
      assert.deepStrictEqual(yield* once("key", "hold 1", command), { value: 1, replayed: false })
      assert.deepStrictEqual(yield* once("key", "hold 1", command), { value: 1, replayed: true })
      assert.strictEqual(yield* Ref.get(runs), 1)
    }).pipe(Effect.provide(Idempotency.layer))
  )

  it.effect("runs a command without a key each time", () =>
    Effect.gen(function* () {
      const { once } = yield* Idempotency
      const { command } = yield* counting
      assert.deepStrictEqual(yield* once(undefined, "hold 1", command), { value: 1, replayed: false })
      assert.deepStrictEqual(yield* once(undefined, "hold 1", command), { value: 2, replayed: false })
    }).pipe(Effect.provide(Idempotency.layer))
  )

  it.effect("refuses a key that belongs to another command", () =>
    Effect.gen(function* () {
      const { once } = yield* Idempotency
      const { command, runs } = yield* counting
      yield* once("key", "hold 1", command)
      const error = yield* Effect.flip(once("key", "hold 2", command))
      assert.strictEqual(error.type, "urn:problem-type:resync:idempotency-key-reused")
      assert.strictEqual(yield* Ref.get(runs), 1)
    }).pipe(Effect.provide(Idempotency.layer))
  )

  it.effect("lets a repetition wait for the command under way", () =>
    Effect.gen(function* () {
      const { once } = yield* Idempotency
      const gate = yield* Deferred.make<number>()
      const first = yield* Effect.forkChild(once("key", "hold 1", Deferred.await(gate)), { startImmediately: true })
      const second = yield* Effect.forkChild(once("key", "hold 1", Effect.die("sent twice")), {
        startImmediately: true
      })
      yield* Deferred.succeed(gate, 7)
      assert.deepStrictEqual(yield* Fiber.join(first), { value: 7, replayed: false })
      assert.deepStrictEqual(yield* Fiber.join(second), { value: 7, replayed: true })
    }).pipe(Effect.provide(Idempotency.layer))
  )

  it.effect("lets a command go on whose caller hung up", () =>
    Effect.gen(function* () {
      const { once } = yield* Idempotency
      const gate = yield* Deferred.make<number>()
      const first = yield* Effect.forkChild(once("key", "hold 1", Deferred.await(gate)), { startImmediately: true })
      yield* Fiber.interrupt(first)
      yield* Deferred.succeed(gate, 7)
      assert.deepStrictEqual(yield* once("key", "hold 1", Effect.die("sent twice")), { value: 7, replayed: true })
    }).pipe(Effect.provide(Idempotency.layer))
  )

  it.effect("forgets what failed, so that it can be tried again", () =>
    Effect.gen(function* () {
      const { once } = yield* Idempotency
      assert.isTrue(Exit.isFailure(yield* Effect.exit(once("key", "hold 1", Effect.fail("busy")))))
      assert.deepStrictEqual(yield* once("key", "hold 1", Effect.succeed(1)), { value: 1, replayed: false })
    }).pipe(Effect.provide(Idempotency.layer))
  )

  it.effect("forgets an answer after a day", () =>
    Effect.gen(function* () {
      const { once } = yield* Idempotency
      const { command } = yield* counting
      yield* once("key", "hold 1", command)
      yield* TestClock.adjust("23 hours")
      assert.isTrue((yield* once("key", "hold 1", command)).replayed)
      yield* TestClock.adjust("61 minutes")
      assert.deepStrictEqual(yield* once("key", "hold 1", command), { value: 2, replayed: false })
    }).pipe(Effect.provide(Idempotency.layer))
  )
})
