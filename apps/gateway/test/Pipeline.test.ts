import { assert, describe, it } from "@effect/vitest"
import type { Job } from "@resync/tws/model/Job"
import { TwsRejected, TwsTimeout } from "@resync/tws/TwsError"
import { TwsTest } from "@resync/tws/TwsTest"
import { job, jobRun, type TwsTestPlan } from "@resync/tws/TwsTestPlan"
import { Context, Duration, Effect, Exit, Layer, Ref, Scope } from "effect"
import { HttpClientRequest } from "effect/http"
import { SqlClient } from "effect/sql"
import { TestClock } from "effect/testing"
import { over, send, store } from "./TestGateway.ts"
import * as TestOperators from "./TestOperators.ts"

const load = job({ name: "LOAD", workstation: "/AGENT1", folder: "/PROD/", runs: [jobRun({ name: "LOAD" })] })
const save = job({ name: "SAVE", workstation: "/AGENT2", folder: "/TEST/" })
const plan = { jobs: [load, save] }

const users = TestOperators.layer(
  TestOperators.operator("ann"),
  TestOperators.operator("bob"),
  TestOperators.operator("root", "admin"),
  TestOperators.operator("vic", "viewer"),
  TestOperators.operator("nan", "operator", [{ workstation: "AGENT1" }])
)

const gateway = over(TwsTest.layer(plan), {}, users)

interface Options {
  readonly user?: string
  readonly key?: string
  readonly body?: unknown
}

const headersOf = ({ key, user = "ann" }: Options) => ({
  "x-test-user": user,
  ...(key === undefined ? {} : { "idempotency-key": key })
})
const post = (path: string, options: Options = {}) => {
  const request = HttpClientRequest.post(`/api/v1${path}`, { headers: headersOf(options) })
  return send(options.body === undefined ? request : HttpClientRequest.bodyJsonUnsafe(request, options.body))
}
const get = (path: string, user = "ann") =>
  send(HttpClientRequest.get(`/api/v1${path}`, { headers: headersOf({ user }) }))
const hold = (options: Options = {}, id: string = load.id) => post(`/tws/jobs/${id}/actions/hold`, options)

const actions = Effect.gen(function* () {
  return (yield* (yield* TwsTest).calls).filter(({ operation }) => operation === "actOnJob").length
})

/** The command once it is in one of these states: what happens in the background takes its time, though not that of the clock. */
const settled = Effect.fnUntraced(function* (id: string, ...states: ReadonlyArray<string>) {
  for (let n = 0; n < 200; n++) {
    const { body } = yield* get(`/commands/${id}`)
    if (states.includes(body.state)) return body
    // The service looks again every two seconds, once the look before has ended.
    yield* TestClock.adjust("2 seconds")
  }
  return (yield* get(`/commands/${id}`)).body
})

const timedOut = new TwsTimeout({ operation: "actOnJob", timeout: Duration.seconds(20) })
const rejected = new TwsRejected({ operation: "actOnJob", status: 500, messages: ["no"], messageIds: ["AWSBIN076E"] })
const type = (name: string) => `urn:problem-type:resync:${name}`

/** The same store and scheduler behind one gateway after the other, as through a restart. */
const restartable = Effect.gen(function* () {
  const database = yield* Layer.build(store)
  const scheduler = yield* Layer.build(TwsTest.layer(plan))
  const start = Effect.gen(function* () {
    const scope = yield* Scope.make()
    const built = over(Layer.succeedContext(scheduler), {}, users, Layer.succeedContext(database))
    const context = yield* Scope.provide(Layer.build(Layer.fresh(built)), scope)
    return { context, stop: Scope.close(scope, Exit.void) }
  })
  return { start, sql: Context.get(database, SqlClient.SqlClient), scheduler }
})

