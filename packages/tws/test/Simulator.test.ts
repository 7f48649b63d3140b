import { NodeFileSystem } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { CircuitBreakerRegistry } from "@resync/resilience/CircuitBreakerRegistry"
import * as Resilience from "@resync/resilience/Resilience"
import { ResiliencePolicyRegistry } from "@resync/resilience/ResiliencePolicyRegistry"
import { SimulatorServer, type SimulatorServerOptions } from "@resync/tws-simulator/SimulatorServer"
import { Effect, FileSystem, Layer, Redacted, Stream } from "effect"
import { Tws } from "../src/Tws.ts"
import * as TwsHttp from "../src/TwsHttp.ts"
import type { TwsOptions } from "../src/TwsOptions.ts"

const credentials = { _tag: "Basic", user: "wauser", password: Redacted.make("wapassword") } as const

/** Our client over a socket to a simulator of its own. */
const simulated = (server: SimulatorServerOptions = {}, options: Partial<TwsOptions> = {}) =>
  Layer.unwrap(
    Effect.map(SimulatorServer, ({ url }) =>
      TwsHttp.layer({ urls: [new URL(url)], credentials, pingInterval: "1 hour", ...options })
    )
  ).pipe(
    Layer.provideMerge(SimulatorServer.layer({ jobs: 400, clock: "stepped", ...server })),
    Layer.provideMerge(Resilience.layer())
  )

const breaker = (name: string) =>
  CircuitBreakerRegistry.use((registry) => Effect.flatMap(registry.get(name), ({ snapshot }) => snapshot))

const step = (duration: "5 seconds" | "2 minutes" | "1 hour") =>
  Effect.flatMap(SimulatorServer, ({ control }) => control.stepClock(duration))

