import { assert, layer } from "@effect/vitest"
import { Duration, Effect } from "effect"
import { SimulatorServer } from "../../src/SimulatorServer.ts"
import { answerProblems, schemaProblems, templateOf } from "../ContractValidator.ts"
import { at } from "../Json.ts"
import { ask, type RawRequest } from "../RawClient.ts"

const base = "/twsd/api/v2"

/** Asks, and holds the answer against the vendor's description. */
const checked = Effect.fnUntraced(function* (path: string, options: RawRequest & { readonly expect?: number } = {}) {
  const { url } = yield* SimulatorServer
  const answer = yield* ask(`${url}${path}`, options)
  const plain = path.split("?")[0] ?? path
  const template = templateOf(plain)
  assert.strictEqual(answer.status, options.expect ?? 200, `${options.method ?? "GET"} ${path}: ${answer.body}`)
  assert.isDefined(template, plain)
  if (answer.status === 200) {
    assert.deepStrictEqual(
      answerProblems(options.method ?? "GET", template ?? "", 200, answer.json).slice(0, 5),
      [],
      `${options.method ?? "GET"} ${path}`
    )
  }
  return answer.json
})

const oql = (text: string): string => `oql=${encodeURIComponent(text)}`

layer(SimulatorServer.layer({ jobs: 2000, clock: "stepped" }), { timeout: Duration.seconds(20) })(
  "answers of V2 are of the form that the vendor describes",
  (it) => {
    it.effect("the engine", () =>
      Effect.gen(function* () {
        for (const path of ["engine/info", "engine/read_permission", "engine/configuration", "objects-info"]) {
          yield* checked(`${base}/${path}`)
        }
        for (const period of ["day", "month"]) yield* checked(`${base}/plan/consumed-jobs/runs?period=${period}`)
        for (const type of ["JOB_IN_PLAN", "JOBSTREAM_IN_PLAN", "WORKSTATION_IN_PLAN"]) {
          yield* checked(`${base}/plan/folder/objects-count?object_type=${type}&${oql("folder LIKE '/@'")}`)
        }
      })
    )

    it.effect("every job of the plan, in every scope", () =>
      Effect.gen(function* () {
        const whole = yield* checked(`${base}/plan/job`, { headers: { scope: "WHOLE" } })
        assert.strictEqual(at(whole, "count"), 2000)
        const found = JSON.stringify(whole)
        for (const kind of ["INTERNAL", "EXTERNAL_JOB", "RESOURCE"]) {
          if (kind !== "EXTERNAL_JOB") assert.include(found, `"dependencyType":"${kind}"`)
        }
        const plain = yield* checked(`${base}/plan/job?limit=50`)
        assert.isUndefined(at(plain, "results", 0, "dependencies"))
      })
    )

    it.effect("every job stream of the plan", () =>
      Effect.gen(function* () {
        const whole = yield* checked(`${base}/plan/jobstream`, { headers: { scope: "WHOLE" } })
        const found = JSON.stringify(whole)
        for (const kind of ["EXTERNAL_JOB", "EXTERNAL_JOBSTREAM", "PROMPT", "FILE"]) {
          assert.include(found, `"dependencyType":"${kind}"`)
        }
        const id = String(at(whole, "results", 30, "id"))
        assert.deepStrictEqual(at(yield* checked(`${base}/plan/jobstream/${id}`), "id"), id)
        yield* checked(`${base}/plan/jobstream/${id}/predecessors?depth=3`)
        yield* checked(`${base}/plan/jobstream/${id}/successors?depth=3`)
        yield* checked(
          `${base}/plan/jobstream/count?plan_filter=${encodeURIComponent("/@/@#/@/@")}&grouping_filters=status`
        )
      })
    )

    it.effect("one job, its neighbours, its issues, its counts", () =>
      Effect.gen(function* () {
        const list = yield* checked(`${base}/plan/job?limit=1&${oql("lastRunCommonStatus = 'WAITING'")}`)
        const id = String(at(list, "results", 0, "id"))
        const one = yield* checked(`${base}/plan/job/${id}`)
        assert.isString(at(one, "lastRunCompositeStatus", "substatus"))
        yield* checked(`${base}/plan/job/${id}/predecessors?depth=4`)
        yield* checked(`${base}/plan/job/${id}/successors?depth=4`)
        yield* checked(`${base}/plan/job/${id}/model/description`)
        const issues = yield* checked(`${base}/plan/job/issues?${oql(`id = '${id}'`)}`)
        assert.isString(at(issues, "issues", 0, "issueMessage"))
        const counts = yield* checked(
          `${base}/plan/job/count?plan_filter=${encodeURIComponent("/@/@#/@/@.@")}&grouping_filters=status,folder`
        )
        assert.strictEqual(at(counts, "count"), 2000)
      })
    )

    it.effect("workstations and resources, and prompts and files of 10.2.8", () =>
      Effect.gen(function* () {
        const { url } = yield* SimulatorServer
        for (const kind of ["workstation", "resource"]) {
          const list = yield* checked(`${base}/plan/${kind}`)
          yield* checked(`${base}/plan/${kind}/${String(at(list, "results", 0, "id"))}`)
        }
        for (const [kind, schema] of [
          ["prompt", "PromptInPlanV2"],
          ["file", "FileInPlanV2"]
        ] as const) {
          const { json } = yield* ask(`${url}${base}/plan/${kind}`)
          const results = at(json, "results")
          assert.isArray(results)
          if (!Array.isArray(results)) return
          assert.isNotEmpty(results)
          for (const one of results) assert.deepStrictEqual(schemaProblems(schema, one), [])
          const single = yield* ask(`${url}${base}/plan/${kind}/${String(at(results, 0, "id"))}`)
          assert.deepStrictEqual(schemaProblems(schema, single.json), [])
        }
      })
    )

    it.effect("every definition", () =>
      Effect.gen(function* () {
        for (const kind of [
          "calendar",
          "credentials",
          "domain",
          "folder",
          "jobdefinition",
          "jobstream",
          "prompt",
          "resource",
          "runcyclegroup",
          "variable",
          "variabletable",
          "workloadapplicationtemplate",
          "workstation",
          "workstationclass"
        ]) {
          const list = yield* checked(`${base}/model/${kind}?limit=300`)
          const id = at(list, "results", 0, "def", "id")
          if (id !== undefined) yield* checked(`${base}/model/${kind}/${String(id)}`)
        }
      })
    )

    it.effect("actions, patches and submissions", () =>
      Effect.gen(function* () {
        const put = (path: string, body?: unknown) =>
          checked(`${base}/${path}`, { method: "PUT", ...(body === undefined ? {} : { body }) })
        const waiting = yield* checked(`${base}/plan/job?limit=2&${oql("lastRunCommonStatus = 'WAITING'")}`)
        const job = String(at(waiting, "results", 0, "id"))
        const other = String(at(waiting, "results", 1, "id"))
        for (const verb of ["hold", "release", "cancel-pending", "release-all-dependencies"]) {
          yield* put(`plan/job/${job}/action/${verb}`)
        }
        yield* put(`plan/job/${job}/action/update-priority?priority=50`)
        const info = { dependencies: [{ dependencyType: "EXTERNAL_JOB", jobId: other }] }
        yield* put(`plan/job/${job}/action/add-dependencies`, info)
        yield* put(`plan/job/action/cancel?${oql(`id = '${job}'`)}`)
        yield* checked(`${base}/plan/job/${other}`, { method: "PATCH", body: { priority: 20 } })

        const streams = yield* checked(`${base}/plan/jobstream?limit=1&${oql("commonStatus = 'WAITING'")}`)
        const stream = String(at(streams, "results", 0, "id"))
        for (const verb of ["hold", "release", "cancel-pending"]) yield* put(`plan/jobstream/${stream}/action/${verb}`)
        yield* checked(`${base}/plan/jobstream/${stream}`, { method: "PATCH", body: { priority: 20, limit: 3 } })

        const ended = yield* checked(`${base}/plan/job?limit=1&${oql("lastRunCommonStatus = 'ERROR'")}`)
        yield* put(`plan/job/run/${String(at(ended, "results", 0, "jobruns", 0, "id"))}/action/rerun`, {})
        yield* put(`plan/job/action/rerun?${oql(`id = '${String(at(ended, "results", 0, "id"))}'`)}`, {
          successorsInfo: { depth: 2 }
        })

        const workstations = yield* checked(`${base}/plan/workstation?${oql("type = 'AGENT'")}`)
        const agent = String(at(workstations, "results", 0, "id"))
        for (const verb of ["link", "unlink", "start", "stop", "set-online", "set-offline", "update-limit?limit=9"]) {
          yield* put(`plan/workstation/${agent}/action/${verb}`)
        }
        yield* put(`plan/workstation/action/update-fence?priority=5&${oql(`id = '${agent}'`)}`)
        const resources = yield* checked(`${base}/plan/resource`)
        yield* put(`plan/resource/${String(at(resources, "results", 0, "id"))}/action/update-quantity?quantity=7`)

        const definitions = yield* checked(`${base}/model/jobdefinition?limit=1&${oql("name LIKE 'LOAD@'")}`)
        yield* checked(`${base}/plan/job/${String(at(definitions, "results", 0, "def", "id"))}/submit`, {
          method: "POST",
          body: { alias: "CONFORMING" }
        })
        const jobstreams = yield* checked(`${base}/model/jobstream?limit=1&offset=5`)
        const definition = String(at(jobstreams, "results", 0, "def", "id"))
        yield* checked(`${base}/plan/jobstream/${definition}/submit`, { method: "POST", body: {} })
        yield* checked(`${base}/plan/jobstream/submit?${oql(`id = '${definition}'`)}`, { method: "POST", body: {} })
        yield* checked(`${base}/plan/job/submit-ad-hoc-job`, {
          method: "POST",
          body: { task: { UNIX: { taskString: "ls", isCommand: "true", userName: "wauser" } } }
        })
      })
    )
  }
)