describe("an Idempotency-Key", () => {
  it.effect("holds through a restart", () =>
    Effect.gen(function* () {
      const { scheduler, start } = yield* restartable
      const before = yield* start
      const first = yield* Effect.provide(hold({ key: "k1" }), before.context)
      assert.strictEqual(first.status, 202)
      yield* before.stop
      const after = yield* start
      const second = yield* Effect.provide(hold({ key: "k1" }), after.context)
      assert.deepStrictEqual(second.body, first.body)
      assert.strictEqual(second.headers["idempotent-replayed"], "true")
      assert.strictEqual(second.headers["location"], `/api/v1/commands/${first.body.commandId}`)
      assert.strictEqual((yield* Effect.provide(hold({ key: "k1", body: {} }, save.id), after.context)).status, 422)
      assert.strictEqual(yield* Effect.provide(actions, scheduler), 1)
      yield* after.stop
    })
  )

  it.effect(
    "whose command was under way at a crash is answered as unknown, and by what the plan shows, never sent again",
    () =>
      Effect.gen(function* () {
        const { scheduler, sql, start } = yield* restartable
        const before = yield* start
        const { body } = yield* Effect.provide(hold({ key: "k1" }), before.context)
        yield* before.stop
        // As the crash would have left it, had it come before the answer.
        yield* sql`UPDATE commands SET state = 'sending', result = NULL`
        const after = yield* start
        const unknown = yield* Effect.provide(hold({ key: "k1" }), after.context)
        assert.strictEqual(unknown.status, 504)
        assert.strictEqual(unknown.body.type, type("command-fate-unknown"))
        assert.strictEqual(unknown.body.commandId, body.commandId)
        yield* TestClock.adjust("4 seconds")
        const record = yield* Effect.provide(settled(body.commandId, "confirmed"), after.context)
        assert.strictEqual(record.state, "confirmed")
        const found = yield* Effect.provide(hold({ key: "k1" }), after.context)
        assert.strictEqual(found.status, 202)
        assert.deepStrictEqual(found.body.expects, body.expects)
        assert.strictEqual(yield* Effect.provide(actions, scheduler), 1)
        yield* after.stop
      })
  )

  it.effect("belongs to one caller, and for a day", () =>
    Effect.gen(function* () {
      const mine = yield* hold({ key: "k1" })
      const his = yield* hold({ key: "k1", user: "bob" })
      assert.notStrictEqual(his.body.commandId, mine.body.commandId)
      yield* TestClock.adjust("23 hours")
      assert.strictEqual((yield* hold({ key: "k1" })).body.commandId, mine.body.commandId)
      yield* TestClock.adjust("61 minutes")
      assert.notStrictEqual((yield* hold({ key: "k1" })).body.commandId, mine.body.commandId)
      assert.strictEqual(yield* actions, 3)
    }).pipe(Effect.provide(gateway))
  )

  it.effect("of what surely was not done is free again; a verdict of the scheduler stands", () =>
    Effect.gen(function* () {
      const control = yield* TwsTest
      yield* control.fail("actOnJob", TwsTest.unavailable)
      assert.strictEqual((yield* hold({ key: "k1" })).status, 502)
      assert.strictEqual((yield* hold({ key: "k1" })).status, 202)
      yield* control.fail("actOnJob", rejected)
      const first = yield* hold({ key: "k2" })
      assert.strictEqual(first.status, 422)
      const second = yield* hold({ key: "k2" })
      assert.strictEqual(second.status, 422)
      assert.strictEqual(second.body.type, type("scheduler-rejected"))
      assert.deepStrictEqual(second.body.messageIds, ["AWSBIN076E"])
      assert.strictEqual(yield* actions, 3)
    }).pipe(Effect.provide(gateway))
  )
})

