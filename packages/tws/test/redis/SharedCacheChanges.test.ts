import { assert, describe, it } from "@effect/vitest"
import * as Resilience from "@resync/resilience/Resilience"
import * as RedisProcess from "@resync/service/testing/RedisProcess"
import { Context, Deferred, Effect, Fiber, Layer, Logger } from "effect"
import { SharedCache } from "../../src/SharedCache.ts"
import { before, counted, hold, isRead, jobId, kept } from "./Counted.ts"
import { inTouch, two } from "./Processes.ts"
import { connection, eventually, RedisServer } from "./RedisServer.ts"

describe("SharedCache: changes", () => {
  describe("an action", () => {
    it.live.skipIf(RedisProcess.skip)("is heard by the other, and nobody finds the old answer again", () =>
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

    it.live.skipIf(RedisProcess.skip)("that came in between keeps an answer from being kept", () =>
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

    it.live.skipIf(RedisProcess.skip)("that could not be told is told when Redis is back", () =>
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

  it.live.skipIf(RedisProcess.skip)("of thousands of objects while Redis was away is told in several steps", () =>
    Effect.gen(function* () {
      const { kill, send, start } = yield* RedisServer
      const layer = SharedCache.layerRedis().pipe(Layer.provide([connection, Resilience.layer()]))
      const cache = Context.get(yield* Layer.build(layer.pipe(Layer.provide(Logger.layer([])))), SharedCache)
      const state = (untold: number, inTouch: boolean) =>
        eventually(cache.state, (now) => now.untold === untold && now.inTouch === inTouch)
      yield* state(0, true)
      yield* kill
      yield* state(0, false)
      const tags = Array.from({ length: 1_200 }, (_, number) => `job:${number}`)
      yield* cache.tell({ tags, caches: [] })
      yield* state(1_200, false)
      yield* start
      yield* state(0, true)
      const told = yield* send<ReadonlyArray<readonly [string, ReadonlyArray<string>]>>(
        "XRANGE",
        "resync:cache:changes",
        "-",
        "+"
      )
      assert.deepStrictEqual(
        told.map(([, fields]) => (JSON.parse(fields[3] ?? "[]") as ReadonlyArray<string>).length),
        [500, 500, 200]
      )
    }).pipe(Effect.scoped, Effect.provide(RedisServer.layer))
  )

  it.live.skipIf(RedisProcess.skip)("is cleared for all", () =>
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
