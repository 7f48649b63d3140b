import { assert, describe, it } from "@effect/vitest"
import * as RedisProcess from "@resync/service/testing/RedisProcess"
import { Effect } from "effect"
import { age, before, counted, figures, hold, job, jobId, name, theAnswer } from "./Counted.ts"
import { inTouch, process, two } from "./Processes.ts"
import { eventually, RedisServer } from "./RedisServer.ts"

describe("SharedCache: faults", () => {
  describe("what is not as it should be", () => {
    const spoiled: Readonly<Record<string, (key: string) => ReadonlyArray<ReadonlyArray<string>>>> = {
      "no recording": (key) => [["HSET", key, "text", "nonsense"]],
      "a recording of something else": (key) => [["HSET", key, "text", '[["other",2]]\n{}']],
      "a recording that is cut off": (key) => [["HSET", key, "text", '[["other",200]]\n{}']],
      "an answer from the future": (key) => [["HSET", key, "readAt", "99999999999999"]],
      "a time that is none": (key) => [["HSET", key, "readAt", "soon"]],
      "no text": (key) => [["HDEL", key, "text"]],
      "a value of another kind": (key) => [
        ["DEL", key],
        ["SET", key, "poison"]
      ],
      "another generation": (key) => [["HSET", key, "generations", "past,past"]]
    }
    for (const [what, spoil] of Object.entries(spoiled)) {
      it.live.skipIf(RedisProcess.skip)(`is not used, and is replaced: ${what}`, () =>
        Effect.gen(function* () {
          const { send } = yield* RedisServer
          const { a, b, layer: client } = yield* two(counted())
          yield* job(a)
          const key = yield* theAnswer
          for (const [command = "", ...args] of spoil(key)) yield* send(command, ...args)
          assert.strictEqual(name(yield* job(b)), "READ2")
          yield* eventually(send("HGET", key, "text"), (text) => String(text).includes("READ2"))
          const third = yield* process(client)
          assert.strictEqual(name(yield* job(third)), "READ2")
          assert.strictEqual((yield* figures(b, "job"))?.redis?.hit, 0)
        }).pipe(Effect.scoped, Effect.provide(RedisServer.layer))
      )
    }

    it.live.skipIf(RedisProcess.skip)("is not used when it is too old", () =>
      Effect.gen(function* () {
        const { a, b } = yield* two(counted())
        yield* job(a)
        yield* age(10_001)
        assert.strictEqual(name(yield* job(b)), "READ2")
      }).pipe(Effect.scoped, Effect.provide(RedisServer.layer))
    )

    it.live.skipIf(RedisProcess.skip)("is not used when a release of another form wrote it", () =>
      Effect.gen(function* () {
        const { send } = yield* RedisServer
        const { a, b } = yield* two(counted())
        yield* job(a)
        const key = yield* theAnswer
        yield* send("RENAME", key, key.replace("cache:1:", "cache:2:"))
        assert.strictEqual(name(yield* job(b)), "READ2")
      }).pipe(Effect.scoped, Effect.provide(RedisServer.layer))
    )
  })

  describe("without Redis", () => {
    it.live.skipIf(RedisProcess.skip)("reads go on", () =>
      Effect.gen(function* () {
        const { kill } = yield* RedisServer
        const { a, b } = yield* two(counted())
        yield* kill
        assert.strictEqual(name(yield* job(a)), "READ1")
        assert.strictEqual(name(yield* job(b)), "READ2")
        assert.strictEqual(name(yield* job(b)), "READ2")
      }).pipe(Effect.scoped, Effect.provide(RedisServer.layer))
    )

    it.live.skipIf(RedisProcess.skip)("reads and actions go on while it hangs", () =>
      Effect.gen(function* () {
        const { hold: hang, release } = yield* RedisServer
        const { a, b } = yield* two(counted())
        yield* hang
        assert.strictEqual(yield* before(a), "READ1")
        yield* a.tws.actOnJob(jobId, hold)
        assert.strictEqual(yield* before(a), "READ2")
        yield* eventually(b.control.shared, (shared) => shared?.inTouch === false)
        assert.strictEqual(yield* before(b), "READ3")
        yield* release
        yield* inTouch(a)
        yield* inTouch(b)
        // What hung is not taken for new now.
        assert.strictEqual(yield* eventually(before(b), (now) => now !== "READ3"), "READ4")
      }).pipe(Effect.scoped, Effect.provide(RedisServer.layer))
    )
  })
})
