import { assert, describe, it } from "@effect/vitest"
import { CircuitBreakerRegistry } from "@resync/resilience/CircuitBreakerRegistry"
import { Duration, Effect, Fiber, Ref, Stream } from "effect"
import { TestClock } from "effect/testing"
import { JobId, WorkstationId } from "../src/model/Ids.ts"
import { Tws } from "../src/Tws.ts"
import * as Stub from "./StubScheduler.ts"

const jobId = JobId.make(Stub.uuid(1))

const list = Stub.json({ count: 1, results: [Stub.wireJob(1)] })

/** Answers with each of the replies in turn, then with the last one for ever. */
const inTurn = (...replies: ReadonlyArray<Stub.Reply>) =>
  Effect.map(Ref.make(0), (next) => (seen: Stub.Seen) => {
    if (seen.path.endsWith("/engine/info")) return Stub.json({ displayVersion: "10.2.8" })
    return Effect.map(
      Ref.getAndUpdate(next, (n) => n + 1),
      (n) => replies[Math.min(n, replies.length - 1)] ?? Stub.json({})
    )
  })

/** Runs an effect to its end, however long it waits in between. */
const finish = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(effect)
    yield* TestClock.adjust("5 minutes")
    return yield* Fiber.join(fiber)
  })

const breaker = (name: string) =>
  CircuitBreakerRegistry.use((registry) => Effect.flatMap(registry.get(name), ({ snapshot }) => snapshot))

