import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Fiber, Ref } from "effect"
import { TestClock } from "effect/testing"
import { JobId, JobStreamId, ModelObjectId, PromptId, WorkstationId } from "../src/model/Ids.ts"
import type { JobAction } from "../src/model/JobAction.ts"
import type { JobStreamAction } from "../src/model/JobStreamAction.ts"
import type { WorkstationAction } from "../src/model/WorkstationAction.ts"
import { Tws } from "../src/Tws.ts"
import * as Stub from "./StubScheduler.ts"

const jobId = JobId.make(Stub.uuid(1))
const streamId = JobStreamId.make(Stub.uuid(2))
const workstationId = WorkstationId.make(Stub.uuid(3))
const definition = ModelObjectId.make(Stub.uuid(4))

const accepting = Stub.make(() => Stub.json({ id: Stub.uuid(1) }))

const runs = [{ id: Stub.uuid(11) }, { id: Stub.uuid(12), lastInRerunChain: true }]

describe("Tws over HTTP: actions", () => {
  const jobActions: ReadonlyArray<readonly [JobAction, string, unknown]> = [
    [{ _tag: "Cancel" }, "PUT /action/cancel", undefined],
    [{ _tag: "Cancel", pending: true }, "PUT /action/cancel-pending", undefined],
    [{ _tag: "Kill" }, "PUT /action/kill", undefined],
    [{ _tag: "Hold" }, "PUT /action/hold", undefined],
    [{ _tag: "Release" }, "PUT /action/release", undefined],
    [{ _tag: "ReleaseDependencies" }, "PUT /action/release-all-dependencies", undefined],
    [{ _tag: "ConfirmSuccess" }, "PUT /action/confirm-succ", {}],
    [{ _tag: "ConfirmAbend" }, "PUT /action/confirm-abend", {}],
    [{ _tag: "SetPriority", priority: 50 }, "PUT /action/update-priority?priority=50", undefined]
  ]
  for (const [action, expected, body] of jobActions) {
    it.effect(`${expected} for a job`, () =>
      Effect.gen(function* () {
        const stub = yield* accepting
        const accepted = yield* Tws.use((tws) => tws.actOnJob(jobId, action)).pipe(Effect.provide(Stub.twsOver(stub)))
        const [seen] = yield* stub.requests
        const query = new URLSearchParams(seen?.query).toString()
        const path = seen?.path.replace(`/twsd/api/v2/plan/job/${jobId}`, "")
        assert.strictEqual(`${seen?.method} ${path}${query === "" ? "" : `?${query}`}`, expected)
        assert.deepStrictEqual(seen?.body, body)
        assert.deepStrictEqual(accepted.expects, { _tag: "Job", id: jobId, action })
      })
    )
  }

  const streamActions: ReadonlyArray<readonly [JobStreamAction, string, unknown]> = [
    [{ _tag: "Cancel" }, "PUT /action/cancel", undefined],
    [{ _tag: "Hold" }, "PUT /action/hold", undefined],
    [{ _tag: "Release" }, "PUT /action/release", undefined],
    [{ _tag: "ReleaseDependencies" }, "PUT /action/release-all-dependencies", undefined],
    [{ _tag: "SetPriority", priority: 5 }, "PATCH", { priority: 5 }],
    [{ _tag: "SetLimit", limit: -1 }, "PATCH", { limit: -1 }]
  ]
  for (const [action, expected, body] of streamActions) {
    it.effect(`${expected} for a job stream: ${action._tag}`, () =>
      Effect.gen(function* () {
        const stub = yield* accepting
        yield* Tws.use((tws) => tws.actOnJobStream(streamId, action)).pipe(Effect.provide(Stub.twsOver(stub)))
        const [seen] = yield* stub.requests
        assert.strictEqual(
          `${seen?.method} ${seen?.path.replace(`/twsd/api/v2/plan/jobstream/${streamId}`, "")}`.trim(),
          expected
        )
        assert.deepStrictEqual(seen?.body, body)
      })
    )
  }

  const workstationActions: ReadonlyArray<readonly [WorkstationAction, string]> = [
    [{ _tag: "Link" }, "/action/link"],
    [{ _tag: "Unlink" }, "/action/unlink"],
    [{ _tag: "Start" }, "/action/start"],
    [{ _tag: "Stop" }, "/action/stop"],
    [{ _tag: "SetLimit", limit: 20 }, "/action/update-limit?limit=20"],
    [{ _tag: "SetFence", fence: 10 }, "/action/update-fence?priority=10"]
  ]
  for (const [action, expected] of workstationActions) {
    it.effect(`PUT ${expected} for a workstation`, () =>
      Effect.gen(function* () {
        const stub = yield* accepting
        yield* Tws.use((tws) => tws.actOnWorkstation(workstationId, action)).pipe(Effect.provide(Stub.twsOver(stub)))
        const [seen] = yield* stub.requests
        const query = new URLSearchParams(seen?.query).toString()
        const path = seen?.path.replace(`/twsd/api/v2/plan/workstation/${workstationId}`, "")
        assert.strictEqual(`${path}${query === "" ? "" : `?${query}`}`, expected)
      })
    )
  }

  it.effect("carries the operator's reason", () =>
    Effect.gen(function* () {
      const stub = yield* accepting
      yield* Tws.use((tws) =>
        tws.actOnJob(
          jobId,
          { _tag: "Hold" },
          { justification: { reason: "José says\r\nX-Evil: 1", ticket: "CHG-1", category: "change" } }
        )
      ).pipe(Effect.provide(Stub.twsOver(stub)))
      const headers = (yield* stub.requests)[0]?.headers ?? {}
      assert.strictEqual(headers["justification-description"], "Jos%C3%A9 says%0D%0AX-Evil: 1")
      assert.strictEqual(headers["justification-ticket-num"], "CHG-1")
      assert.strictEqual(headers["justification-category"], "change")
    })
  )

  it.effect("reruns the last run, with a body even when it says nothing", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.make(({ method }) =>
        method === "GET" ? Stub.json(Stub.wireJob(1, { jobruns: runs })) : Stub.json({ id: Stub.uuid(12) })
      )
      yield* Effect.gen(function* () {
        const tws = yield* Tws
        const accepted = yield* tws.actOnJob(jobId, { _tag: "Rerun" })
        const known: ReadonlyArray<string> = (accepted.expects._tag === "Job" ? accepted.expects.knownRuns : []) ?? []
        assert.deepStrictEqual(known, [Stub.uuid(11), Stub.uuid(12)])
        yield* tws.actOnJob(jobId, {
          _tag: "Rerun",
          priority: 99,
          startAt: DateTime.makeUnsafe("2026-11-24T01:00:00Z"),
          step: "STEP2",
          variables: { DAY: "24" },
          successors: { _tag: "Depth", depth: 2 }
        })
      }).pipe(Effect.provide(Stub.twsOver(stub)))
      const puts = (yield* stub.requests).filter(({ method }) => method === "PUT")
      assert.isTrue(puts.every(({ path }) => path === `/twsd/api/v2/plan/job/run/${Stub.uuid(12)}/action/rerun`))
      assert.deepStrictEqual(
        puts.map(({ body }) => body),
        [
          {},
          {
            priority: 99,
            startTime: "2026-11-24T01:00:00.000Z",
            stepName: "STEP2",
            variables: { DAY: "24" },
            successorsInfo: { depth: 2 }
          }
        ]
      )
    })
  )

  it.effect("acts on no more than the caller saw, and tells who was refused", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.make(() =>
        Stub.json({
          successfulResourceResponses: [
            { id: Stub.uuid(1), isError: false },
            { id: Stub.uuid(5), isError: true, message: "AWSBHU085E ended" }
          ],
          failedResourceResponses: [{ id: Stub.uuid(6), message: "AWSJCS011E no right", isError: true }]
        })
      )
      const result = yield* Tws.use((tws) =>
        tws.actOnJobs({ name: "LOAD*", status: ["ERROR"], limit: 5 }, { _tag: "Hold" }, { expected: 3 })
      ).pipe(Effect.provide(Stub.twsOver(stub)))
      assert.deepStrictEqual(
        result.accepted.flatMap(({ ids }) => ids),
        [Stub.uuid(1)]
      )
      assert.deepStrictEqual(
        result.refused.map(({ id, messageId }) => [id, messageId]),
        [
          [Stub.uuid(6), "AWSJCS011E"],
          [Stub.uuid(5), "AWSBHU085E"]
        ]
      )
      const [seen] = yield* stub.requests
      assert.strictEqual(seen?.path, "/twsd/api/v2/plan/job/action/hold")
      assert.deepStrictEqual(seen?.query, {
        oql: "lastRunCommonStatus IN ['ERROR'] AND name LIKE 'LOAD@'",
        max_object_affected: "3"
      })
    })
  )

  it.effect("acts on nothing when the scheduler could take it for more", () =>
    Effect.gen(function* () {
      const stub = yield* accepting
      yield* Effect.gen(function* () {
        const tws = yield* Tws
        for (const query of [{}, { name: "LOAD?" }, { critical: true, name: "A" }]) {
          const error = yield* Effect.flip(tws.actOnJobs(query, { _tag: "Cancel" }, { expected: 1 }))
          assert.strictEqual(error._tag, "TwsInvalidQuery")
        }
        const none = yield* Effect.flip(tws.actOnJobs({ name: "A" }, { _tag: "Cancel" }, { expected: 0 }))
        assert.strictEqual(none._tag, "TwsInvalidQuery")
      }).pipe(Effect.provide(Stub.twsOver(stub)))
      assert.deepStrictEqual(yield* stub.requests, [])
    })
  )

  it.effect("takes a failure within a 200 for a failure", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.make(() => Stub.json({ id: Stub.uuid(1), isError: true, message: "AWSBIN076E ended" }))
      const error = yield* Effect.flip(Tws.use((tws) => tws.actOnJob(jobId, { _tag: "ReleaseDependencies" }))).pipe(
        Effect.provide(Stub.twsOver(stub))
      )
      assert.deepStrictEqual(error._tag === "TwsRejected" ? error.messageIds : error._tag, ["AWSBIN076E"])
    })
  )

  it.effect("makes later reads ask again", () =>
    Effect.gen(function* () {
      const held = yield* Ref.make(false)
      const stub = yield* Stub.make(({ method }) =>
        Effect.gen(function* () {
          if (method === "PUT") {
            yield* Ref.set(held, true)
            return Stub.json({ id: Stub.uuid(1) })
          }
          return Stub.json(Stub.wireJob(1, { priority: (yield* Ref.get(held)) ? 0 : 10 }))
        })
      )
      yield* Effect.gen(function* () {
        const tws = yield* Tws
        assert.strictEqual((yield* tws.job(jobId)).value.priority, 10)
        yield* tws.actOnJob(jobId, { _tag: "Hold" })
        assert.strictEqual((yield* tws.job(jobId)).value.priority, 0)
      }).pipe(Effect.provide(Stub.twsOver(stub)))
    })
  )

  it.effect("makes what was read before the effect ask again once it is confirmed", () =>
    Effect.gen(function* () {
      const held = yield* Ref.make(false)
      const stub = yield* Stub.make(({ method }) =>
        method === "PUT"
          ? Stub.json({ id: Stub.uuid(1) })
          : Effect.map(Ref.get(held), (held) => Stub.json(Stub.wireJob(1, { priority: held ? 0 : 10 })))
      )
      yield* Effect.gen(function* () {
        const tws = yield* Tws
        const hold = yield* tws.actOnJob(jobId, { _tag: "Hold" })
        assert.strictEqual((yield* tws.job(jobId)).value.priority, 10)
        yield* Ref.set(held, true)
        assert.strictEqual((yield* tws.job(jobId)).value.priority, 10)
        assert.isTrue((yield* tws.confirm(hold)).confirmed)
        assert.strictEqual((yield* tws.job(jobId)).value.priority, 0)
      }).pipe(Effect.provide(Stub.twsOver(stub)))
    })
  )

  it.effect("confirms by the plan, and says when the plan does not show it", () =>
    Effect.gen(function* () {
      const reads = yield* Ref.make(0)
      const stub = yield* Stub.make(({ method, path }) =>
        method === "PUT" || path.endsWith("/engine/info")
          ? Stub.json({ id: Stub.uuid(1) })
          : Effect.map(
              Ref.updateAndGet(reads, (n) => n + 1),
              (n) => (n === 1 ? Stub.json({}, 404) : Stub.json(Stub.wireJob(1, { priority: n >= 3 ? 0 : 10 })))
            )
      )
      yield* Effect.gen(function* () {
        const tws = yield* Tws
        const hold = yield* tws.actOnJob(jobId, { _tag: "Hold" })
        const confirming = yield* Effect.forkChild(tws.confirm(hold))
        yield* TestClock.adjust("10 seconds")
        const { confirmed, reads } = yield* Fiber.join(confirming)
        assert.deepStrictEqual([confirmed, reads], [true, 3])
        const release = yield* tws.actOnJob(jobId, { _tag: "Release" })
        const waiting = yield* Effect.forkChild(tws.confirm(release, { within: "5 seconds", every: "1 second" }))
        yield* TestClock.adjust("5 seconds")
        const given = yield* Fiber.join(waiting)
        assert.deepStrictEqual([given.confirmed, given.reads], [false, 6])
      }).pipe(Effect.provide(Stub.twsOver(stub)))
    })
  )

  it.effect("submits a job stream of the model", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.make(() => Stub.json({ count: 1, results: [{ id: Stub.uuid(2), url: "x" }] }))
      const accepted = yield* Tws.use((tws) =>
        tws.submitJobStream(definition, { alias: "EXTRA", variables: { A: "1" }, limit: 3 })
      ).pipe(Effect.provide(Stub.twsOver(stub)))
      assert.deepStrictEqual(accepted.expects, { _tag: "SubmittedJobStreams", ids: [streamId] })
      const [seen] = yield* stub.requests
      assert.strictEqual(`${seen?.method} ${seen?.path}`, `POST /twsd/api/v2/plan/jobstream/${definition}/submit`)
      assert.deepStrictEqual(seen?.body, { alias: "EXTRA", parameters: { A: "1" }, limit: 3 })
    })
  )

  it.effect("tells a clash of names from a missing definition", () =>
    Effect.gen(function* () {
      for (const [status, tag] of [
        [409, "TwsConflict"],
        [404, "TwsObjectNotFound"]
      ] as const) {
        const stub = yield* Stub.make(() => Stub.json({ messages: ["AWSX"] }, status))
        const error = yield* Effect.flip(Tws.use((tws) => tws.submitJob(definition))).pipe(
          Effect.provide(Stub.twsOver(stub))
        )
        assert.strictEqual(error._tag, tag)
      }
    })
  )

  it.effect("finds the id of an ad hoc job in the plan", () =>
    Effect.gen(function* () {
      const looks = yield* Ref.make(0)
      const stub = yield* Stub.make(({ method }) =>
        method === "POST"
          ? Stub.json({ id: "MDMDA;JOBS;SLEEP" })
          : Effect.map(
              Ref.updateAndGet(looks, (n) => n + 1),
              (n) =>
                Stub.json({
                  count: 1,
                  results:
                    n < 3
                      ? [Stub.wireJob(8, { name: "SLEEP", jobStreamName: "JOBS", workstation: "/OTHER" })]
                      : [Stub.wireJob(7, { name: "SLEEP", jobStreamName: "JOBS", workstation: "/MDMDA" })]
                })
            )
      )
      yield* Effect.gen(function* () {
        const tws = yield* Tws
        const submitting = yield* Effect.forkChild(
          tws.submitAdHocJob({ workstation: "MDMDA", task: { _tag: "Unix", text: "sleep 120", login: "wauser" } })
        )
        yield* TestClock.adjust("3 seconds")
        const accepted = yield* Fiber.join(submitting)
        assert.deepStrictEqual(accepted.ids, [Stub.uuid(7)])
      }).pipe(Effect.provide(Stub.twsOver(stub)))
      const [post] = yield* stub.requests
      assert.deepStrictEqual(post?.body, {
        workstationKey: "MDMDA",
        task: { UNIX: { taskString: "sleep 120", isCommand: "true", userName: "wauser" } }
      })
    })
  )

  it.effect("replies to prompts of both versions", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.make(({ path }) =>
        path.includes("/api/v2/") ? Stub.json({ id: Stub.uuid(1) }) : { status: 202, body: "" }
      )
      yield* Effect.gen(function* () {
        const tws = yield* Tws
        yield* tws.replyToPrompt(PromptId.make(Stub.uuid(1)), true)
        yield* tws.replyToPrompt(PromptId.make("AGT;1"), false)
      }).pipe(Effect.provide(Stub.twsOver(stub)))
      const [second, first] = [...(yield* stub.requests)].reverse()
      assert.deepStrictEqual(first?.body, { answer: true })
      assert.strictEqual(second?.path, "/twsd/plan/current/prompt/AGT%3B1/action/reply")
      assert.strictEqual(second?.headers["answer"], "false")
    })
  )

  it.effect("confirms everything else by what the plan shows", () =>
    Effect.gen(function* () {
      const answered = yield* Ref.make(false)
      const stub = yield* Stub.make(({ path, method }) =>
        Effect.gen(function* () {
          if (path.endsWith("/engine/info")) return Stub.json({})
          if (method === "PUT" || method === "PATCH") return Stub.json({ id: Stub.uuid(1) })
          if (path.includes("/jobstream/"))
            return Stub.json({ id: streamId, name: "S", priority: 5, commonStatus: "HELD" })
          if (path.includes("/workstation/")) {
            return Stub.json({ id: workstationId, name: "W", activeStates: ["LINKED"], limit: 7, fence: 3 })
          }
          if (path === "/twsd/plan/current/prompt/query") {
            return Stub.json((yield* Ref.get(answered)) ? [] : [{ id: "AGT;1", status: "ASKED" }])
          }
          return Stub.json({}, 404)
        })
      )
      yield* Effect.gen(function* () {
        const tws = yield* Tws
        const shows = (accepted: Effect.Success<ReturnType<typeof tws.actOnJobStream>>) =>
          Effect.map(tws.confirm(accepted, { within: "0 seconds" }), ({ confirmed }) => confirmed)
        const onStream = (action: JobStreamAction) => Effect.flatMap(tws.actOnJobStream(streamId, action), shows)
        assert.isTrue(yield* onStream({ _tag: "Hold" }))
        assert.isFalse(yield* onStream({ _tag: "Release" }))
        assert.isFalse(yield* onStream({ _tag: "Cancel" }))
        assert.isTrue(yield* onStream({ _tag: "SetPriority", priority: 5 }))
        assert.isFalse(yield* onStream({ _tag: "SetLimit", limit: 5 }))
        const onWorkstation = (action: WorkstationAction) =>
          Effect.flatMap(tws.actOnWorkstation(workstationId, action), shows)
        assert.isTrue(yield* onWorkstation({ _tag: "Link" }))
        assert.isFalse(yield* onWorkstation({ _tag: "Unlink" }))
        assert.isFalse(yield* onWorkstation({ _tag: "Start" }))
        assert.isTrue(yield* onWorkstation({ _tag: "Stop" }))
        assert.isTrue(yield* onWorkstation({ _tag: "SetLimit", limit: 7 }))
        assert.isFalse(yield* onWorkstation({ _tag: "SetFence", fence: 4 }))
        const reply = yield* tws.replyToPrompt(PromptId.make("AGT;1"), true)
        assert.isFalse(yield* shows(reply))
        yield* Ref.set(answered, true)
        yield* TestClock.adjust("11 seconds")
        assert.isTrue(yield* shows(reply))
        assert.isFalse(yield* shows({ ...reply, expects: { _tag: "SubmittedJobs", ids: [] } }))
      }).pipe(Effect.provide(Stub.twsOver(stub)))
    })
  )
})
