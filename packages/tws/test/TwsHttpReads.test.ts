import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Fiber, Redacted, Schema, Stream } from "effect"
import { TestClock } from "effect/testing"
import { JobId, JobStreamId } from "../src/model/Ids.ts"
import { Cursor } from "../src/model/Page.ts"
import { Tws } from "../src/Tws.ts"
import * as Stub from "./StubScheduler.ts"

const jobId = (n: number) => JobId.make(Stub.uuid(n))

/** A list of `total` jobs that pages as the scheduler does. */
const paged =
  (total: number, job: (n: number) => Record<string, unknown> = () => ({})) =>
  (seen: Stub.Seen) => {
    if (seen.path !== "/twsd/api/v2/plan/job") return Stub.json({}, 404)
    const limit = Number(seen.query["limit"] ?? 10_000)
    const offset = Number(seen.query["offset"] ?? 0)
    const results = Array.from({ length: Math.max(0, Math.min(limit, total - offset)) }, (_, i) => offset + i)
    return Stub.json({
      count: total,
      results: results.map((n) => Stub.wireJob(n, job(n))),
      ...(offset + limit < total ? { next: `https://mdm/next?offset=${offset + limit}` } : {})
    })
  }

describe("Tws over HTTP: reads", () => {
  it.effect("asks for jobs in the scheduler's language", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.make(paged(3))
      const reading = yield* Tws.use((tws) =>
        tws.jobs({
          status: ["ERROR", "HELD"],
          workstation: "AGT",
          jobStream: "NIGHT*",
          name: "JOB?",
          sort: "scheduledAt",
          direction: "desc",
          limit: 2
        })
      ).pipe(
        Effect.provide(
          Stub.twsOver(stub, { credentials: { _tag: "Basic", user: "op", password: Redacted.make("secret") } })
        )
      )
      const [seen] = yield* stub.requests
      assert.strictEqual(
        seen?.query["oql"],
        "lastRunCommonStatus IN ['ERROR', 'HELD'] AND (workstation = '/AGT' OR workstation LIKE '@/AGT')" +
          " AND jobStreamName LIKE 'NIGHT@' AND name LIKE 'JOB@' ORDER BY schedTime DESC"
      )
      assert.strictEqual(seen?.headers["authorization"], `Basic ${btoa("op:secret")}`)
      assert.strictEqual(reading.value.items.length, 2)
      assert.isFalse(reading.stale)
    })
  )

  it.effect("signs in with a token", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.make(paged(0))
      yield* Tws.use((tws) => tws.jobs()).pipe(
        Effect.provide(Stub.twsOver(stub, { credentials: { _tag: "Bearer", token: Redacted.make("key") } }))
      )
      assert.strictEqual((yield* stub.requests)[0]?.headers["authorization"], "Bearer key")
    })
  )

  it.effect("pages by cursor, and binds a cursor to its query", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.make(paged(5))
      yield* Effect.gen(function* () {
        const tws = yield* Tws
        const first = (yield* tws.jobs({ limit: 2 })).value
        assert.deepStrictEqual([first.items.map(({ name }) => name), first.total], [["JOB0", "JOB1"], 5])
        assert.isDefined(first.nextCursor)
        if (first.nextCursor === undefined) return
        const second = (yield* tws.jobs({ limit: 3, cursor: first.nextCursor })).value
        assert.deepStrictEqual(
          second.items.map(({ name }) => name),
          ["JOB2", "JOB3", "JOB4"]
        )
        assert.isUndefined(second.nextCursor)
        for (const cursor of [first.nextCursor, Cursor.make("nonsense")]) {
          const error = yield* Effect.flip(tws.jobs({ name: "OTHER", cursor }))
          assert.strictEqual(error._tag, "TwsInvalidQuery")
        }
      }).pipe(Effect.provide(Stub.twsOver(stub)))
    })
  )

  it.effect("judges here what the query language cannot say, and loses nothing between pages", () =>
    Effect.gen(function* () {
      const total = 2500
      const at = (n: number) => DateTime.makeUnsafe(n * 60_000)
      const stub = yield* Stub.make(
        paged(total, (n) => ({
          jobOptions: { critical: n % 700 === 0 },
          schedTime: DateTime.formatIso(at(n))
        }))
      )
      yield* Effect.gen(function* () {
        const tws = yield* Tws
        const query = { critical: true, from: at(1), limit: 1 }
        const names: Array<string> = []
        let cursor: Cursor | undefined
        do {
          const { items, nextCursor } = (yield* tws.jobs({ ...query, ...(cursor === undefined ? {} : { cursor }) }))
            .value
          names.push(...items.map(({ name }) => name))
          cursor = nextCursor
        } while (cursor !== undefined)
        assert.deepStrictEqual(names, ["JOB700", "JOB1400", "JOB2100"])
      }).pipe(Effect.provide(Stub.twsOver(stub)))
    })
  )

  it.effect("streams all pages, each when it is wanted", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.make(paged(1200))
      yield* Effect.gen(function* () {
        const tws = yield* Tws
        const some = yield* Stream.runCollect(Stream.take(tws.allJobs(), 10))
        assert.strictEqual(some.length, 10)
        assert.strictEqual((yield* stub.requests).length, 1)
        const all = yield* Stream.runCollect(tws.allJobs())
        assert.strictEqual(new Set(all.map(({ id }) => id)).size, 1200)
        assert.deepStrictEqual(
          (yield* stub.requests).slice(1).map(({ query }) => query["offset"]),
          ["0", "500", "1000"]
        )
      }).pipe(Effect.provide(Stub.twsOver(stub)))
    })
  )

  it.effect("asks once for what many want at the same time", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.make((seen) =>
        Effect.delay(
          Effect.sync(() => paged(3)(seen)),
          "1 second"
        )
      )
      yield* Effect.gen(function* () {
        const tws = yield* Tws
        const readers = yield* Effect.forkChild(
          Effect.all([tws.jobs(), tws.jobs(), tws.jobs(), tws.jobs({ name: "A" })], { concurrency: "unbounded" })
        )
        yield* TestClock.adjust("1 second")
        const readings = yield* Fiber.join(readers)
        assert.isTrue(readings.every(({ value }) => value.items.length === 3))
        assert.strictEqual((yield* stub.requests).length, 2)
      }).pipe(Effect.provide(Stub.twsOver(stub)))
    })
  )

  it.effect("refuses a name that no query can hold without sending anything", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.make(paged(1))
      const error = yield* Tws.use((tws) => tws.jobs({ name: "x' OR name LIKE '@" })).pipe(
        Effect.flip,
        Effect.provide(Stub.twsOver(stub))
      )
      assert.strictEqual(error._tag, "TwsInvalidQuery")
      assert.deepStrictEqual(yield* stub.requests, [])
    })
  )

  it.effect("reads one job, and says which one is not there", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.make(({ path }) =>
        path.endsWith(Stub.uuid(1)) ? Stub.json(Stub.wireJob(1)) : Stub.json({ messages: ["no such job"] }, 404)
      )
      yield* Effect.gen(function* () {
        const tws = yield* Tws
        assert.strictEqual((yield* tws.job(jobId(1))).value.name, "JOB1")
        const error = yield* Effect.flip(tws.job(jobId(2)))
        assert.strictEqual(error._tag === "TwsObjectNotFound" ? `${error.kind} ${error.id}` : "", `job ${Stub.uuid(2)}`)
      }).pipe(Effect.provide(Stub.twsOver(stub)))
    })
  )

  it.effect("reads the log of the last run, and keeps a short one", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.make(({ path, query }) =>
        path.includes("/run/")
          ? { status: 200, body: `lines ${query["from_line"]} to ${query["to_line"]} of ${path.split("/").at(-2)}` }
          : Stub.json(
              Stub.wireJob(1, {
                jobruns: [{ id: Stub.uuid(21) }, { id: Stub.uuid(22), lastInRerunChain: true }]
              })
            )
      )
      yield* Effect.gen(function* () {
        const tws = yield* Tws
        for (const _ of [1, 2]) {
          const { value } = yield* tws.jobLog(jobId(1), { fromLine: 2, toLine: 5 })
          assert.strictEqual(yield* Stream.mkString(value), `lines 2 to 5 of ${Stub.uuid(22)}`)
        }
        assert.strictEqual((yield* stub.requests).filter(({ path }) => path.includes("/run/")).length, 1)
      }).pipe(Effect.scoped, Effect.provide(Stub.twsOver(stub)))
    })
  )

  it.effect("streams a log that is too long to keep", () =>
    Effect.gen(function* () {
      const text = "0123456789\n".repeat(60_000)
      const stub = yield* Stub.make(({ path }) =>
        path.includes("/run/")
          ? { status: 200, body: text }
          : Stub.json(Stub.wireJob(1, { jobruns: [{ id: Stub.uuid(22), lastInRerunChain: true }] }))
      )
      const log = yield* Tws.use((tws) =>
        Effect.flatMap(tws.jobLog(jobId(1)), ({ value }) => Stream.mkString(value))
      ).pipe(Effect.scoped, Effect.provide(Stub.twsOver(stub)))
      assert.strictEqual(log.length, text.length)
    })
  )

  it.effect("has no log before the first run", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.make(() => Stub.json(Stub.wireJob(1)))
      const error = yield* Tws.use((tws) => tws.jobLog(jobId(1))).pipe(
        Effect.flip,
        Effect.scoped,
        Effect.provide(Stub.twsOver(stub))
      )
      assert.strictEqual(error._tag === "TwsObjectNotFound" ? error.kind : error._tag, "run")
    })
  )

  it.effect("lets the engine walk the graph where it can", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.make(({ path }) =>
        path.endsWith("/successors")
          ? Stub.json({
              count: 2,
              results: [
                Stub.wireJob(2),
                { flowNodeType: "JOBSTREAM", id: Stub.uuid(7), name: "DAY", commonStatus: "WAITING" }
              ]
            })
          : Stub.json({}, 404)
      )
      const { value } = yield* Tws.use((tws) => tws.successors(jobId(1), { depth: 2 })).pipe(
        Effect.provide(Stub.twsOver(stub))
      )
      assert.deepStrictEqual(
        value.nodes.map(({ _tag, name }) => `${_tag} ${name}`),
        ["Job JOB2", "JobStream DAY"]
      )
      assert.strictEqual((yield* stub.requests)[0]?.query["depth"], "2")
    })
  )

  it.effect("walks the graph itself where the engine cannot, and remembers that", () =>
    Effect.gen(function* () {
      const internal = (n: number) => ({
        dependencies: [{ dependencyType: "INTERNAL", jobId: Stub.uuid(n), jobName: `JOB${n}` }]
      })
      const jobs = [Stub.wireJob(1), Stub.wireJob(2, internal(1)), Stub.wireJob(3, internal(2))]
      const stub = yield* Stub.make(({ path, query }) => {
        if (/(predecessors|successors)$/.test(path)) return Stub.json({}, 404)
        if (path.endsWith("/plan/jobstream")) return Stub.json({ count: 0, results: [] })
        if (path.endsWith("/plan/job")) {
          return Stub.json({ count: 3, results: query["oql"]?.startsWith("jobStreamId") === true ? jobs : [] })
        }
        const job = jobs.find(({ id }) => path.endsWith(id))
        return job === undefined ? Stub.json({}, 404) : Stub.json(job)
      })
      yield* Effect.gen(function* () {
        const tws = yield* Tws
        const successors = (yield* tws.successors(jobId(1), { depth: 5 })).value
        assert.deepStrictEqual(
          successors.nodes.map(({ name, distance }) => [name, distance]),
          [
            ["JOB2", 1],
            ["JOB3", 2]
          ]
        )
        const predecessors = (yield* tws.predecessors(jobId(3), { depth: 5 })).value
        assert.deepStrictEqual(
          predecessors.nodes.map(({ name }) => name),
          ["JOB2", "JOB1"]
        )
        const tried = (yield* stub.requests).filter(({ path }) => /(predecessors|successors)$/.test(path))
        assert.strictEqual(tried.length, 1)
        const error = yield* Effect.flip(tws.successors(jobId(99)))
        assert.strictEqual(error._tag, "TwsObjectNotFound")
      }).pipe(Effect.provide(Stub.twsOver(stub)))
    })
  )

  it.effect("lists prompts by V1 where V2 has none", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.make(({ path, method, headers }) =>
        path === "/twsd/plan/current/prompt/query" && method === "POST" && headers["how-many"] !== undefined
          ? Stub.json([
              { id: "AGT;1", promptInPlanKey: { name: "P1" }, status: "ASKED", number: 1, text: "Go on?" },
              { id: "AGT;2", promptInPlanKey: { name: "P2" }, status: "ANSWERED_YES", number: 2 }
            ])
          : Stub.json({}, 404)
      )
      const { value } = yield* Tws.use((tws) => tws.prompts({ status: ["ASKED"] })).pipe(
        Effect.provide(Stub.twsOver(stub))
      )
      assert.deepStrictEqual(
        value.items.map(({ name, text }) => [name, text]),
        [["P1", "Go on?"]]
      )
    })
  )

  it.effect("says why a job waits", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.make(({ path }) => {
        if (path.endsWith("/issues"))
          return Stub.json({ issues: [{ id: Stub.uuid(1), issueMessage: "AWSX no agent" }] })
        if (path.includes("/workstation/")) {
          return Stub.json({ id: Stub.uuid(5), name: "AGT", activeStates: ["RUNNING"], limit: 10, fence: 50 })
        }
        return Stub.json(
          Stub.wireJob(1, {
            priority: 10,
            workstationId: Stub.uuid(5),
            lastRunCompositeStatus: { status: "HOLD", substatus: "HOLD_WAITING_FOR_PREDECESSOR" },
            dependencies: [
              { dependencyType: "INTERNAL", dependencyStatus: "UNSATISFIED", jobId: Stub.uuid(2), jobName: "JOB2" },
              { dependencyType: "FILE", dependencyStatus: "SATISFIED", file: { name: "/in" } }
            ]
          })
        )
      })
      const { value } = yield* Tws.use((tws) => tws.waiting(jobId(1))).pipe(Effect.provide(Stub.twsOver(stub)))
      assert.deepStrictEqual(
        value.reasons.map(({ _tag }) => _tag),
        ["Dependency", "Workstation", "Fence", "Issue"]
      )
    })
  )

  it.effect("previews a rerun by the engine, under the id that V1 knows", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.make(({ path }) => {
        if (path.includes("jobsuccessors/preview")) {
          return Stub.json([{ id: "AGT;0AAAAAAAAAAAAAAT;JOB2", key: { name: "JOB2" } }])
        }
        if (path.includes("/jobstream/")) {
          return Stub.json({ id: Stub.uuid(9000), name: "NIGHT", internalIdentifier: "0AAAAAAAAAAAAAAT" })
        }
        return Stub.json(Stub.wireJob(1, { jobStreamWorkstation: "/AGT" }))
      })
      const { value } = yield* Tws.use((tws) => tws.impact(jobId(1))).pipe(Effect.provide(Stub.twsOver(stub)))
      assert.strictEqual(value.source, "engine")
      assert.deepStrictEqual(
        value.jobs.map(({ name }) => name),
        ["JOB2"]
      )
      assert.include((yield* stub.requests).at(-1)?.path, "/plan/current/job/AGT%3B0AAAAAAAAAAAAAAT%3BJOB1/")
    })
  )

  it.effect("previews a rerun by the graph where the engine cannot", () =>
    Effect.gen(function* () {
      for (const status of [404, 400]) {
        const stub = yield* Stub.make(({ path }) => {
          if (path.includes("jobsuccessors/preview")) return Stub.json({}, status)
          if (path.endsWith("/successors")) return Stub.json({ results: [Stub.wireJob(2)] })
          if (path.includes("/jobstream/")) {
            return Stub.json({ id: Stub.uuid(9000), name: "NIGHT", internalIdentifier: "0AAAAAAAAAAAAAAT" })
          }
          return Stub.json(Stub.wireJob(1, { jobStreamWorkstation: "/AGT" }))
        })
        const { value } = yield* Tws.use((tws) => tws.impact(jobId(1))).pipe(Effect.provide(Stub.twsOver(stub)))
        assert.deepStrictEqual([value.source, value.jobs.map(({ name }) => name)], ["graph", ["JOB2"]])
      }
    })
  )

  it.effect("knows the critical jobs and their risk", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.make(() =>
        Stub.json([
          {
            id: "AGT;0AAAAAAAAAAAAAAT;CLOSE",
            jobStreamInPlan: { name: "NIGHT" },
            status: { commonStatus: "WAITING", internalStatus: "HOLD" },
            criticalNetworkInfo: { alertLevel: "HIGH_RISK", deadline: "2026-11-24T06:00:00" }
          },
          { id: "X", key: { name: "OTHER", workstationKey: { name: "W" } }, status: "EXEC" }
        ])
      )
      const { value } = yield* Tws.use((tws) => tws.criticalJobs({ risk: ["HIGH_RISK"], limit: 5 })).pipe(
        Effect.provide(Stub.twsOver(stub))
      )
      const [close, other] = value
      assert.deepStrictEqual(close, {
        id: "AGT;0AAAAAAAAAAAAAAT;CLOSE",
        name: "CLOSE",
        jobStream: "NIGHT",
        workstation: "AGT",
        commonStatus: "WAITING",
        risk: "HIGH_RISK",
        deadline: DateTime.makeUnsafe("2026-11-24T06:00:00Z")
      })
      assert.deepStrictEqual([other?.name, other?.workstation, other?.commonStatus], ["OTHER", "W", "RUNNING"])
      const [seen] = yield* stub.requests
      assert.deepStrictEqual(seen?.body, { filters: { criticalJobInPlanFilter: { alertLevelList: ["HIGH_RISK"] } } })
      assert.strictEqual(seen?.headers["how-many"], "5")
    })
  )

  it.effect("tells what the engine can do from its own description, or from what it answered", () =>
    Effect.gen(function* () {
      const described = yield* Stub.make(({ path }) =>
        path.endsWith("engine/info")
          ? Stub.json({ displayVersion: "10.2.8" })
          : path.endsWith("WA_API3_v2.json")
            ? Stub.json({ paths: { "/twsd/api/v2/plan/prompt": {}, "/twsd/api/v2/plan/file": {} } })
            : Stub.json({}, 404)
      )
      const { value } = yield* Tws.use((tws) => tws.capabilities).pipe(Effect.provide(Stub.twsOver(described)))
      assert.deepStrictEqual(value, {
        engineVersion: "10.2.8",
        jobGraph: false,
        jobStreamGraph: false,
        jobStreamCount: false,
        prompts: true,
        files: true,
        source: "specification"
      })
      const silent = yield* Stub.make(({ path }) =>
        path.endsWith("engine/info") ? Stub.json({ displayVersion: "10.1" }) : Stub.json({}, 404)
      )
      const observed = yield* Tws.use((tws) => tws.capabilities).pipe(Effect.provide(Stub.twsOver(silent)))
      assert.strictEqual(observed.value.source, "observation")
    })
  )

  it.effect("reads the plan from its master, and counts it", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.make(({ path, query }) => {
        if (path.endsWith("/plan/workstation")) {
          return Stub.json({
            results: [
              { id: Stub.uuid(5), name: "AGT", activeStates: [] },
              {
                id: Stub.uuid(6),
                name: "MDM",
                key: "/MDM",
                activeStates: ["MASTER", "LINKED"],
                runNumber: 77,
                planId: "p"
              }
            ]
          })
        }
        if (path.endsWith("/job/count")) {
          return Stub.json({
            count: 3,
            groupedCount: query["grouping_filters"] === "status" ? { SUCC: 2, ABEND: 1 } : {}
          })
        }
        if (path.endsWith("/jobstream/count")) return Stub.json({}, 404)
        if (path.endsWith("/plan/jobstream")) {
          return Stub.json({ count: 4, results: [{ id: Stub.uuid(8), name: "FINAL", commonStatus: "WAITING" }] })
        }
        return Stub.json({}, 404)
      })
      yield* Effect.gen(function* () {
        const tws = yield* Tws
        const { value: plan } = yield* tws.plan
        assert.deepStrictEqual(plan, { id: "p", runNumber: 77, master: "/MDM", final: { commonStatus: "WAITING" } })
        const { value: summary } = yield* tws.summary
        assert.deepStrictEqual(summary, {
          jobs: { total: 3, byStatus: { SUCC: 2, ABEND: 1 }, byWorkstation: {} },
          jobStreams: { total: 4 },
          workstations: { total: 2, unlinked: 1 }
        })
      }).pipe(Effect.provide(Stub.twsOver(stub)))
    })
  )

  it.effect("keeps ids of other shapes out", () =>
    Effect.gen(function* () {
      for (const id of ["", "A;B;C", "../../engine", `${Stub.uuid(1)}/x`]) {
        assert.strictEqual((yield* Effect.flip(Schema.decodeUnknownEffect(JobId)(id)))._tag, "SchemaError")
        assert.strictEqual((yield* Effect.flip(Schema.decodeUnknownEffect(JobStreamId)(id)))._tag, "SchemaError")
      }
    })
  )
})