describe("a command whose fate is unknown", () => {
  it.effect("is answered as such and confirmed by the plan", () =>
    Effect.gen(function* () {
      const control = yield* TwsTest
      yield* control.fail("actOnJob", timedOut)
      const { body, headers, status } = yield* hold({ key: "k1" })
      assert.strictEqual(status, 504)
      assert.strictEqual(body.type, type("command-fate-unknown"))
      assert.strictEqual(headers["content-type"], "application/problem+json")
      assert.strictEqual((yield* get(`/commands/${body.commandId}`)).body.state, "unknown")
      // It was done after all.
      yield* Ref.update(
        control.plan,
        (plan): TwsTestPlan => ({
          ...plan,
          jobs: plan.jobs.map((one) => (one.id === load.id ? { ...one, priority: 0 } : one))
        })
      )
      yield* TestClock.adjust("6 seconds")
      assert.strictEqual((yield* settled(body.commandId, "confirmed")).state, "confirmed")
      assert.strictEqual((yield* hold({ key: "k1" })).status, 202)
      assert.strictEqual(yield* actions, 1)
      const { body: trail } = yield* get(`/audit?commandId=${body.commandId}`, "root")
      assert.deepStrictEqual(
        trail.items.map(({ outcome, phase }: Record<string, string>) => [phase, outcome]).reverse(),
        [
          ["intent", undefined],
          ["outcome", "unknown"],
          ["outcome", "confirmed"]
        ]
      )
    }).pipe(Effect.provide(gateway))
  )

  it.effect("counts as not shown once the plan has not shown it for long enough", () =>
    Effect.gen(function* () {
      yield* (yield* TwsTest).fail("actOnJob", timedOut)
      const { body } = yield* hold({ key: "k1" })
      for (let n = 0; n < 14; n++) {
        yield* TestClock.adjust("1 minute")
        yield* get(`/commands/${body.commandId}`)
      }
      assert.strictEqual((yield* settled(body.commandId, "unconfirmed")).state, "unconfirmed")
      const again = yield* hold({ key: "k1" })
      assert.strictEqual(again.status, 504)
      assert.strictEqual(again.body.state, "unconfirmed")
      assert.strictEqual(yield* actions, 1)
    }).pipe(Effect.provide(gateway))
  )

  it.effect("is not given up for lost while the scheduler is away", () =>
    Effect.gen(function* () {
      const control = yield* TwsTest
      yield* control.fail("actOnJob", timedOut)
      yield* control.fail("confirm", TwsTest.unavailable, 10_000)
      const { body } = yield* hold()
      for (let n = 0; n < 20; n++) {
        yield* TestClock.adjust("1 minute")
        yield* get(`/commands/${body.commandId}`)
      }
      assert.strictEqual((yield* get(`/commands/${body.commandId}`)).body.state, "unknown")
    }).pipe(Effect.provide(gateway))
  )
})

describe("the audit trail of a command", () => {
  it.effect("tells who did what, on what, from where, why, with what before and after", () =>
    Effect.gen(function* () {
      const justification = { reason: "late input", ticket: "INC1" }
      const { body, headers } = yield* hold({ body: { justification } })
      const { body: trail } = yield* get(`/audit?targetId=${load.id}`, "root")
      const [outcome, intent] = trail.items
      assert.deepInclude(intent, {
        action: "tws.job.hold",
        phase: "intent",
        actor: { id: "id-ann", name: "ann", kind: "user" },
        commandId: body.commandId,
        correlationId: headers["x-correlation-id"],
        justification
      })
      assert.deepInclude(intent.target, { kind: "job", id: load.id, name: "LOAD", workstation: "/AGENT1" })
      assert.match(intent.source.address, /127\.0\.0\.1/)
      assert.strictEqual(intent.before.status, "WAITING")
      assert.deepInclude(outcome, { phase: "outcome", outcome: "accepted" })
      assert.deepStrictEqual(outcome.after.expects, body.expects)
      const { text } = yield* get("/audit/export", "root")
      assert.deepStrictEqual(
        text
          .trim()
          .split("\n")
          .map((line: string) => JSON.parse(line).seq),
        [1, 2]
      )
      const { body: head } = yield* get("/audit/head", "root")
      const { body: verified } = yield* get(`/audit/verification?seq=${head.seq}&hash=${head.hash}`, "root")
      assert.deepStrictEqual(verified, { entries: 2, head, problems: [] })
      assert.strictEqual((yield* get("/audit")).status, 403)
    }).pipe(Effect.provide(gateway))
  )

  it.effect("that cannot be written keeps the command from being done", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* sql`ALTER TABLE audit_entries RENAME TO gone`
      const { body, status } = yield* hold({ key: "k1" })
      assert.strictEqual(status, 503)
      assert.deepInclude(body, { type: type("audit-unavailable"), sent: false })
      assert.strictEqual(yield* actions, 0)
      yield* sql`ALTER TABLE gone RENAME TO audit_entries`
      assert.strictEqual((yield* hold({ key: "k1" })).status, 202)
    }).pipe(Effect.provide(gateway))
  )
})