describe("Tws over HTTP: what goes wrong", () => {
  const statuses: ReadonlyArray<readonly [number, unknown, string]> = [
    [401, { messages: ["AWSJCO084E no"] }, "TwsUnauthorized"],
    [403, { messages: ["AWSJCS011E no right"] }, "TwsForbidden"],
    [400, "OQL_FILTER_SYNTAX_ERROR", "TwsRejected"],
    [404, {}, "TwsRejected"],
    [409, {}, "TwsRejected"],
    [415, {}, "TwsRejected"],
    [501, {}, "TwsRejected"],
    [500, { messages: ["AWSJDB801E log full"] }, "TwsUnavailable"],
    [502, "<html/>", "TwsUnavailable"],
    [503, {}, "TwsUnavailable"],
    [504, {}, "TwsUnavailable"],
    [302, {}, "TwsProtocolError"]
  ]
  for (const [status, body, tag] of statuses) {
    it.effect(`${status} is ${tag}`, () =>
      Effect.gen(function* () {
        const stub = yield* Stub.make(() => Stub.json(body, status))
        const error = yield* finish(Effect.flip(Tws.use((tws) => tws.jobs()))).pipe(Effect.provide(Stub.twsOver(stub)))
        assert.strictEqual(error._tag, tag)
      })
    )
  }

  it.effect("tells what the scheduler said", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.make(() =>
        Stub.json({ messages: ["AWSBIO006E bad key"], exceptionName: "PlanException" }, 400)
      )
      const error = yield* Effect.flip(Tws.use((tws) => tws.jobs())).pipe(Effect.provide(Stub.twsOver(stub)))
      if (error._tag !== "TwsRejected") return assert.fail(error._tag)
      assert.deepStrictEqual(error.messageIds, ["AWSBIO006E"])
      assert.strictEqual(error.exceptionName, "PlanException")
    })
  )

  for (const [what, body] of [
    ["cut off", '{"count":1,"results":[{"id":'],
    ["of another shape", '{"count":1,"results":[{"nothing":"we know"}]}'],
    ["not JSON", "<html>login</html>"]
  ] as const) {
    it.effect(`an answer that is ${what} cannot be read`, () =>
      Effect.gen(function* () {
        const stub = yield* Stub.make(() => ({ status: 200, body }))
        const error = yield* finish(Effect.flip(Tws.use((tws) => tws.jobs()))).pipe(Effect.provide(Stub.twsOver(stub)))
        assert.strictEqual(error._tag, "TwsProtocolError")
      })
    )
  }

  it.effect("does not read an answer without end", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.make(() => list)
      const error = yield* finish(Effect.flip(Tws.use((tws) => tws.jobs()))).pipe(
        Effect.provide(Stub.twsOver(stub, { maxResponseSize: 10 }))
      )
      assert.strictEqual(error._tag, "TwsProtocolError")
    })
  )

  it.effect("asks again after a passing failure, three times at most", () =>
    Effect.gen(function* () {
      const passing = yield* Stub.make(yield* inTurn(Stub.json({}, 502), Stub.json({}, 503), list))
      const reading = yield* finish(Tws.use((tws) => tws.jobs())).pipe(Effect.provide(Stub.twsOver(passing)))
      assert.strictEqual(reading.value.items.length, 1)
      const refused = yield* Stub.make(() => Stub.json({}, 400))
      yield* finish(Effect.flip(Tws.use((tws) => tws.jobs()))).pipe(Effect.provide(Stub.twsOver(refused)))
      assert.strictEqual((yield* refused.requests).length, 1)
    })
  )

  it.effect("waits as long as the scheduler asks", () =>
    Effect.gen(function* () {
      const busy: Stub.Reply = { status: 503, body: {}, headers: { "retry-after": "7" } }
      const stub = yield* Stub.make(yield* inTurn(busy, list))
      yield* Effect.gen(function* () {
        const fiber = yield* Effect.forkChild(Tws.use((tws) => tws.jobs()))
        yield* TestClock.adjust("6900 millis")
        assert.strictEqual((yield* stub.requests).length, 1)
        yield* TestClock.adjust("5 seconds")
        yield* Fiber.join(fiber)
        assert.strictEqual((yield* stub.requests).length, 2)
      }).pipe(Effect.provide(Stub.twsOver(stub)))
    })
  )

  it.effect("opens the breaker of the operation, and of no other, on a scheduler in trouble", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.make(({ path }) =>
        path.endsWith("/plan/job") ? Stub.json({}, 500) : Stub.json({ count: 0, results: [] })
      )
      yield* Effect.gen(function* () {
        const tws = yield* Tws
        const first = yield* Effect.forkChild(Effect.flip(tws.jobs()))
        yield* TestClock.adjust("10 seconds")
        // The call that opened the breaker tells why.
        const error = yield* Fiber.join(first)
        assert.strictEqual(error._tag === "TwsUnavailable" ? error.status : error._tag, 500)
        const open = yield* Effect.flip(tws.jobs({ name: "OTHER" }))
        if (open._tag !== "CircuitOpen") return assert.fail(open._tag)
        assert.strictEqual(open.name, "tws_jobs_status")
        assert.strictEqual((yield* stub.requests).filter(({ path }) => path.endsWith("/plan/job")).length, 3)
        assert.strictEqual((yield* tws.workstations()).value.items.length, 0)
        assert.strictEqual((yield* breaker("tws_http_client@mdm:31116")).state, "CLOSED")
      }).pipe(Effect.provide(Stub.twsOver(stub)))
    })
  )

  it.effect("leaves the scheduler alone for as long as it asked", () =>
    Effect.gen(function* () {
      const busy: Stub.Reply = { status: 503, body: {}, headers: { "retry-after": "600" } }
      const stub = yield* Stub.make(() => busy)
      yield* Effect.gen(function* () {
        const tws = yield* Tws
        for (const name of ["A", "B", "C"]) {
          const error = yield* Effect.flip(tws.jobs({ name }))
          assert.deepStrictEqual(error._tag === "TwsUnavailable" ? error.retryAfter : error._tag, Duration.minutes(10))
        }
        yield* TestClock.adjust("5 minutes")
        const open = yield* Effect.flip(tws.jobs({ name: "D" }))
        assert.deepStrictEqual(open._tag === "CircuitOpen" ? open.retryAfter : open._tag, Duration.minutes(5))
      }).pipe(Effect.provide(Stub.twsOver(stub)))
    })
  )

  it.effect("counts nothing against a scheduler that only disagrees", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.make(() => Stub.json({}, 403))
      yield* Effect.gen(function* () {
        const tws = yield* Tws
        for (const name of ["A", "B", "C", "D", "E"]) {
          assert.strictEqual((yield* Effect.flip(tws.jobs({ name })))._tag, "TwsForbidden")
        }
        const { state, failedCalls } = yield* breaker("tws_jobs_status")
        assert.deepStrictEqual([state, failedCalls], ["CLOSED", 0])
      }).pipe(Effect.provide(Stub.twsOver(stub)))
    })
  )

  it.effect("a hanging scheduler is a timeout that counts once", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.make(({ path }) => (path.endsWith("/engine/info") ? Stub.json({}) : "hang"))
      yield* Effect.gen(function* () {
        const tws = yield* Tws
        const fiber = yield* Effect.forkChild(Effect.flip(tws.jobs()))
        yield* TestClock.adjust("10 seconds")
        assert.strictEqual((yield* breaker("tws_jobs_status")).failedCalls, 1)
        assert.strictEqual((yield* breaker("tws_http_client@mdm:31116")).failedCalls, 0)
        yield* TestClock.adjust("5 minutes")
        assert.include(["TwsTimeout", "DeadlineExceeded", "CircuitOpen"], (yield* Fiber.join(fiber))._tag)
      }).pipe(Effect.provide(Stub.twsOver(stub)))
    })
  )

  it.effect("goes to the backup when the master is dead, and back when it lives again", () =>
    Effect.gen(function* () {
      const alive = yield* Ref.make(false)
      const stub = yield* Stub.make((seen) =>
        Effect.map(Ref.get(alive), (alive) => (seen.host === "mdm:31116" && !alive ? Stub.connectionRefused : list))
      )
      const hosts = stub.requests.pipe(Effect.map((all) => all.map(({ host }) => host.split(":")[0])))
      yield* Effect.gen(function* () {
        const tws = yield* Tws
        for (const name of ["A", "B", "C", "D"]) yield* tws.jobs({ name })
        const seen = yield* hosts
        // The ping found out as well, so the breaker opens before or with the third read.
        assert.strictEqual(seen.filter((host) => host === "bkm").length, 4)
        assert.isAtMost(seen.filter((host) => host === "mdm").length, 3)
        assert.strictEqual((yield* breaker("tws_http_client@mdm:31116")).state, "OPEN")
        const { state, failedCalls } = yield* breaker("tws_jobs_status")
        assert.deepStrictEqual([state, failedCalls], ["CLOSED", 0])
        yield* Ref.set(alive, true)
        yield* TestClock.adjust("30 seconds")
        yield* tws.jobs({ name: "E" })
        assert.strictEqual((yield* hosts).at(-1), "mdm")
        assert.strictEqual((yield* breaker("tws_http_client@mdm:31116")).state, "CLOSED")
      }).pipe(
        Effect.provide(Stub.twsOver(stub, { urls: [new URL("https://mdm:31116"), new URL("https://bkm:31116/twsd/")] }))
      )
    })
  )

  it.effect("never sends an action twice that may have been done", () =>
    Effect.gen(function* () {
      const urls = [new URL("https://mdm:31116"), new URL("https://bkm:31116")] as const
      for (const reply of [Stub.connectionReset, Stub.json({}, 502), Stub.json({}, 500), Stub.json("{")]) {
        const stub = yield* Stub.make(() => reply)
        yield* finish(Effect.flip(Tws.use((tws) => tws.actOnJob(jobId, { _tag: "Kill" })))).pipe(
          Effect.provide(Stub.twsOver(stub, { urls }))
        )
        assert.strictEqual((yield* stub.requests).length, 1, JSON.stringify(reply))
      }
      const hanging = yield* Stub.make(({ path }) => (path.endsWith("/engine/info") ? Stub.json({}) : "hang"))
      const error = yield* finish(Effect.flip(Tws.use((tws) => tws.actOnJob(jobId, { _tag: "Kill" })))).pipe(
        Effect.provide(Stub.twsOver(hanging, { urls }))
      )
      assert.strictEqual(error._tag, "TwsTimeout")
      assert.strictEqual((yield* hanging.requests).length, 1)
    })
  )

  it.effect("takes what an action would make old for old also when it is not known whether it was done", () =>
    Effect.gen(function* () {
      const lost = [
        [Stub.connectionReset, 2],
        [Stub.json({}, 502), 2],
        [Stub.json("{"), 2],
        ["hang", 2],
        // Surely not done.
        [Stub.json({}, 403), 1]
      ] as const
      for (const [reply, reads] of lost) {
        const stub = yield* Stub.make(({ method, path }) =>
          path.endsWith("/engine/info") ? Stub.json({}) : method === "GET" ? Stub.json(Stub.wireJob(1)) : reply
        )
        yield* Effect.gen(function* () {
          const tws = yield* Tws
          // Fresh for five minutes, so that the clock makes nothing old.
          yield* tws.predecessors(jobId)
          const acting = yield* Effect.forkChild(Effect.flip(tws.actOnJob(jobId, { _tag: "Kill" })))
          yield* TestClock.adjust("1 minute")
          yield* Fiber.join(acting)
          yield* tws.predecessors(jobId)
        }).pipe(Effect.provide(Stub.twsOver(stub)))
        const asked = (yield* stub.requests).filter(({ path }) => path.endsWith("/predecessors"))
        assert.strictEqual(asked.length, reads, JSON.stringify(reply))
      }
    })
  )

  it.effect("sends an action again that surely was not done", () =>
    Effect.gen(function* () {
      const busy: Stub.Reply = { status: 503, body: {}, headers: { "retry-after": "1" } }
      for (const reply of [Stub.connectionRefused, Stub.json({}, 429), busy]) {
        const stub = yield* Stub.make(yield* inTurn(reply, Stub.json({ id: Stub.uuid(1) })))
        const accepted = yield* finish(Tws.use((tws) => tws.actOnJob(jobId, { _tag: "Kill" }))).pipe(
          Effect.provide(Stub.twsOver(stub))
        )
        assert.deepStrictEqual(accepted.ids, [Stub.uuid(1)])
        assert.strictEqual((yield* stub.requests).length, 2)
      }
    })
  )

  it.effect("takes the scheduler's judgement of an action for what it is, even with a 500", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.make(() => Stub.json({ messages: ["AWSBIN076E The job has ended."] }, 500))
      yield* Effect.gen(function* () {
        const tws = yield* Tws
        const error = yield* Effect.flip(tws.actOnJob(jobId, { _tag: "ConfirmSuccess" }))
        if (error._tag !== "TwsRejected") return assert.fail(error._tag)
        assert.deepStrictEqual(error.messageIds, ["AWSBIN076E"])
        assert.strictEqual((yield* breaker("tws_actions")).failedCalls, 0)
      }).pipe(Effect.provide(Stub.twsOver(stub)))
    })
  )

  it.effect("serves the last answer, marked stale, while the scheduler is away", () =>
    Effect.gen(function* () {
      const away = yield* Ref.make(false)
      const stub = yield* Stub.make(() => Effect.map(Ref.get(away), (away) => (away ? Stub.connectionRefused : list)))
      yield* Effect.gen(function* () {
        const tws = yield* Tws
        const first = yield* tws.jobs()
        yield* Ref.set(away, true)
        yield* TestClock.adjust("20 seconds")
        const fiber = yield* Effect.forkChild(tws.jobs())
        yield* TestClock.adjust("1 second")
        const second = yield* Fiber.join(fiber)
        assert.isTrue(second.stale)
        assert.deepStrictEqual(second.value, first.value)
        assert.isAtLeast(Duration.toSeconds(second.age), 20)
        yield* TestClock.adjust("1 minute")
        const error = yield* finish(Effect.flip(tws.jobs()))
        assert.include(["TwsUnavailable", "CircuitOpen"], error._tag)
      }).pipe(Effect.provide(Stub.twsOver(stub)))
    })
  )

  it.effect("watches the scheduler in the background and tells of changes", () =>
    Effect.gen(function* () {
      const away = yield* Ref.make(false)
      const stub = yield* Stub.make(() =>
        Effect.map(Ref.get(away), (away) => (away ? Stub.connectionRefused : Stub.json({ displayVersion: "10.2.8" })))
      )
      yield* Effect.gen(function* () {
        const tws = yield* Tws
        const watching = yield* tws.reachability.pipe(
          Stream.map(({ _tag }) => _tag),
          Stream.changes,
          Stream.takeUntil((tag) => tag === "Unreachable"),
          Stream.runCollect,
          Effect.forkChild
        )
        yield* TestClock.adjust("1 second")
        yield* Ref.set(away, true)
        yield* TestClock.adjust("20 seconds")
        const tags = yield* Fiber.join(watching)
        assert.deepStrictEqual(tags.slice(-2), ["Reachable", "Unreachable"])
        yield* Ref.set(away, false)
        const reachable = yield* tws.ping
        assert.strictEqual(reachable._tag === "Reachable" ? reachable.host : "", "mdm:31116")
      }).pipe(Effect.provide(Stub.twsOver(stub, { pingInterval: "15 seconds" })))
    })
  )

  it.effect("names an unknown workstation", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.make(() => Stub.json({}, 404))
      const error = yield* Tws.use((tws) => tws.workstation(WorkstationId.make(Stub.uuid(4)))).pipe(
        Effect.flip,
        Effect.provide(Stub.twsOver(stub))
      )
      assert.strictEqual(error.message, `The plan shows no workstation ${Stub.uuid(4)}`)
    })
  )
})
