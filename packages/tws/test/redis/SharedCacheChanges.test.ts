import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import { before, counted, hold, isRead, jobId, kept, skip } from "./Counted.ts"
import { inTouch, two } from "./Processes.ts"
import { eventually, RedisServer } from "./RedisServer.ts"

describe("SharedCache: changes", () => {
  describe("an action", () => {
    it.live.skipIf(skip)("is heard by the other, and nobody finds the old answer again", () =>
      Effect.gen(function* () {
        const { a, b } = yield* two(counted())
        yield* before(a)
        yield* kept(1)
        assert.strictEqual(yield* before(b), "READ1")
        yield* a.tws.actOnJob(jobId, hold)
        assert.strictEqual(yield* before(a), "READ2")
        assert.strictEqual(yield* eventually(before(b), (now) => now !== "READ1"), "READ2")
      }).pipe(Effect.scoped, Effect.provide(RedisServer.layer))
    )

    it.live.skipIf(skip)("that came in between keeps an answer from being kept", () =>
      Effect.gen(function* () {
        const asked = yield* Deferred.make<void>()
        const go = yield* Deferred.make<void>()
        const reply = counted()
        let reads = 0
        const { a, b } = yield* two((seen) => {
          const answer = reply(seen)
          if (!isRead(seen) || ++reads > 1) return answer
          return Effect.as(Effect.andThen(Deferred.succeed(asked, undefined), Deferred.await(go)), answer)
        })
        const early = yield* Effect.forkChild(before(b))
        yield* Deferred.await(asked)
        yield* a.tws.actOnJob(jobId, hold)
        yield* Deferred.succeed(go, undefined)
        // Who asked before the action gets what he asked for.
        assert.strictEqual(yield* Fiber.join(early), "READ1")
        assert.strictEqual(yield* before(a), "READ2")
        assert.strictEqual(yield* eventually(before(b), (now) => now !== "READ1"), "READ2")
      }).pipe(Effect.scoped, Effect.provide(RedisServer.layer))
    )

    it.live.skipIf(skip)("that could not be told is told when Redis is back", () =>
      Effect.gen(function* () {
        const { kill, start } = yield* RedisServer
        const { a, b } = yield* two(counted())
        yield* before(a)
        yield* kept(1)
        yield* before(b)
        yield* kill
        yield* a.tws.actOnJob(jobId, hold)
        assert.deepInclude(yield* a.control.shared, { untold: 2 })
        assert.strictEqual(yield* before(a), "READ2")
        yield* eventually(b.control.shared, (shared) => shared?.inTouch === false)
        yield* start
        yield* inTouch(a)
        yield* inTouch(b)
        assert.strictEqual(yield* eventually(before(b), (now) => now !== "READ1"), "READ3")
      }).pipe(Effect.scoped, Effect.provide(RedisServer.layer))
    )
  })

  it.live.skipIf(skip)("is cleared for all", () =>
    Effect.gen(function* () {
      const { a, b } = yield* two(counted())
      yield* before(a)
      yield* kept(1)
      yield* before(b)
      assert.strictEqual((yield* b.control.clear("predecessors")).get("predecessors"), 1)
      assert.strictEqual(yield* before(b), "READ2")
      assert.strictEqual(yield* eventually(before(a), (now) => now !== "READ1"), "READ2")
      assert.strictEqual((yield* Effect.flip(b.control.clear("nothing")))._tag, "TwsCacheNotFound")
      yield* a.control.clear()
      assert.strictEqual(yield* before(a), "READ3")
    }).pipe(Effect.scoped, Effect.provide(RedisServer.layer))
  )
})