describe("who may", () => {
  it.effect("only look does nothing", () =>
    Effect.gen(function* () {
      const { body, status } = yield* hold({ user: "vic" })
      assert.strictEqual(status, 403)
      assert.deepInclude(body, { type: type("forbidden"), permission: "jobs:hold" })
      assert.strictEqual(yield* actions, 0)
    }).pipe(Effect.provide(gateway))
  )

  it.effect("act on some workstations sees and does nothing elsewhere", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* hold({ user: "nan" })).status, 202)
      const outside = yield* hold({ user: "nan" }, save.id)
      assert.strictEqual(outside.status, 403)
      assert.strictEqual(outside.body.reason, "scope")
      assert.strictEqual(yield* actions, 1)
      const { body } = yield* get("/tws/jobs", "nan")
      assert.deepStrictEqual(
        body.items.map(({ name }: { readonly name: string }) => name),
        ["LOAD"]
      )
      assert.isUndefined(body.total)
      assert.strictEqual((yield* get(`/tws/jobs/${save.id}`, "nan")).status, 403)
      assert.strictEqual((yield* get(`/tws/jobs/${save.id}/history`, "nan")).status, 403)
      assert.strictEqual((yield* get(`/tws/jobs/${load.id}`, "nan")).status, 200)
      assert.strictEqual((yield* get("/tws/summary", "nan")).status, 403)
      const { body: trail } = yield* get(`/audit?outcome=refused`, "root")
      assert.lengthOf(trail.items, 1)
    }).pipe(Effect.provide(gateway))
  )
})

const after = (name: string, workstation: string, predecessor: Job) =>
  job({
    name,
    workstation,
    runs: [jobRun({ name })],
    dependencies: [
      { _tag: "Job", jobId: predecessor.id, jobName: predecessor.name, conditional: false, external: true }
    ]
  })
const own = job({ name: "OWN", workstation: "/AGENT1", runs: [jobRun({ name: "OWN" })] })
const next = after("NEXT", "/AGENT2", own)
const far = after("FAR", "/AGENT2", next)

