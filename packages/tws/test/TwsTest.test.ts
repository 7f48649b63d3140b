import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Ref, Stream } from "effect"
import { TestClock } from "effect/testing"
import { ModelObjectId } from "../src/model/Ids.ts"
import type { JobAction } from "../src/model/JobAction.ts"
import type { JobStreamAction } from "../src/model/JobStreamAction.ts"
import type { WorkstationAction } from "../src/model/WorkstationAction.ts"
import { Tws } from "../src/Tws.ts"
import { TwsTest } from "../src/TwsTest.ts"
import * as Plan from "../src/TwsTestPlan.ts"

const extract = Plan.job({ name: "EXTRACT", workstation: "/AGT", commonStatus: "SUCCESSFUL", priority: 30 })
const load = Plan.job({
  name: "LOAD",
  workstation: "/AGT",
  runs: [Plan.jobRun({ name: "LOAD" })],
  dependencies: [
    { _tag: "Job", jobId: extract.id, jobName: "EXTRACT", external: false, conditional: false, status: "UNSATISFIED" }
  ]
})
const report = Plan.job({
  name: "REPORT",
  workstation: "/PROD/OTHER",
  critical: true,
  dependencies: [{ _tag: "Job", jobId: load.id, external: true, conditional: false }]
})
const agent = Plan.workstation({ name: "AGT", key: "/AGT", linked: false })

const plan = TwsTest.layer({
  jobs: [extract, load, report],
  jobStreams: [Plan.jobStream({ name: "NIGHT" })],
  workstations: [agent],
  resources: [Plan.resource({ name: "TAPE" })],
  prompts: [Plan.prompt({ name: "GO" })],
  model: [
    {
      kind: "jobdefinition",
      id: ModelObjectId.make("00000000-0000-4000-8000-000000000001"),
      name: "LOADX",
      definition: {}
    }
  ],
  logs: { [load.id]: "one\ntwo\nthree" }
})

