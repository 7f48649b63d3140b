import { assert, layer } from "@effect/vitest"
import { Duration, Effect } from "effect"
import { SimulatorServer } from "../../src/SimulatorServer.ts"
import { at } from "../Json.ts"
import { ask, type RawRequest } from "../RawClient.ts"

const base = "/twsd/api/v2"
const oql = (text: string): string => `oql=${encodeURIComponent(text)}`

const call = Effect.fnUntraced(function* (path: string, options: RawRequest = {}) {
  const { url } = yield* SimulatorServer
  return yield* ask(path.startsWith("http") ? path : `${url}${path}`, options)
})

const step = (duration: Duration.Input) => Effect.flatMap(SimulatorServer, ({ control }) => control.stepClock(duration))

const firstJob = Effect.fnUntraced(function* (filter: string) {
  const { json } = yield* call(`${base}/plan/job?limit=1&${oql(filter)}`)
  const job = at(json, "results", 0)
  assert.isDefined(job, filter)
  return { id: String(at(job, "id")), run: String(at(job, "jobruns", 0, "id")), job }
})

const jobOf = (id: string) => Effect.map(call(`${base}/plan/job/${id}`), ({ json }) => json)

layer(SimulatorServer.layer({ jobs: 1500, clock: "stepped" }), { timeout: Duration.seconds(20) })("the API", (it) => {
  it.effect("lets nobody in without a sign-in, and viewers only to read", () =>
    Effect.gen(function* () {
      const { url } = yield* SimulatorServer
      const path = `${url}${base}/plan/job?limit=1`
      const bearer = (token: string) => ({ credentials: "", headers: { authorization: `Bearer ${token}` } })
      const unsigned = yield* ask(path, { credentials: "wauser:wrong" })
      assert.strictEqual(unsigned.status, 401)
      assert.match(String(at(unsigned.json, "messages", 0)), /^AWS[A-Z]{3}\d{3}E /)
      assert.isString(at(unsigned.json, "exceptionName"))
      assert.include(unsigned.headers["www-authenticate"] ?? "", "Basic")
      assert.strictEqual((yield* ask(path, bearer("wa-api-key"))).status, 200)
      assert.strictEqual((yield* ask(path, bearer("other"))).status, 401)
      assert.strictEqual((yield* ask(path, { credentials: "viewer:viewer" })).status, 200)
      const { id } = yield* firstJob("lastRunCommonStatus = 'WAITING'")
      const refused = yield* ask(`${url}${base}/plan/job/${id}/action/hold`, {
        method: "PUT",
        credentials: "viewer:viewer"
      })
      assert.strictEqual(refused.status, 403)
    })
  )

  it.effect("pages by absolute links, and every job comes once", () =>
    Effect.gen(function* () {
      const ids: Array<unknown> = []
      let next: string | undefined = `${base}/plan/job?limit=400&${oql("name LIKE '@' ORDER BY name DESC")}`
      let pages = 0
      while (next !== undefined) {
        const { json }: { readonly json: unknown } = yield* call(next)
        const results = at(json, "results")
        if (Array.isArray(results)) ids.push(...results.map((one) => at(one, "id")))
        const link: unknown = at(json, "next")
        next = typeof link === "string" ? link : undefined
        assert.strictEqual(at(json, "previous") !== undefined, pages > 0)
        pages++
      }
      assert.strictEqual(pages, 4)
      assert.strictEqual(new Set(ids).size, 1500)
    })
  )

  it.effect("counts only what is asked for", () =>
    Effect.gen(function* () {
      const path = `${base}/plan/job?limit=2&${oql("lastRunCommonStatus = 'SUCCESSFUL'")}`
      const whole = yield* call(path)
      const page = yield* call(path, { headers: { "Include-Count": "false" } })
      assert.isAbove(Number(at(whole.json, "count")), 100)
      assert.strictEqual(at(page.json, "count"), 2)
      assert.deepStrictEqual(at(page.json, "results"), at(whole.json, "results"))
    })
  )

  it.effect("selects by plan filter as conman does", () =>
    Effect.gen(function* () {
      const filter = encodeURIComponent("/@/MDM#/@/FINAL.@")
      const { json } = yield* call(`${base}/plan/job?plan_filter=${filter}`)
      assert.strictEqual(at(json, "count"), 3)
    })
  )

  it.effect("answers errors in the scheduler's form", () =>
    Effect.gen(function* () {
      const cases = [
        [`${base}/plan/job?${oql("name ==")}`, "GET", 400, "OQL_FILTER_SYNTAX_ERROR"],
        [`${base}/plan/job?${oql("key.name = 'X'")}`, "GET", 400, "OQL_FILTER_SYNTAX_ERROR"],
        [`${base}/plan/job?limit=-1`, "GET", 400, "AWS"],
        [`${base}/plan/job/00000000-0000-4000-8000-000000000000`, "GET", 404, "AWS"],
        [`${base}/plan/job/MDM;JOBS;SLEEP/action/kill`, "PUT", 400, "AWSBIO006E"],
        [`${base}/plan/job?plan_id=c0ffee00-0000-4000-8000-000000000000`, "GET", 404, "AWS"],
        [`${base}/login`, "POST", 401, "AWS"],
        [`${base}/engine/users`, "GET", 501, "AWSJCS027E"],
        [`${base}/engine/info`, "PATCH", 405, "AWS"],
        [`${base}/model/workspace`, "GET", 404, "AWS"]
      ] as const
      for (const [path, method, status, text] of cases) {
        const answer = yield* call(path, { method })
        assert.strictEqual(answer.status, status, path)
        assert.include(String(at(answer.json, "messages", 0)), text)
        assert.isString(at(answer.json, "exceptionName"))
      }
    })
  )

  it.effect("does an action a while after it accepted it", () =>
    Effect.gen(function* () {
      const { id } = yield* firstJob("lastRunCompositeStatus.substatus = 'HOLD_WAITING_FOR_TIME'")
      const accepted = yield* call(`${base}/plan/job/${id}/action/hold`, { method: "PUT" })
      assert.strictEqual(at(accepted.json, "id"), id)
      assert.strictEqual(at(yield* jobOf(id), "lastRunCommonStatus"), "WAITING")
      yield* step("2 seconds")
      assert.strictEqual(at(yield* jobOf(id), "lastRunCommonStatus"), "WAITING")
      yield* step("2 seconds")
      const held = yield* jobOf(id)
      assert.strictEqual(at(held, "lastRunCommonStatus"), "HELD")
      assert.strictEqual(at(held, "lastRunCompositeStatus", "substatus"), "HOLD_PRIORITY_ZERO")
      assert.strictEqual(at(held, "priority"), 0)
    })
  )

  it.effect("remembers who asked for a change and why", () =>
    Effect.gen(function* () {
      const { control } = yield* SimulatorServer
      const { id } = yield* firstJob("lastRunCommonStatus = 'WAITING'")
      const path = `${base}/plan/job/${id}/action/update-priority`
      yield* call(`${path}?priority=11`, {
        method: "PUT",
        headers: { "Justification-Description": "Late input", "Justification-Ticket-Num": "INC42" }
      })
      const { changes } = yield* control.stats
      assert.deepStrictEqual(changes.at(-1), {
        user: "wauser",
        method: "PUT",
        path,
        description: "Late input",
        ticket: "INC42"
      })
    })
  )

  it.effect("reruns only with a JSON body, and shows the new run", () =>
    Effect.gen(function* () {
      const { id, run } = yield* firstJob("lastRunCommonStatus = 'SUCCESSFUL' AND jobOptions.every = false")
      const path = `${base}/plan/job/run/${run}/action/rerun`
      assert.strictEqual((yield* call(path, { method: "PUT" })).status, 415)
      assert.strictEqual((yield* call(path, { method: "PUT", body: {} })).status, 200)
      yield* step("10 seconds")
      const after = yield* jobOf(id)
      assert.strictEqual(at(after, "jobruns", "length"), 2)
      assert.strictEqual(at(after, "jobruns", 0, "id"), run)
      assert.strictEqual(at(after, "jobruns", 1, "rerunType"), "RERUN")
      assert.strictEqual(at(after, "lastRunCommonStatus"), "RUNNING")
      const stale = yield* call(path, { method: "PUT", body: {} })
      assert.strictEqual(stale.status, 400)
    })
  )

  it.effect("refuses to confirm a job that has ended", () =>
    Effect.gen(function* () {
      const { id } = yield* firstJob("lastRunCommonStatus = 'SUCCESSFUL' AND jobruns.rerunType = 'REGULAR'")
      const answer = yield* call(`${base}/plan/job/${id}/action/confirm-succ`, { method: "PUT", body: {} })
      assert.strictEqual(answer.status, 400)
      assert.include(answer.body, "AWSBIN076E")
    })
  )

  it.effect("bounds actions by filter, and tells failures inside a 200", () =>
    Effect.gen(function* () {
      const filter = oql("jobStreamName = 'FINAL' ORDER BY name")
      const path = `${base}/plan/job/action/hold`
      assert.strictEqual((yield* call(`${path}?${filter}`, { method: "PUT" })).status, 400)
      assert.strictEqual((yield* call(path, { method: "PUT" })).status, 400)
      const held = yield* call(`${path}?max_object_affected=3&${filter}`, { method: "PUT" })
      assert.strictEqual(at(held.json, "successfulResourceResponses", "length"), 3)
      const killed = yield* call(`${base}/plan/job/action/kill?max_object_affected=3&${filter}`, { method: "PUT" })
      assert.strictEqual(killed.status, 200)
      assert.strictEqual(at(killed.json, "failedResourceResponses", "length"), 3)
      assert.isTrue(at(killed.json, "failedResourceResponses", 0, "isError"))
      assert.include(String(at(killed.json, "failedResourceResponses", 0, "message")), "AWSBHU085E")
      yield* step("5 seconds")
      yield* call(`${base}/plan/job/action/release?max_object_affected=3&${filter}`, { method: "PUT" })
    })
  )

  it.effect("answers an ad hoc submission with the composite id, and puts the job into JOBS", () =>
    Effect.gen(function* () {
      const body = {
        workstationKey: "MIL_AGT01",
        task: { UNIX: { taskString: "sleep 120", isCommand: "true", userName: "wauser" } }
      }
      const path = `${base}/plan/job/submit-ad-hoc-job`
      const submitted = yield* call(path, { method: "POST", body })
      assert.deepStrictEqual(submitted.json, { id: "MIL_AGT01;JOBS;SLEEP" })
      yield* step("10 seconds")
      assert.strictEqual((yield* call(path, { method: "POST", body })).status, 409)
      assert.strictEqual((yield* call(path, { method: "POST", body: { ...body, alias: "OTHER" } })).status, 200)
      const { id, job } = yield* firstJob("name = 'SLEEP'")
      assert.strictEqual(at(job, "jobStreamName"), "JOBS")
      assert.strictEqual(at(job, "jobDefinition", "task", "unix", "taskString"), "sleep 120")
      yield* call(`${base}/plan/job/${id}/action/kill`, { method: "PUT" })
      yield* step("10 seconds")
      const killed = yield* jobOf(id)
      assert.strictEqual(at(killed, "lastRunCompositeStatus", "status"), "ABEND")
      assert.strictEqual(at(killed, "jobruns", 0, "returnCode"), 143)
    })
  )

  it.effect("answers job logs as text, whole or in part, and follows a run to its end", () =>
    Effect.gen(function* () {
      const { run } = yield* firstJob("lastRunCompositeStatus.status = 'ABEND' AND jobruns.returnCode != 143")
      const path = `${base}/plan/job/run/${run}/joblog`
      const whole = yield* call(path)
      assert.strictEqual(whole.headers["content-type"], "text/plain; charset=utf-8")
      const lines = whole.body.trimEnd().split("\n")
      assert.match(lines[0] ?? "", /^=+$/)
      assert.match(lines[1] ?? "", /^= JOB {7}: \S+#\S+\[\(\d{4} \d\d\/\d\d\/\d\d\),\(0[A-Z]{15}\)\]\.\S+$/)
      assert.isTrue(lines.some((line) => /^ {2}Executing command : /.test(line)))
      assert.isTrue(lines.some((line) => /^= Exit Status {11}: [1-9]\d*$/.test(line)))
      const part = yield* call(`${path}?from_line=3&to_line=5`)
      assert.deepStrictEqual(part.body.trimEnd().split("\n"), lines.slice(2, 5))
      const content = yield* call(`${path}?contentOnly=true`)
      assert.notInclude(content.body, "= JOB")
      const followed = yield* call(`${path}?follow=true`)
      assert.strictEqual(followed.body, whole.body)
    })
  )

  it.effect("serves metrics, and the description of itself", () =>
    Effect.gen(function* () {
      const metrics = yield* call("/metrics")
      assert.match(metrics.body, /application_wa_JobsInPlanCount_job\{jobstatus="SUCCESSFUL"\} \d+/)
      assert.isTrue(metrics.body.endsWith("# EOF\n"))
      const description = yield* call("/twsd/WA_API3_v2.json")
      assert.strictEqual(at(description.json, "info", "title"), "HCL Workload Automation")
    })
  )

  it.effect("replies to a prompt, and its stream goes on", () =>
    Effect.gen(function* () {
      const { json } = yield* call(`${base}/plan/prompt?${oql("status = 'NOT_ASKED'")}`)
      const prompt = at(json, "results", 0)
      const id = String(at(prompt, "id"))
      const replied = yield* call(`${base}/plan/prompt/${id}/action/reply`, { method: "PUT", body: { answer: true } })
      assert.strictEqual(replied.status, 200)
      yield* step("5 seconds")
      assert.strictEqual(at((yield* call(`${base}/plan/prompt/${id}`)).json, "status"), "ANSWERED_YES")
      const again = yield* call(`${base}/plan/prompt/${id}/action/reply`, { method: "PUT", body: { answer: true } })
      assert.strictEqual(again.status, 400)
    })
  )

  it.effect("finds the successors of a stream by OQL", () =>
    Effect.gen(function* () {
      const streams = yield* call(
        `${base}/plan/jobstream?${oql("dependencies.dependencyType = 'EXTERNAL_JOBSTREAM'")}`,
        {
          headers: { scope: "WHOLE" }
        }
      )
      const follower = at(streams.json, "results", 0)
      const predecessor = String(at(follower, "dependencies", 0, "jobStreamId"))
      const found = yield* call(`${base}/plan/jobstream?${oql(`dependencies.jobStreamId = '${predecessor}'`)}`)
      const results = at(found.json, "results")
      assert.isTrue(Array.isArray(results) && results.some((one) => at(one, "id") === at(follower, "id")))
    })
  )
})

layer(SimulatorServer.layer({ jobs: 300, clock: "stepped", seed: 5 }), { timeout: Duration.seconds(20) })(
  "the day change",
  (it) => {
    it.effect("empties the mirror for a while and gives new ids", () =>
      Effect.gen(function* () {
        const before = yield* call(`${base}/plan/job?limit=10000`)
        const old = String(at(before.json, "results", 50, "id"))
        yield* step("14 hours")
        let status = 200
        let partial = 0
        for (let i = 0; i < 200 && partial === 0; i++) {
          yield* step("3 seconds")
          const answer = yield* call(`${base}/plan/job?limit=1`)
          if (answer.status !== 200) status = answer.status
          else if (status !== 200) partial = Number(at(answer.json, "count"))
        }
        assert.strictEqual(status, 500)
        assert.isAbove(partial, 0)
        assert.isBelow(partial, 300)
        yield* step("2 minutes")
        const after = yield* call(`${base}/plan/job?limit=1`)
        assert.isAtLeast(Number(at(after.json, "count")), 300)
        assert.strictEqual((yield* call(`${base}/plan/job/${old}`)).status, 404)
      })
    )
  }
)