describe("who is narrowed", () => {
  it.effect("sees a job's direct neighbours, and nothing beyond that lies elsewhere", () =>
    Effect.gen(function* () {
      const successors = (depth: number, user: string) =>
        Effect.map(get(`/tws/jobs/${own.id}/successors?depth=${depth}`, user), ({ body: { item } }) => ({
          truncated: item.truncated,
          names: item.nodes.map(({ name }: { readonly name: string }) => name)
        }))
      assert.deepStrictEqual(yield* successors(3, "ann"), { truncated: false, names: ["NEXT", "FAR"] })
      assert.deepStrictEqual(yield* successors(1, "nan"), { truncated: false, names: ["NEXT"] })
      assert.deepStrictEqual(yield* successors(3, "nan"), { truncated: true, names: ["NEXT"] })
      assert.strictEqual((yield* get(`/tws/jobs/${next.id}`, "nan")).status, 403)
      assert.strictEqual((yield* get(`/tws/jobs/${next.id}/successors`, "nan")).status, 403)
    }).pipe(Effect.provide(over(TwsTest.layer({ jobs: [own, next, far] }), {}, users)))
  )

  it.effect("reruns a job with what lies within, and with nothing else", () =>
    Effect.gen(function* () {
      const mine = after("MINE", "/AGENT1", far)
      const last = after("LAST", "/AGENT1", mine)
      yield* Effect.gen(function* () {
        const rerun = (id: string, body: object, user = "nan") => post(`/tws/jobs/${id}/actions/rerun`, { user, body })
        const depth = (depth: number) => ({ successors: { _tag: "Depth", depth } })
        const jobs = (...ids: ReadonlyArray<string>) => ({ successors: { _tag: "Jobs", ids } })
        for (const body of [
          depth(1),
          jobs(next.id),
          jobs(mine.id, next.id),
          // Not in the plan.
          jobs("00000000-0000-7000-8000-000000000001"),
          { definition: "/AGENT2#/PROD/OTHER" },
          { definition: "somewhere" }
        ]) {
          const refused = yield* rerun(own.id, body)
          assert.strictEqual(refused.status, 403, JSON.stringify(body))
          assert.strictEqual(refused.body.reason, "scope")
        }
        assert.strictEqual(yield* actions, 0)
        for (const [id, body] of [
          [own.id, {}],
          [own.id, jobs(mine.id)],
          [mine.id, depth(1)],
          [own.id, { definition: "/AGENT1#/PROD/OTHER" }]
        ] as const) {
          assert.strictEqual((yield* rerun(id, body)).status, 202, JSON.stringify(body))
        }
        assert.strictEqual((yield* rerun(own.id, depth(3), "ann")).status, 202)
        assert.strictEqual(yield* actions, 5)
      }).pipe(Effect.provide(over(TwsTest.layer({ jobs: [own, next, far, mine, last] }), {}, users)))
    })
  )
})