describe("Tws against the simulator", () => {
  it.live("reads everything there is", () =>
    Effect.gen(function* () {
      const tws = yield* Tws
      yield* step("1 hour")
      assert.strictEqual((yield* tws.ping)._tag, "Reachable")
      assert.match((yield* tws.engine).value.version, /^10\.2\.8/)
      const { value: capabilities } = yield* tws.capabilities
      assert.strictEqual(capabilities.source, "specification")

      const { value: plan } = yield* tws.plan
      assert.isDefined(plan.master)
      const { value: summary } = yield* tws.summary
      const jobs = yield* Stream.runCollect(tws.allJobs())
      assert.strictEqual(summary.jobs.total, jobs.length)
      assert.strictEqual(
        Object.values(summary.jobs.byStatus).reduce((sum, n) => sum + n, 0),
        jobs.length
      )
      assert.strictEqual(new Set(jobs.map(({ id }) => id)).size, jobs.length)

      const done = (yield* tws.jobs({ status: ["SUCCESSFUL"], sort: "name", limit: 5 })).value
      assert.isAbove(done.items.length, 0)
      assert.isTrue(done.items.every(({ commonStatus }) => commonStatus === "SUCCESSFUL"))
      const [first] = done.items
      if (first === undefined) return
      const { value: job } = yield* tws.job(first.id)
      assert.strictEqual(job.name, first.name)
      assert.isDefined(job.dependencies)
      assert.isAbove((yield* tws.jobHistory(job.id)).value.length, 0)
      const log = yield* Effect.scoped(Effect.flatMap(tws.jobLog(job.id), ({ value }) => Stream.mkString(value)))
      assert.include(log, "= Exit Status")
      const named = (yield* tws.jobs({ name: job.name, workstation: job.workstation ?? "" })).value
      assert.isTrue(named.items.some(({ id }) => id === job.id))

      assert.strictEqual(yield* Stream.runCount(tws.allJobStreams()), summary.jobStreams.total)
      const [stream] = (yield* tws.jobStreams({ limit: 1 })).value.items
      assert.isDefined(stream)
      if (stream !== undefined) assert.strictEqual((yield* tws.jobStream(stream.id)).value.name, stream.name)
      const { value: workstations } = yield* tws.workstations()
      assert.strictEqual(workstations.items.length, summary.workstations.total)
      const { value: resources } = yield* tws.resources()
      assert.isAbove(resources.items.length, 0)
      yield* tws.prompts()
      yield* tws.criticalJobs()
      for (const kind of ["jobdefinition", "jobstream", "workstation", "calendar"] as const) {
        const { value } = yield* tws.model(kind, { limit: 2 })
        assert.isAbove(value.items.length, 0, kind)
        const id = value.items[0]?.id
        if (id !== undefined) assert.strictEqual((yield* tws.modelObject(kind, id)).value.id, id)
      }
      assert.include((yield* tws.metrics).value, "application_wa_JobsInPlanCount_job")
    }).pipe(Effect.provide(simulated()))
  )

  it.live("walks the graph both ways, and previews what a rerun touches", () =>
    Effect.gen(function* () {
      const tws = yield* Tws
      const jobs = yield* Stream.runCollect(tws.allJobs({ dependencies: true }))
      const dependent = jobs.find(({ dependencies }) =>
        dependencies?.some((dependency) => dependency._tag === "Job" && !dependency.external)
      )
      if (dependent === undefined) return assert.fail("no job with a predecessor")
      const { value: predecessors } = yield* tws.predecessors(dependent.id)
      const [predecessor] = predecessors.nodes
      if (predecessor?._tag !== "Job") return assert.fail("no predecessor")
      const { value: successors } = yield* tws.successors(predecessor.id)
      assert.include(
        successors.nodes.map(({ id }) => id as string),
        dependent.id
      )
      const { value: impact } = yield* tws.impact(predecessor.id)
      assert.include(
        impact.jobs.map(({ name }) => name),
        dependent.name
      )
      const { value: waiting } = yield* tws.waiting(dependent.id)
      assert.strictEqual(waiting.job.id, dependent.id)
    }).pipe(Effect.provide(simulated()))
  )

  it.live("acts, and sees in the plan what came of it", () =>
    Effect.gen(function* () {
      const tws = yield* Tws
      const justification = { reason: "test", ticket: "CHG-1" }
      const waiting = (yield* tws.jobs({ status: ["WAITING"], limit: 3 })).value.items
      const [job] = waiting
      if (job === undefined) return assert.fail("nothing waits")
      const once = { within: "100 millis", every: "1 second" } as const

      const hold = yield* tws.actOnJob(job.id, { _tag: "Hold" }, { justification })
      assert.isFalse((yield* tws.confirm(hold, once)).confirmed)
      yield* step("5 seconds")
      assert.isTrue((yield* tws.confirm(hold, once)).confirmed)
      assert.strictEqual((yield* tws.job(job.id)).value.priority, 0)

      const release = yield* tws.actOnJob(job.id, { _tag: "Release" }, { justification })
      yield* step("5 seconds")
      assert.isTrue((yield* tws.confirm(release, once)).confirmed)

      const priority = yield* tws.actOnJob(job.id, { _tag: "SetPriority", priority: 50 })
      yield* step("5 seconds")
      assert.isTrue((yield* tws.confirm(priority, once)).confirmed)

      const cancel = yield* tws.actOnJob(job.id, { _tag: "Cancel" }, { justification })
      yield* step("5 seconds")
      assert.isTrue((yield* tws.confirm(cancel, once)).confirmed)

      const [done] = (yield* tws.jobs({ status: ["SUCCESSFUL"], limit: 1 })).value.items
      if (done === undefined) return assert.fail("nothing is done")
      const refused = yield* Effect.flip(tws.actOnJob(done.id, { _tag: "ConfirmSuccess" }))
      assert.deepStrictEqual(refused._tag === "TwsRejected" ? refused.messageIds : refused._tag, ["AWSBIN076E"])
      const rerun = yield* tws.actOnJob(done.id, { _tag: "Rerun" }, { justification })
      yield* step("5 seconds")
      assert.isTrue((yield* tws.confirm(rerun, once)).confirmed)

      const [workstation] = (yield* tws.workstations({ linked: true })).value.items.filter(
        ({ type }) => type === "AGENT"
      )
      if (workstation === undefined) return assert.fail("no agent")
      const limit = yield* tws.actOnWorkstation(workstation.id, { _tag: "SetLimit", limit: 7 })
      yield* step("5 seconds")
      assert.isTrue((yield* tws.confirm(limit, once)).confirmed)
      const unlink = yield* tws.actOnWorkstation(workstation.id, { _tag: "Unlink" }, { justification })
      yield* step("5 seconds")
      assert.isTrue((yield* tws.confirm(unlink, once)).confirmed)

      const { changes } = yield* Effect.flatMap(SimulatorServer, ({ control }) => control.stats)
      const justified = changes.filter(({ ticket, description }) => ticket === "CHG-1" && description === "test")
      // Hold, release, cancel, rerun and unlink.
      assert.strictEqual(justified.length, 5)

      const [stream] = (yield* tws.jobStreams({ status: ["WAITING"], limit: 1 })).value.items
      if (stream === undefined) return assert.fail("no stream waits")
      for (const action of [{ _tag: "Hold" }, { _tag: "Release" }, { _tag: "SetLimit", limit: 2 }] as const) {
        const accepted = yield* tws.actOnJobStream(stream.id, action)
        yield* step("5 seconds")
        assert.isTrue((yield* tws.confirm(accepted, once)).confirmed, action._tag)
      }
    }).pipe(Effect.provide(Layer.provideMerge(Layer.effectDiscard(step("1 hour")), simulated())))
  )

  it.live("acts on many at once within the caller's count", () =>
    Effect.gen(function* () {
      const tws = yield* Tws
      const { items } = (yield* tws.jobs({ status: ["WAITING"], limit: 1 })).value
      const name = items[0]?.name ?? ""
      const matching = (yield* tws.jobs({ name })).value.items.length
      const { accepted, refused } = yield* tws.actOnJobs({ name }, { _tag: "Hold" }, { expected: matching })
      assert.deepStrictEqual([accepted.length, refused.length], [matching, 0])
    }).pipe(Effect.provide(simulated()))
  )

  it.live("submits, and finds what it submitted", () =>
    Effect.gen(function* () {
      const tws = yield* Tws
      const once = { within: "100 millis", every: "1 second" } as const
      const definition = (yield* tws.model("jobstream", { limit: 10 })).value.items.find(
        ({ name }) => !name.startsWith("FINAL")
      )
      if (definition?.id === undefined) return assert.fail("no definition")
      const submitted = yield* tws.submitJobStream(definition.id, { alias: "EXTRA1" })
      yield* step("5 seconds")
      assert.isTrue((yield* tws.confirm(submitted, once)).confirmed)

      const agent = (yield* tws.workstations({ linked: true })).value.items.find(({ type }) => type === "AGENT")
      const { control } = yield* SimulatorServer
      yield* control.setSpeed(10)
      const adHoc = yield* tws.submitAdHocJob({
        workstation: agent?.name ?? "",
        alias: "SLEEPER",
        task: { _tag: "Unix", text: "sleep 120", login: "wauser" }
      })
      assert.strictEqual(adHoc.expects._tag === "SubmittedJobs" ? adHoc.expects.ids.length : 0, 1)
      const id = adHoc.expects._tag === "SubmittedJobs" ? adHoc.expects.ids[0] : undefined
      if (id !== undefined) assert.strictEqual((yield* tws.job(id)).value.name, "SLEEPER")
    }).pipe(Effect.provide(simulated({ clock: "real" })))
  )

  it.live("signs in with a key, and tells apart who it is not and what he may not", () =>
    Effect.gen(function* () {
      const asked = (credentials: TwsOptions["credentials"]) =>
        Effect.gen(function* () {
          const tws = yield* Tws
          const [job] = (yield* tws.jobs({ limit: 1 })).value.items
          if (job !== undefined) yield* tws.actOnJob(job.id, { _tag: "Hold" })
        }).pipe(Effect.result, Effect.provide(simulated({ jobs: 50 }, { credentials })), Effect.scoped)
      const wrong = yield* asked({ ...credentials, password: Redacted.make("wrong") })
      assert.strictEqual(wrong._tag === "Failure" ? wrong.failure._tag : "", "TwsUnauthorized")
      const viewer = yield* asked({ _tag: "Bearer", token: Redacted.make("viewer-api-key") })
      assert.strictEqual(viewer._tag === "Failure" ? viewer.failure._tag : "", "TwsForbidden")
      const operator = yield* asked({ _tag: "Bearer", token: Redacted.make("wa-api-key") })
      assert.strictEqual(operator._tag, "Success")
    })
  )

  it.live("trusts a private authority when told to, nobody's certificate otherwise", () =>
    Effect.gen(function* () {
      const read = Effect.flatMap(Tws, (tws) => tws.ping)
      const { certificate, url } = yield* SimulatorServer
      const file = yield* Effect.flatMap(FileSystem.FileSystem, (fs) =>
        Effect.tap(fs.makeTempFileScoped(), (path) => fs.writeFileString(path, certificate ?? ""))
      )
      const client = (options: Partial<TwsOptions>) =>
        TwsHttp.layer({ urls: [new URL(url)], credentials, ...options }).pipe(
          Layer.provide(Layer.fresh(Resilience.layer()))
        )
      const refused = yield* Effect.flip(read).pipe(Effect.provide(client({})))
      assert.strictEqual(refused._tag === "TwsUnavailable" ? refused.reason : refused._tag, "transport")
      assert.strictEqual(
        (yield* read.pipe(Effect.provide(client({ certificateAuthorityFile: file }))))._tag,
        "Reachable"
      )
      const blind = client({ insecureSkipTlsVerification: true })
      assert.strictEqual((yield* read.pipe(Effect.provide(blind)))._tag, "Reachable")
    }).pipe(
      Effect.scoped,
      Effect.provide([SimulatorServer.layer({ jobs: 20, tls: "self-signed" }), NodeFileSystem.layer])
    )
  )

  it.live(
    "gets over faults that pass, and stands by its last answer through those that stay",
    () =>
      Effect.gen(function* () {
        const tws = yield* Tws
        const { control } = yield* SimulatorServer
        const kinds = [
          { kind: "reset" },
          { kind: "truncate" },
          { kind: "garble" },
          { kind: "status", status: 502 }
        ] as const
        for (const [index, action] of kinds.entries()) {
          yield* control.setFaults([{ path: "/twsd/api/v2/plan/job*", count: 1, action }])
          const { value } = yield* tws.jobs({ limit: index + 1 })
          assert.strictEqual(value.items.length, index + 1, action.kind)
        }
        const fresh = yield* tws.workstations()
        yield* control.setFaults([{ action: { kind: "status", status: 500 } }])
        const again = yield* tws.workstations()
        assert.deepStrictEqual(again.value, fresh.value)
        const error = yield* Effect.flip(tws.resources())
        assert.strictEqual(error._tag, "TwsUnavailable")
        assert.strictEqual((yield* breaker("tws_resource_usage")).state, "OPEN")
      }).pipe(Effect.provide(simulated())),
    120_000
  )

  it.live("hangs and dribbles cost no more than the time of an attempt, and no connections", () =>
    Effect.gen(function* () {
      const tws = yield* Tws
      const { control } = yield* SimulatorServer
      const policies = yield* ResiliencePolicyRegistry
      yield* policies.reconfigure("tws_jobs_status", {
        attemptTimeout: "150 millis",
        retry: { maxAttempts: 1 }
      })
      const actions = [{ kind: "hang" }, { kind: "drip", bytes: 1, everyMillis: 50 }] as const
      for (const [index, action] of actions.entries()) {
        const limit = 10 * (index + 1)
        yield* control.setFaults([{ path: "/twsd/api/v2/plan/job*", action }])
        const errors = yield* Effect.forEach([1, 2, 3], (n) => Effect.flip(tws.jobs({ limit: limit + n })), {
          concurrency: "unbounded"
        })
        assert.deepStrictEqual(
          errors.map(({ _tag }) => _tag),
          ["TwsTimeout", "TwsTimeout", "TwsTimeout"],
          action.kind
        )
        assert.strictEqual((yield* Effect.flip(tws.jobs({ limit: limit + 4 })))._tag, "CircuitOpen")
        yield* control.setFaults([])
        yield* Effect.flatMap(CircuitBreakerRegistry, ({ reset }) => reset("tws_jobs_status"))
        // There are three connections: if the calls above had kept theirs, this one would have none.
        assert.strictEqual((yield* tws.jobs({ limit })).value.items.length, limit)
      }
    }).pipe(Effect.provide(simulated({}, { connections: { perHost: 3 } })))
  )

  it.live("reads a job log again when it breaks off", () =>
    Effect.gen(function* () {
      const tws = yield* Tws
      yield* step("1 hour")
      const [done] = (yield* tws.jobs({ status: ["SUCCESSFUL"], limit: 1 })).value.items
      if (done === undefined) return assert.fail("nothing is done")
      const { control } = yield* SimulatorServer
      yield* control.setFaults([{ path: "*/joblog", count: 1, action: { kind: "truncate" } }])
      const { value } = yield* tws.jobLog(done.id)
      assert.include(yield* Stream.mkString(value), "= Exit Status")
      const { calls } = yield* breaker("tws_job_log")
      assert.deepStrictEqual([calls.failed, calls.successful], [1, 1])
    }).pipe(Effect.scoped, Effect.provide(simulated()))
  )

  it.live("sends every action once, whatever becomes of the answer", () =>
    Effect.gen(function* () {
      const tws = yield* Tws
      const { control } = yield* SimulatorServer
      const { items } = (yield* tws.jobs({ status: ["WAITING"], limit: 30 })).value
      yield* Effect.flatMap(CircuitBreakerRegistry, ({ disable }) => disable("tws_actions"))
      yield* Effect.flatMap(CircuitBreakerRegistry, ({ list }) =>
        Effect.flatMap(
          list,
          Effect.forEach((breaker) => (breaker.name.includes("@") ? breaker.disable : Effect.void))
        )
      )
      yield* control.resetStats
      yield* control.setFaults([
        { method: "PUT", probability: 0.4, action: { kind: "reset" } },
        { method: "PUT", probability: 0.4, action: { kind: "truncate" } }
      ])
      const results = yield* Effect.forEach(items, ({ id }) => Effect.result(tws.actOnJob(id, { _tag: "Hold" })), {
        concurrency: 4
      })
      const failed = results.filter(({ _tag }) => _tag === "Failure").length
      assert.isAbove(failed, 0)
      assert.isBelow(failed, items.length)
      const { faults, requests } = yield* control.stats
      const sent = Object.entries(requests).filter(([route]) => route.startsWith("PUT "))
      // A request whose connection is reset is counted as a fault and not as a request.
      assert.strictEqual(
        sent.reduce((sum, [, count]) => sum + count, faults["reset"] ?? 0),
        items.length
      )
    }).pipe(Effect.provide(simulated()))
  )

  it.live("reads from the backup when nobody is at home at the master", () =>
    Effect.gen(function* () {
      const { url } = yield* SimulatorServer
      const tws = TwsHttp.layer({ urls: [new URL("http://127.0.0.1:1"), new URL(url)], credentials })
      const reachable = yield* Effect.flatMap(Tws, ({ ping }) => ping).pipe(
        Effect.provide(Layer.provide(tws, Resilience.layer()))
      )
      assert.strictEqual(reachable._tag === "Reachable" ? reachable.host : "", new URL(url).host)
    }).pipe(Effect.provide(SimulatorServer.layer({ jobs: 20 })))
  )
})
