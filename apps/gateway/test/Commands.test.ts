import { assert, describe, it } from "@effect/vitest"
import { TwsTest } from "@resync/tws/TwsTest"
import { job, jobRun, jobStream, prompt, workstation } from "@resync/tws/TwsTestPlan"
import { SimulatorServer } from "@resync/tws-simulator/SimulatorServer"
import { Effect } from "effect"
import { HttpClientRequest } from "effect/http"
import { simulated } from "./Simulated.ts"
import { get, over, send } from "./TestGateway.ts"

const definition = "0b7c7f0e-7a44-4c1c-9d0a-3f1f0b1c2d3e"
const one = {
  job: job({ name: "LOAD", runs: [jobRun({ name: "LOAD" })] }),
  jobStream: jobStream({ name: "NIGHT" }),
  workstation: workstation({ name: "AGENT1" }),
  prompt: prompt({ name: "GO" })
}

const plan = {
  jobs: [one.job],
  jobStreams: [one.jobStream],
  workstations: [one.workstation],
  prompts: [one.prompt],
  model: [{ kind: "jobstream", id: definition, name: "NIGHT", definition: {} }]
} as unknown as Parameters<typeof TwsTest.layer>[0]

const gateway = over(TwsTest.layer(plan))

const post = (path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}) => {
  const request = HttpClientRequest.post(`/api/v1/tws${path}`, { headers })
  return send(body === undefined ? request : HttpClientRequest.bodyJsonUnsafe(request, body))
}

/** The last call that the scheduler got. */
const lastCall = Effect.gen(function* () {
  const { calls } = yield* TwsTest
  return (yield* calls).at(-1)
})

const justification = { reason: "stuck since noon", ticket: "INC42" }

/** A command, what is in its body, and what the scheduler is told. */
const commands: ReadonlyArray<
  readonly [path: string, body: object | undefined, operation: string, told: ReadonlyArray<unknown>]
> = [
  [
    `/jobs/${one.job.id}/actions/cancel`,
    { pending: true },
    "actOnJob",
    [one.job.id, { _tag: "Cancel", pending: true }]
  ],
  [`/jobs/${one.job.id}/actions/cancel`, undefined, "actOnJob", [one.job.id, { _tag: "Cancel" }]],
  [`/jobs/${one.job.id}/actions/rerun`, { priority: 50 }, "actOnJob", [one.job.id, { _tag: "Rerun", priority: 50 }]],
  [`/jobs/${one.job.id}/actions/kill`, undefined, "actOnJob", [one.job.id, { _tag: "Kill" }]],
  [`/jobs/${one.job.id}/actions/hold`, {}, "actOnJob", [one.job.id, { _tag: "Hold" }]],
  [`/jobs/${one.job.id}/actions/release`, undefined, "actOnJob", [one.job.id, { _tag: "Release" }]],
  [`/jobs/${one.job.id}/actions/confirm`, { outcome: "success" }, "actOnJob", [one.job.id, { _tag: "ConfirmSuccess" }]],
  [`/jobs/${one.job.id}/actions/confirm`, { outcome: "abend" }, "actOnJob", [one.job.id, { _tag: "ConfirmAbend" }]],
  [`/job-streams/${definition}/actions/submit`, { alias: "N2" }, "submitJobStream", [definition, { alias: "N2" }]],
  [
    `/job-streams/${one.jobStream.id}/actions/cancel`,
    undefined,
    "actOnJobStream",
    [one.jobStream.id, { _tag: "Cancel" }]
  ],
  [`/job-streams/${one.jobStream.id}/actions/hold`, undefined, "actOnJobStream", [one.jobStream.id, { _tag: "Hold" }]],
  [
    `/job-streams/${one.jobStream.id}/actions/release`,
    undefined,
    "actOnJobStream",
    [one.jobStream.id, { _tag: "Release" }]
  ],
  [
    `/workstations/${one.workstation.id}/actions/link`,
    undefined,
    "actOnWorkstation",
    [one.workstation.id, { _tag: "Link" }]
  ],
  [
    `/workstations/${one.workstation.id}/actions/unlink`,
    undefined,
    "actOnWorkstation",
    [one.workstation.id, { _tag: "Unlink" }]
  ],
  [
    `/workstations/${one.workstation.id}/actions/start`,
    undefined,
    "actOnWorkstation",
    [one.workstation.id, { _tag: "Start" }]
  ],
  [
    `/workstations/${one.workstation.id}/actions/stop`,
    undefined,
    "actOnWorkstation",
    [one.workstation.id, { _tag: "Stop" }]
  ],
  [`/prompts/${one.prompt.id}/actions/reply`, { answer: "yes" }, "replyToPrompt", [one.prompt.id, true]],
  [`/prompts/${one.prompt.id}/actions/reply`, { answer: "no" }, "replyToPrompt", [one.prompt.id, false]]
]