describe("approval", () => {
  const setPolicy = (rule: object) =>
    send(
      HttpClientRequest.bodyJsonUnsafe(
        HttpClientRequest.put("/api/v1/approval-policies/prod", { headers: headersOf({ user: "root" }) }),
        rule
      )
    )
  const decide = (id: string, verdict: string, user: string) =>
    post(`/approvals/${id}/actions/${verdict}`, { user, body: { comment: "seen" } })

  it.effect("by somebody else is asked for by a policy, and lets the command run once", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* setPolicy({ command: "tws.job.*", folder: "/PROD/*" })).status, 200)
      assert.strictEqual((yield* hold({}, save.id)).body.state, "accepted")
      const waiting = yield* hold({ key: "k1" })
      assert.strictEqual(waiting.status, 202)
      assert.deepInclude(waiting.body, { state: "awaitingApproval", policy: "prod" })
      assert.deepStrictEqual((yield* hold({ key: "k1" })).body, waiting.body)
      assert.strictEqual(yield* actions, 1)
      const id = waiting.body.commandId
      const { body: pending } = yield* get("/approvals", "bob")
      assert.deepStrictEqual(
        pending.items.map((one: { readonly id: string }) => one.id),
        [id]
      )
      const own = yield* decide(id, "approve", "ann")
      assert.strictEqual(own.body.type, type("own-command"))
      assert.strictEqual((yield* decide(id, "approve", "vic")).status, 403)
      const verdicts = yield* Effect.all([decide(id, "approve", "bob"), decide(id, "approve", "root")], {
        concurrency: 2
      })
      assert.deepStrictEqual(verdicts.map(({ status }) => status).sort(), [200, 409])
      assert.strictEqual(yield* actions, 2)
      const { body: command } = yield* get(`/commands/${id}`)
      assert.include(["accepted", "confirmed"], command.state)
      assert.include(["bob", "root"], command.approval.decidedBy.name)
      assert.strictEqual((yield* hold({ key: "k1" })).body.state, "accepted")
      const { body: trail } = yield* get(`/audit?commandId=${id}`, "root")
      const intent = trail.items.find(({ phase }: { readonly phase: string }) => phase === "intent")
      assert.strictEqual(intent.actor.name, "ann")
      assert.include(["bob", "root"], intent.detail.approvedBy.name)
      assert.strictEqual((yield* decide(id, "approve", "bob")).body.type, type("already-decided"))
    }).pipe(Effect.provide(gateway))
  )

  it.effect("of a rerun is not for one who may not rerun all that it takes along", () =>
    Effect.gen(function* () {
      const rerun = (depth: number) =>
        post(`/tws/jobs/${own.id}/actions/rerun`, { body: { successors: { _tag: "Depth", depth } } })
      yield* setPolicy({ command: "tws.job.rerun", folder: "/PROD/*" })
      // The one behind it is elsewhere.
      const wide = yield* rerun(1)
      assert.strictEqual(wide.body.state, "awaitingApproval")
      const refused = yield* decide(wide.body.commandId, "approve", "nan")
      assert.strictEqual(refused.status, 403)
      assert.strictEqual(refused.body.reason, "scope")
      assert.strictEqual(yield* actions, 0)
      assert.strictEqual((yield* decide(wide.body.commandId, "approve", "bob")).status, 200)
      const narrow = yield* post(`/tws/jobs/${own.id}/actions/rerun`)
      const control = yield* TwsTest
      yield* control.fail("job", TwsTest.unavailable)
      assert.strictEqual((yield* decide(narrow.body.commandId, "approve", "nan")).status, 502)
      assert.strictEqual((yield* decide(narrow.body.commandId, "approve", "nan")).status, 200)
      assert.strictEqual(yield* actions, 2)
    }).pipe(Effect.provide(over(TwsTest.layer({ jobs: [own, next, far] }), {}, users)))
  )

  it.effect("that is refused, or does not come in time, ends the command", () =>
    Effect.gen(function* () {
      yield* setPolicy({ command: "*", expiresAfter: "PT5M" })
      const one = yield* hold({ key: "k1" })
      assert.strictEqual((yield* decide(one.body.commandId, "reject", "bob")).body.state, "rejected")
      const refused = yield* hold({ key: "k1" })
      assert.strictEqual(refused.status, 403)
      assert.deepInclude(refused.body, { type: type("command-not-approved"), reason: "rejected" })
      const two = yield* hold({ key: "k2" })
      yield* TestClock.adjust("6 minutes")
      assert.strictEqual((yield* settled(two.body.commandId, "expired")).state, "expired")
      assert.strictEqual((yield* hold({ key: "k2" })).body.reason, "expired")
      assert.strictEqual((yield* decide(two.body.commandId, "approve", "bob")).status, 409)
      assert.strictEqual(yield* actions, 0)
      const removed = yield* send(
        HttpClientRequest.delete("/api/v1/approval-policies/prod", { headers: headersOf({ user: "root" }) })
      )
      assert.strictEqual(removed.status, 204)
      assert.strictEqual((yield* hold()).body.state, "accepted")
    }).pipe(Effect.provide(gateway))
  )
})

