import { assert, layer } from "@effect/vitest"
import { Duration, Effect } from "effect"
import { SimulatorServer } from "../../src/SimulatorServer.ts"
import { at } from "../Json.ts"
import { ask } from "../RawClient.ts"

/** The request that the vendor's Python samples make: the same headers on every call, whatever it is. */
const call = Effect.fnUntraced(function* (
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {}
) {
  const { url } = yield* SimulatorServer
  return yield* ask(`${url}/twsd${path}`, {
    method,
    ...(body === undefined ? {} : { body }),
    headers: {
      Accept: "application/json",
      "How-Many": "500",
      "Request-Id": "6f1c2d7e-0000-4000-8000-1234567890ab",
      ...headers
    }
  })
})

const step = (duration: Duration.Input) => Effect.flatMap(SimulatorServer, ({ control }) => control.stepClock(duration))

const quoted = (id: unknown): string => String(id).replaceAll(";", "%3B")

layer(SimulatorServer.layer({ jobs: 1000, clock: "stepped" }), { timeout: Duration.seconds(20) })(
  "the vendor's sample clients",
  (it) => {
    it.effect("query job streams", () =>
      Effect.gen(function* () {
        const { json } = yield* call("POST", "/plan/current/jobstream/query", {
          filters: { jobStreamInPlanFilter: { jobStreamName: "FIN@" } }
        })
        assert.isArray(json)
        const line = `${at(json, 0, "key", "workstationKey", "name")}#${at(json, 0, "key", "name")}(${at(json, 0, "key", "startTime")})`
        assert.match(line, /^[A-Z0-9_]+#FIN\w+\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\)$/)
      })
    )

    it.effect("page with query_next and the context headers", () =>
      Effect.gen(function* () {
        const filters = { filters: { jobInPlanFilter: { jobName: "LOAD*" } } }
        const ids: Array<unknown> = []
        let answer = yield* call("POST", "/plan/current/job/query", filters, { "How-Many": "7" })
        while (Array.isArray(answer.json) && answer.json.length > 0) {
          assert.strictEqual(answer.headers["how-many-returned"], String(answer.json.length))
          ids.push(...answer.json.map((one) => at(one, "id")))
          answer = yield* call("POST", "/plan/current/job/query_next", filters, {
            "How-Many": "7",
            "Last-Object": String(answer.headers["last-object"])
          })
        }
        const whole = yield* call("POST", "/plan/current/job/query", filters)
        assert.deepStrictEqual(ids, Array.isArray(whole.json) ? whole.json.map((one) => at(one, "id")) : [])
        assert.isAbove(ids.length, 20)
      })
    )

    it.effect("rerun jobs by name: 202 with no body", () =>
      Effect.gen(function* () {
        const found = yield* call("POST", "/plan/current/job/query", {
          filters: { jobInPlanFilter: { internalStatusList: ["ABEND"], lastInRerunChain: true } }
        })
        const job = at(found.json, 0)
        assert.match(String(at(job, "id")), /^[A-Z0-9_]+;0[A-Z]{15};\w+$/)
        for (const field of ["workstationKey", "name", "startTime"]) assert.isDefined(at(job, "jobStreamInPlan", field))
        const rerun = yield* call("PUT", `/plan/current/job/${quoted(at(job, "id"))}/action/rerun`, {})
        assert.strictEqual(rerun.status, 202)
        assert.strictEqual(rerun.body, "")
        yield* step("10 seconds")
        const after = yield* call("GET", `/plan/current/job/${quoted(at(job, "id"))}`)
        assert.strictEqual(at(after.json, "status", "internalStatus"), "EXEC")
        assert.strictEqual(at(after.json, "runNumber"), Number(at(job, "runNumber")) + 1)
      })
    )

    it.effect("add a job to the model, and submit it into a stream", () =>
      Effect.gen(function* () {
        const added = yield* call("POST", "/model/jobdefinition", {
          header: {
            jobDefinitionKey: { name: "SAMPLE", workstationName: "MIL_AGT01" },
            description: "Added by REST API.",
            taskType: "UNIX",
            userLogin: "wauser"
          },
          taskString: "sleep 5",
          recoveryOption: "STOP"
        })
        assert.isString(at(added.json, "id"))
        const definitions = yield* call(
          "POST",
          "/model/jobdefinition/header/query",
          { filters: { jobDefinitionFilter: { jobDefinitionName: "SAMPLE", workstationName: "MIL_AGT01" } } },
          { "How-Many": "1" }
        )
        // A shell sample cuts the fourth field between quotes out of the answer: the id has to come first.
        assert.strictEqual(definitions.body.split('"')[3], at(added.json, "id"))
        const streams = yield* call("POST", "/plan/current/jobstream/query", {
          filters: { jobStreamInPlanFilter: { internalStatusList: ["SUCC"] } }
        })
        const stream = at(streams.json, 0, "id")
        const drafted = yield* call("POST", `/plan/current/jobstream/${quoted(stream)}/action/submit_job`, {
          jobDefinitionId: at(definitions.json, 0, "id"),
          alias: "SAMPLEALIAS"
        })
        assert.notInclude(drafted.body, "exceptionName")
        const path = "/plan/current/job/action/submit_ad_hoc_job"
        const submitted = yield* call("POST", path, { job: drafted.json })
        assert.strictEqual(at(submitted.json, "id"), `${String(stream)};SAMPLEALIAS`)
        yield* step("10 seconds")
        const job = yield* call("GET", `/plan/current/job/${quoted(at(submitted.json, "id"))}`)
        assert.strictEqual(at(job.json, "name"), "SAMPLEALIAS")
        const again = yield* call("POST", path, { job: drafted.json })
        assert.strictEqual(again.status, 409)
        assert.isString(at(again.json, "messages", 0))
      })
    )

    it.effect("submit a job stream in one step and in two", () =>
      Effect.gen(function* () {
        const found = yield* call(
          "POST",
          "/model/jobstream/header/query",
          {
            filters: {
              jobstreamFilter: { jobStreamName: "FINO@", workstationName: "@", validIn: "2026-03-04T10:00:00.123456" }
            }
          },
          { "How-Many": "1" }
        )
        const id = String(at(found.json, 0, "id"))
        const inputArrivalTime = "2026-03-04T10:00:00.123456"
        const one = yield* call("POST", `/plan/current/jobstream/${id}/action/submit_jobstream`, {
          inputArrivalTime,
          alias: null
        })
        assert.isArray(one.json)
        const made = yield* call("POST", `/plan/current/jobstream/${id}/action/make_jobstream`, {
          inputArrivalTime,
          alias: "TWOSTEPS"
        })
        const two = yield* call("POST", "/plan/current/jobstream/action/submit_jobstream", {
          inputArrivalTime,
          jobstream: made.json,
          variableTable: []
        })
        yield* step("10 seconds")
        const query = yield* call("POST", "/plan/current/jobstream/query", {
          filters: { jobStreamInPlanFilter: { jobStreamName: "TWOSTEPS" } }
        })
        assert.strictEqual(at(query.json, 0, "id"), at(two.json, 0))
      })
    )

    it.effect("switch the manager, after which the plan is loaded anew", () =>
      Effect.gen(function* () {
        const domains = yield* call("POST", "/plan/current/domain/query", {
          filters: { domainInPlanFilter: { domainName: "MASTERDM" } }
        })
        const workstations = yield* call("POST", "/plan/current/workstation/query", {
          filters: { workstationInPlanFilter: { workstationName: "BKM" } }
        })
        assert.strictEqual(at(workstations.json, "length"), 1)
        const switched = yield* call(
          "PUT",
          `/plan/current/domain/${at(domains.json, 0, "id")}/action/switch_domain_workstation`
        )
        assert.strictEqual(switched.status, 202)
        yield* step("4 seconds")
        assert.strictEqual((yield* call("GET", "/api/v2/plan/job?limit=1")).status, 500)
        yield* step("1 minute")
        assert.strictEqual((yield* call("GET", "/api/v2/plan/job?limit=1")).status, 200)
      })
    )

    it.effect("critical jobs, their risk, chain and successors", () =>
      Effect.gen(function* () {
        const critical = yield* call("POST", "/plan/current/criticaljob/query", {
          filters: { criticalJobInPlanFilter: {} }
        })
        const first = at(critical.json, 0)
        assert.include(["HIGH_RISK", "POTENTIAL_RISK", "ON_TRACK"], at(first, "criticalNetworkInfo", "alertLevel"))
        const id = quoted(at(first, "id"))
        const chain = yield* call("POST", `/plan/current/criticaljob/${id}/query_predecessors_chain`, {})
        assert.isArray(chain.json)
        assert.strictEqual(at(chain.json, Number(at(chain.json, "length")) - 1, "id"), at(first, "id"))
        const summary = yield* call("POST", "/plan/current/criticaljob/summary_info", {})
        assert.strictEqual(at(summary.json, "totalJobs"), at(critical.json, "length"))
        const head = quoted(at(chain.json, 0, "id"))
        const affected = yield* call("GET", `/plan/current/job/${head}/critical_successors`)
        if (head !== id) assert.isAbove(Number(at(affected.json, "length")), 0)
        const preview = yield* call("GET", `/plan/current/job/${head}/jobsuccessors/preview?failOnMaxJobs=true`)
        assert.isArray(at(preview.json, "internalSuccessors"))
      })
    )

    it.effect("reply to prompts by header, and read logs page by page", () =>
      Effect.gen(function* () {
        const prompts = yield* call("POST", "/plan/current/prompt/query", {
          filters: { promptInPlanFilter: { statusList: ["NOT_ASKED", "ASKED"] } }
        })
        const id = String(at(prompts.json, 0, "id"))
        assert.strictEqual((yield* call("PUT", `/plan/current/prompt/${id}/action/reply`)).status, 400)
        const replied = yield* call("PUT", `/plan/current/prompt/${id}/action/reply`, undefined, { Answer: "true" })
        assert.strictEqual(replied.status, 202)
        const jobs = yield* call("POST", "/plan/current/job/query", {
          filters: { jobInPlanFilter: { internalStatusList: ["SUCC"] } }
        })
        const job = quoted(at(jobs.json, 0, "id"))
        const log = yield* call("GET", `/plan/current/job/${job}/joblog?lines=5&pageNumber=2`)
        assert.strictEqual(String(at(log.json, "content")).split("\n").length, 5)
        assert.isAbove(Number(at(log.json, "totalPages")), 2)
      })
    )
  }
)