describe("commands", () => {
  for (const [path, body, operation, told] of commands) {
    it.effect(`POST ${path.replace(/[0-9a-f-]{36}/, "{id}")} ${JSON.stringify(body) ?? ""}`, () =>
      Effect.gen(function* () {
        const { body: answer, headers, status } = yield* post(path, body)
        assert.strictEqual(status, 202)
        assert.isArray(answer.ids)
        assert.isObject(answer.expects)
        assert.isUndefined(headers["idempotent-replayed"])
        const call = yield* lastCall
        assert.strictEqual(call?.operation, operation)
        assert.deepStrictEqual(call?.arguments.slice(0, 2), told)
      }).pipe(Effect.provide(gateway))
    )
  }

  it.effect("hand the operator's reason on to the scheduler", () =>
    Effect.gen(function* () {
      yield* post(`/jobs/${one.job.id}/actions/hold`, { justification })
      const call = yield* lastCall
      assert.deepStrictEqual(call?.arguments[2], { justification })
    }).pipe(Effect.provide(gateway))
  )

  it.effect("are sent once for one Idempotency-Key", () =>
    Effect.gen(function* () {
      const { calls } = yield* TwsTest
      const headers = { "idempotency-key": "0d6c8f1e" }
      const first = yield* post(`/jobs/${one.job.id}/actions/kill`, undefined, headers)
      const second = yield* post(`/jobs/${one.job.id}/actions/kill`, undefined, headers)
      assert.strictEqual(second.status, 202)
      assert.strictEqual(second.headers["idempotent-replayed"], "true")
      assert.deepStrictEqual(second.body, first.body)
      assert.lengthOf(
        (yield* calls).filter(({ operation }) => operation === "actOnJob"),
        1
      )
      const other = yield* post(`/jobs/${one.job.id}/actions/hold`, undefined, headers)
      assert.strictEqual(other.status, 422)
      assert.strictEqual(other.body.type, "urn:problem-type:resync:idempotency-key-reused")
    }).pipe(Effect.provide(gateway))
  )

  it.effect("on what the plan does not show are a problem", () =>
    Effect.gen(function* () {
      const { body, status } = yield* post(`/jobs/${definition}/actions/hold`)
      assert.strictEqual(status, 404)
      assert.strictEqual(body.type, "urn:problem-type:resync:object-not-found")
    }).pipe(Effect.provide(gateway))
  )

  it.effect("need what says what to do", () =>
    Effect.gen(function* () {
      const { body, status } = yield* post(`/prompts/${one.prompt.id}/actions/reply`, { answer: "maybe" })
      assert.strictEqual(status, 400)
      assert.deepStrictEqual(body.errors[0].path, ["payload", "answer"])
    }).pipe(Effect.provide(gateway))
  )

  it.effect("are accepted first and show in the plan of a simulated scheduler later", () =>
    Effect.gen(function* () {
      const { control } = yield* SimulatorServer
      const { body } = yield* get("/api/v1/tws/jobs?status=WAITING&limit=1")
      const { id, priority } = body.items[0]
      assert.notStrictEqual(priority, 0)
      const { body: accepted, status } = yield* post(`/jobs/${id}/actions/hold`, { justification })
      assert.strictEqual(status, 202)
      assert.deepStrictEqual(accepted.expects, { _tag: "Job", id, action: { _tag: "Hold" } })
      yield* control.stepClock("10 seconds")
      const { body: after } = yield* get(`/api/v1/tws/jobs/${id}`)
      assert.strictEqual(after.item.priority, 0)
    }).pipe(Effect.provide(simulated()))
  )
})