describe("TwsTest", () => {
  it.effect("answers queries as the scheduler does", () =>
    Effect.gen(function* () {
      const tws = yield* Tws
      const names = (query: Parameters<typeof tws.jobs>[0]) =>
        Effect.map(tws.jobs(query), ({ value }) => value.items.map(({ name }) => name))
      assert.deepStrictEqual(yield* names({ name: "*L*D" }), ["LOAD"])
      assert.deepStrictEqual(yield* names({ workstation: "AGT", sort: "name", direction: "desc" }), ["LOAD", "EXTRACT"])
      assert.deepStrictEqual(yield* names({ workstation: "OTHER" }), ["REPORT"])
      assert.deepStrictEqual(yield* names({ status: ["SUCCESSFUL"] }), ["EXTRACT"])
      assert.deepStrictEqual(yield* names({ critical: true }), ["REPORT"])
      const { value: first } = yield* tws.jobs({ limit: 2 })
      assert.isDefined(first.nextCursor)
      if (first.nextCursor === undefined) return
      assert.deepStrictEqual(yield* names({ limit: 2, cursor: first.nextCursor }), ["REPORT"])
      assert.strictEqual(
        (yield* Effect.flip(tws.jobs({ name: "X", cursor: first.nextCursor })))._tag,
        "TwsInvalidQuery"
      )
      assert.strictEqual(yield* Stream.runCount(tws.allJobs()), 3)
      assert.strictEqual((yield* tws.summary).value.workstations.unlinked, 1)
    }).pipe(Effect.provide(plan))
  )

  it.effect("knows the graph, the reasons and the logs of its plan", () =>
    Effect.gen(function* () {
      const tws = yield* Tws
      const { value: successors } = yield* tws.successors(extract.id, { depth: 5 })
      assert.deepStrictEqual(
        successors.nodes.map(({ name, distance }) => [name, distance]),
        [
          ["LOAD", 1],
          ["REPORT", 2]
        ]
      )
      assert.strictEqual((yield* tws.predecessors(load.id)).value.nodes[0]?.name, "EXTRACT")
      assert.strictEqual((yield* tws.impact(extract.id)).value.jobs.length, 2)
      assert.deepStrictEqual(
        (yield* tws.waiting(load.id)).value.reasons.map(({ _tag }) => _tag),
        ["Dependency", "Workstation"]
      )
      const { value: log } = yield* Effect.scoped(tws.jobLog(load.id, { fromLine: 2 }))
      assert.strictEqual(yield* Stream.mkString(log), "two\nthree")
      assert.strictEqual((yield* Effect.flip(Effect.scoped(tws.jobLog(report.id))))._tag, "TwsObjectNotFound")
    }).pipe(Effect.provide(plan))
  )

  it.effect("does what it accepts", () =>
    Effect.gen(function* () {
      const tws = yield* Tws
      const actions: ReadonlyArray<JobAction> = [
        { _tag: "Hold" },
        { _tag: "Release" },
        { _tag: "SetPriority", priority: 5 },
        { _tag: "ReleaseDependencies" },
        { _tag: "Rerun" },
        { _tag: "Kill" },
        { _tag: "ConfirmSuccess" },
        { _tag: "ConfirmAbend" },
        { _tag: "Cancel" }
      ]
      for (const action of actions) {
        const accepted = yield* tws.actOnJob(load.id, action)
        assert.isTrue((yield* tws.confirm(accepted)).confirmed, action._tag)
      }
      const onWorkstation: ReadonlyArray<WorkstationAction> = [
        { _tag: "Link" },
        { _tag: "Unlink" },
        { _tag: "Stop" },
        { _tag: "Start" },
        { _tag: "SetLimit", limit: 3 },
        { _tag: "SetFence", fence: 9 }
      ]
      for (const action of onWorkstation) {
        const accepted = yield* tws.actOnWorkstation(agent.id, action)
        assert.isTrue((yield* tws.confirm(accepted)).confirmed, action._tag)
      }
      const [prompt] = (yield* tws.prompts()).value.items
      if (prompt === undefined) return assert.fail("no prompt")
      assert.isTrue((yield* tws.confirm(yield* tws.replyToPrompt(prompt.id, true))).confirmed)
      const adHoc = yield* tws.submitAdHocJob({ workstation: "/AGT", alias: "NOW", task: { _tag: "Unix", text: "ls" } })
      assert.isTrue((yield* tws.confirm(adHoc)).confirmed)
      const tooMany = yield* Effect.flip(tws.actOnJobs({}, { _tag: "Hold" }, { expected: 1 }))
      assert.strictEqual(tooMany._tag, "TwsInvalidQuery")
    }).pipe(Effect.provide(plan))
  )

  it.effect("does what it accepts of job streams, of many jobs and of submissions", () =>
    Effect.gen(function* () {
      const tws = yield* Tws
      const { items: streams } = (yield* tws.jobStreams({ name: "N*" })).value
      const [stream] = streams
      if (stream === undefined) return assert.fail("no stream")
      const actions: ReadonlyArray<JobStreamAction> = [
        { _tag: "Hold" },
        { _tag: "Release" },
        { _tag: "SetPriority", priority: 3 },
        { _tag: "SetLimit", limit: 2 },
        { _tag: "ReleaseDependencies" },
        { _tag: "Cancel", pending: true },
        { _tag: "Cancel" }
      ]
      for (const action of actions) {
        const accepted = yield* tws.actOnJobStream(stream.id, action)
        assert.isTrue((yield* tws.confirm(accepted)).confirmed, action._tag)
      }
      const { accepted, refused } = yield* tws.actOnJobs({ workstation: "AGT" }, { _tag: "Hold" }, { expected: 2 })
      assert.deepStrictEqual([accepted.length, refused.length], [2, 0])
      assert.strictEqual((yield* tws.jobs({ status: ["HELD"] })).value.items.length, 2)

      const { items: definitions } = (yield* tws.model("jobdefinition", { name: "LOAD*" })).value
      const id = definitions[0]?.id
      if (id === undefined) return assert.fail("no definition")
      assert.strictEqual((yield* tws.modelObject("jobdefinition", id)).value.name, "LOADX")
      assert.isTrue((yield* tws.confirm(yield* tws.submitJob(id, { alias: "AGAIN" }))).confirmed)
      assert.isTrue((yield* tws.confirm(yield* tws.submitJobStream(id))).confirmed)
      const unknown = ModelObjectId.make("00000000-0000-4000-8000-000000000099")
      assert.strictEqual((yield* Effect.flip(tws.submitJob(unknown)))._tag, "TwsObjectNotFound")
      assert.strictEqual((yield* Effect.flip(tws.submitJobStream(unknown)))._tag, "TwsObjectNotFound")
      assert.strictEqual((yield* Effect.flip(tws.modelObject("jobdefinition", unknown)))._tag, "TwsObjectNotFound")
    }).pipe(Effect.provide(plan))
  )

  it.effect("shows the rest of its plan", () =>
    Effect.gen(function* () {
      const tws = yield* Tws
      const [tape] = (yield* tws.resources({ name: "T*" })).value.items
      if (tape === undefined) return assert.fail("no resource")
      assert.strictEqual((yield* tws.resource(tape.id)).value.name, "TAPE")
      assert.strictEqual((yield* tws.workstation(agent.id)).value.name, "AGT")
      assert.strictEqual((yield* tws.workstations({ linked: true })).value.items.length, 0)
      assert.strictEqual((yield* tws.jobHistory(load.id)).value.length, 1)
      assert.deepStrictEqual((yield* tws.criticalJobs({ risk: ["ON_TRACK"] })).value, [])
      assert.strictEqual((yield* tws.capabilities).value.engineVersion, (yield* tws.engine).value.version)
      assert.deepStrictEqual((yield* tws.plan).value, {})
      assert.strictEqual(yield* Stream.runCount(tws.allJobStreams()), 1)
      const [night] = (yield* tws.jobStreams()).value.items
      if (night !== undefined) assert.strictEqual((yield* tws.jobStream(night.id)).value.name, "NIGHT")
      const seen = yield* Stream.runCollect(tws.reachability)
      assert.deepStrictEqual(
        seen.map(({ _tag }) => _tag),
        ["Reachable"]
      )
    }).pipe(Effect.provide(plan))
  )

  it.effect("fails and dawdles on request, and remembers", () =>
    Effect.gen(function* () {
      const tws = yield* Tws
      const control = yield* TwsTest
      yield* control.fail("job", TwsTest.unavailable, 2)
      assert.strictEqual((yield* Effect.flip(tws.job(load.id)))._tag, "TwsUnavailable")
      assert.strictEqual((yield* Effect.flip(tws.job(load.id)))._tag, "TwsUnavailable")
      assert.strictEqual((yield* tws.job(load.id)).value.name, "LOAD")
      yield* control.delay("engine", "5 seconds")
      const slow = yield* Effect.forkChild(tws.engine)
      yield* TestClock.adjust("4 seconds")
      assert.isUndefined(slow.pollUnsafe())
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(slow)
      yield* Ref.update(control.plan, (plan) => ({ ...plan, jobs: [] }))
      assert.strictEqual((yield* Effect.flip(tws.job(load.id)))._tag, "TwsObjectNotFound")
      assert.deepStrictEqual(
        (yield* control.calls).map(({ operation }) => operation),
        ["job", "job", "job", "engine", "job"]
      )
    }).pipe(Effect.provide(plan))
  )
})