describe("a bulk command", () => {
  const many = Array.from({ length: 12 }, (_, n) =>
    job({ name: `PAY${n}`, workstation: n < 4 ? "/AGENT1" : "/AGENT2" })
  )
  const bulk = over(TwsTest.layer({ jobs: [...many, load] }), { RESYNC_BULK_CAP: "12" }, users)
  const preview = (filter: object, user = "ann") =>
    post("/tws/bulk/preview", { user, body: { on: "jobs", filter, action: { _tag: "Hold" } } })

  it.effect("does exactly what its preview showed, once, with a report and an audit entry for each", () =>
    Effect.gen(function* () {
      const control = yield* TwsTest
      const shown = yield* preview({ name: "PAY*" })
      assert.strictEqual(shown.status, 200)
      assert.strictEqual(shown.body.count, 12)
      assert.strictEqual(yield* actions, 0)
      // Comes after the preview, and is not touched.
      yield* Ref.update(control.plan, (plan) => ({ ...plan, jobs: [...plan.jobs, job({ name: "PAY99" })] }))
      yield* control.fail("actOnJob", rejected)
      const run = { key: "b1", body: { token: shown.body.token, justification: { reason: "freeze" } } }
      const report = yield* post("/tws/bulk", run)
      assert.strictEqual(report.status, 202)
      assert.deepStrictEqual(report.body.states, { refused: 1, accepted: 11 })
      assert.lengthOf(report.body.items, 12)
      assert.strictEqual(yield* actions, 12)
      const again = yield* post("/tws/bulk", run)
      assert.deepStrictEqual(again.body, report.body)
      assert.strictEqual((yield* post("/tws/bulk", { body: run.body })).body.type, type("preview-not-found"))
      assert.strictEqual(yield* actions, 12)
      const { body: trail } = yield* get("/audit?action=tws.job.hold&limit=100", "root")
      assert.lengthOf(trail.items, 24)
      const { body: listed } = yield* get(`/commands?parentId=${report.body.commandId}`)
      assert.lengthOf(listed.items, 12)
    }).pipe(Effect.provide(bulk))
  )

  it.effect("is capped, narrowed, of one caller, and never means everything", () =>
    Effect.gen(function* () {
      const wide = yield* preview({ status: ["WAITING"] })
      assert.strictEqual(wide.status, 422)
      assert.deepInclude(wide.body, { type: type("bulk-too-large"), cap: 12 })
      assert.strictEqual((yield* preview({})).status, 400)
      const narrowed = yield* preview({ name: "PAY*" }, "nan")
      assert.strictEqual(narrowed.body.count, 4)
      const { token } = narrowed.body
      assert.strictEqual((yield* post("/tws/bulk", { user: "bob", body: { token } })).status, 404)
      assert.strictEqual((yield* preview({ name: "PAY*" }, "vic")).status, 403)
      const run = { user: "nan", key: "b1", body: { token } }
      assert.deepStrictEqual((yield* post("/tws/bulk", run)).body.states, { accepted: 4 })
      assert.strictEqual((yield* post("/tws/bulk", run)).headers["idempotent-replayed"], "true")
      const old = yield* preview({ name: "PAY*" }, "nan")
      yield* TestClock.adjust("16 minutes")
      assert.strictEqual((yield* post("/tws/bulk", { user: "nan", body: { token: old.body.token } })).status, 404)
      assert.strictEqual(yield* actions, 4)
    }).pipe(Effect.provide(bulk))
  )

  it.effect("waits for approval when a policy asks for it of one of its parts", () =>
    Effect.gen(function* () {
      yield* send(
        HttpClientRequest.bodyJsonUnsafe(
          HttpClientRequest.put("/api/v1/approval-policies/pay", { headers: headersOf({ user: "root" }) }),
          { command: "tws.job.hold", name: "PAY11" }
        )
      )
      const { body: shown } = yield* preview({ name: "PAY*" })
      const waiting = yield* post("/tws/bulk", { body: { token: shown.token } })
      assert.strictEqual(waiting.body.state, "awaitingApproval")
      const approved = yield* post(`/approvals/${waiting.body.commandId}/actions/approve`, { user: "bob" })
      assert.strictEqual(approved.body.state, "done")
      assert.strictEqual(approved.body.answer.count, 12)
      assert.strictEqual(yield* actions, 12)
      const { body: trail } = yield* get("/audit?action=tws.job.hold&limit=100", "root")
      assert.isTrue(
        trail.items.every(({ actor }: { readonly actor: { readonly name: string } }) => actor.name === "ann")
      )
    }).pipe(Effect.provide(bulk))
  )
})
