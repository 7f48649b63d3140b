import { assert, describe, it } from "@effect/vitest"
import * as RedisProcess from "@resync/service/testing/RedisProcess"
import { SimulatorServer } from "@resync/tws-simulator/SimulatorServer"
import { Deferred, Effect, Fiber, Redacted, Stream } from "effect"
import type { Tws } from "../../src/Tws.ts"
import * as Stub from "../StubScheduler.ts"
import { age, counted, figures, isRead, job, kept, name } from "./Counted.ts"
import { counting, process, two } from "./Processes.ts"
import { RedisServer } from "./RedisServer.ts"

describe("SharedCache", () => {
  describe("two processes", () => {
    it.live.skipIf(RedisProcess.skip)("read an answer once", () =>
      Effect.gen(function* () {
        const { a, b, requests } = yield* two(counted())
        const first = yield* job(a)
        yield* kept(1)
        const second = yield* job(b)
        assert.deepStrictEqual(second.value, first.value)
        assert.isFalse(second.stale)
        assert.strictEqual((yield* requests).length, 1)
        yield* job(a)
        assert.deepInclude(yield* figures(b, "job"), {
          memory: { hit: 0, miss: 1, stale: 0, evicted: 0 },
          redis: { hit: 1, miss: 0, stale: 0, evicted: 0 }
        })
        assert.deepInclude(yield* figures(a, "job"), {
          memory: { hit: 1, miss: 1, stale: 0, evicted: 0 },
          redis: { hit: 0, miss: 1, stale: 0, evicted: 0 }
        })
      }).pipe(Effect.scoped, Effect.provide(RedisServer.layer))
    )

    it.live.skipIf(RedisProcess.skip)("take an answer for as old as it is", () =>
      Effect.gen(function* () {
        const { a, b } = yield* two(counted())
        yield* job(a)
        yield* age(7_000)
        const reading = yield* job(b)
        assert.strictEqual(name(reading), "READ1")
        assert.isAtLeast(Date.now() - reading.asOf.epochMilliseconds, 7_000)
      }).pipe(Effect.scoped, Effect.provide(RedisServer.layer))
    )

    it.live.skipIf(RedisProcess.skip)("that ask at the same time share one question", () =>
      Effect.gen(function* () {
        const asked = yield* Deferred.make<void>()
        const go = yield* Deferred.make<void>()
        const reply = counted()
        const { a, b, requests } = yield* two((seen) =>
          !isRead(seen)
            ? reply(seen)
            : Deferred.succeed(asked, undefined).pipe(
                Effect.andThen(Deferred.await(go)),
                Effect.map(() => reply(seen))
              )
        )
        const first = yield* Effect.forkChild(job(a))
        yield* Deferred.await(asked)
        const second = yield* Effect.forkChild(job(b))
        // The lease is there, so the other one waits by now, or will.
        yield* Deferred.succeed(go, undefined)
        assert.deepStrictEqual([name(yield* Fiber.join(first)), name(yield* Fiber.join(second))], ["READ1", "READ1"])
        assert.strictEqual((yield* requests).length, 1)
      }).pipe(Effect.scoped, Effect.provide(RedisServer.layer))
    )

    it.live.skipIf(RedisProcess.skip)("do not wait for one that does not come back with an answer", () =>
      Effect.gen(function* () {
        const asked = yield* Deferred.make<void>()
        let calls = 0
        const { a, b } = yield* two((seen) => {
          if (!isRead(seen) || ++calls > 1) return Stub.json(Stub.wireJob(1, { name: "SECOND" }))
          return Effect.as(Deferred.succeed(asked, undefined), "hang" as const)
        })
        const first = yield* Effect.forkChild(job(a))
        yield* Deferred.await(asked)
        assert.strictEqual(name(yield* job(b)), "SECOND")
        yield* Fiber.interrupt(first)
      }).pipe(Effect.scoped, Effect.provide(RedisServer.layer))
    )

    it.live.skipIf(RedisProcess.skip)("of two users keep their answers apart", () =>
      Effect.gen(function* () {
        const { a, layer: client, requests } = yield* two(counted())
        const other = yield* process(client, {
          credentials: { _tag: "Basic", user: "other", password: Redacted.make("wapassword") }
        })
        yield* job(a)
        yield* kept(1)
        yield* job(other)
        assert.strictEqual((yield* requests).length, 2)
      }).pipe(Effect.scoped, Effect.provide(RedisServer.layer))
    )
  })

  it.live.skipIf(RedisProcess.skip)("holds every read that memory holds", () =>
    Effect.gen(function* () {
      const { url } = yield* SimulatorServer
      const { client, sent } = yield* counting
      const [a, b] = yield* Effect.all([
        process(client, { urls: [new URL(url)] }),
        process(client, { urls: [new URL(url)] })
      ])
      const everything = Effect.fnUntraced(function* (tws: Tws["Service"]) {
        const jobs = (yield* tws.jobs({ status: ["SUCCESSFUL"], sort: "name", limit: 5 })).value
        const [first] = jobs.items
        const streams = (yield* tws.jobStreams({ limit: 5 })).value
        const workstations = (yield* tws.workstations()).value
        const resources = (yield* tws.resources()).value
        const model = (yield* tws.model("jobdefinition", { limit: 5 })).value
        if (first === undefined || streams.items[0] === undefined || workstations.items[0] === undefined) return []
        const definition = model.items[0]?.id
        if (resources.items[0] === undefined || definition === undefined) return []
        const log = yield* tws.jobLog(first.id)
        return [
          jobs,
          streams,
          workstations,
          resources,
          model,
          (yield* tws.engine).value,
          (yield* tws.capabilities).value,
          (yield* tws.plan).value,
          (yield* tws.summary).value,
          (yield* tws.metrics).value,
          (yield* tws.job(first.id)).value,
          (yield* tws.jobHistory(first.id)).value,
          yield* Stream.mkString(log.value),
          (yield* tws.jobStream(streams.items[0].id)).value,
          (yield* tws.workstation(workstations.items[0].id)).value,
          (yield* tws.resource(resources.items[0].id)).value,
          (yield* tws.modelObject("jobdefinition", definition)).value,
          (yield* tws.prompts()).value,
          (yield* tws.predecessors(first.id)).value,
          (yield* tws.successors(first.id)).value,
          (yield* tws.waiting(first.id)).value,
          (yield* tws.impact(first.id)).value,
          (yield* tws.criticalJobs()).value
        ]
      })
      const read = yield* everything(a.tws)
      const before = sent()
      const caches = yield* a.control.caches
      assert.strictEqual(read.length, caches.length)
      yield* kept(caches.length)
      assert.deepStrictEqual(yield* everything(b.tws), read)
      assert.strictEqual(sent(), before)
      for (const { name, redis } of yield* b.control.caches) assert.strictEqual(redis?.hit, 1, name)
    }).pipe(Effect.provide([RedisServer.layer, SimulatorServer.layer({ jobs: 100, clock: "stepped" })]), Effect.orDie)
  )

  it.live.skipIf(RedisProcess.skip)(
    "an old answer stands in for a scheduler that is away, in a process that has none itself",
    () =>
      Effect.gen(function* () {
        let gone = false
        const reply = counted()
        const { a, b } = yield* two((seen) => (gone ? Stub.json({}, 404) : reply(seen)))
        yield* job(a)
        yield* age(15_000)
        yield* b.breakers.forceOpen("tws_job_details")
        const old = yield* job(b)
        assert.deepStrictEqual([name(old), old.stale], ["READ1", true])
        assert.isAtLeast(Date.now() - old.asOf.epochMilliseconds, 15_000)
        assert.deepInclude(yield* figures(b, "job"), { redis: { hit: 0, miss: 0, stale: 1, evicted: 0 } })
        // From now on it is in memory, and stands in from there.
        assert.isTrue((yield* job(b)).stale)
        assert.deepInclude(yield* figures(b, "job"), { memory: { hit: 0, miss: 1, stale: 1, evicted: 0 } })
        // What the scheduler thinks is not hidden by it.
        yield* b.breakers.reset("tws_job_details")
        gone = true
        assert.strictEqual((yield* Effect.flip(job(b)))._tag, "TwsObjectNotFound")
        // Nor is it for ever.
        yield* age(25_001)
        yield* a.breakers.forceOpen("tws_job_details")
        yield* a.control.clear("job")
        assert.strictEqual((yield* Effect.flip(job(a)))._tag, "CircuitOpen")
      }).pipe(Effect.scoped, Effect.provide(RedisServer.layer))
  )
})
