import { assert, describe, it } from "@effect/vitest"
import { Api } from "@resync/api/Api"
import { Validator } from "@seriousme/openapi-schema-validator"
import { Effect } from "effect"
import { OpenApi } from "effect/http-api"

const document = OpenApi.fromApi(Api)

const paths = [
  "GET /api/v1/resilience/breakers",
  "GET /api/v1/resilience/breakers/{name}",
  "GET /api/v1/resilience/events",
  "GET /api/v1/resilience/policies",
  "GET /api/v1/tws/engine",
  "GET /api/v1/tws/events",
  "GET /api/v1/tws/job-streams",
  "GET /api/v1/tws/job-streams/{id}",
  "GET /api/v1/tws/jobs",
  "GET /api/v1/tws/jobs/{id}",
  "GET /api/v1/tws/jobs/{id}/log",
  "GET /api/v1/tws/jobs/{id}/predecessors",
  "GET /api/v1/tws/jobs/{id}/successors",
  "GET /api/v1/tws/plan",
  "GET /api/v1/tws/prompts",
  "GET /api/v1/tws/resources",
  "GET /api/v1/tws/summary",
  "GET /api/v1/tws/workstations",
  "GET /api/v1/tws/workstations/{id}",
  "GET /health",
  "GET /health/live",
  "GET /health/ready",
  "GET /metrics",
  "PATCH /api/v1/resilience/policies/{name}",
  "POST /api/v1/resilience/breakers/{name}/actions/disable",
  "POST /api/v1/resilience/breakers/{name}/actions/force-close",
  "POST /api/v1/resilience/breakers/{name}/actions/force-open",
  "POST /api/v1/resilience/breakers/{name}/actions/reset",
  "POST /api/v1/tws/job-streams/{id}/actions/cancel",
  "POST /api/v1/tws/job-streams/{id}/actions/hold",
  "POST /api/v1/tws/job-streams/{id}/actions/release",
  "POST /api/v1/tws/job-streams/{id}/actions/submit",
  "POST /api/v1/tws/jobs/{id}/actions/cancel",
  "POST /api/v1/tws/jobs/{id}/actions/confirm",
  "POST /api/v1/tws/jobs/{id}/actions/hold",
  "POST /api/v1/tws/jobs/{id}/actions/kill",
  "POST /api/v1/tws/jobs/{id}/actions/release",
  "POST /api/v1/tws/jobs/{id}/actions/rerun",
  "POST /api/v1/tws/prompts/{id}/actions/reply",
  "POST /api/v1/tws/workstations/{id}/actions/link",
  "POST /api/v1/tws/workstations/{id}/actions/start",
  "POST /api/v1/tws/workstations/{id}/actions/stop",
  "POST /api/v1/tws/workstations/{id}/actions/unlink"
]

describe("the OpenAPI document", () => {
  it.effect("is valid", () =>
    Effect.gen(function* () {
      const result = yield* Effect.promise(() => new Validator().validate(JSON.parse(JSON.stringify(document))))
      assert.deepStrictEqual(result.errors ?? [], [])
      assert.isTrue(result.valid)
    })
  )

  it("holds exactly the paths of the contract", () => {
    const operations = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`)
    )
    assert.deepStrictEqual(operations.sort(), paths)
  })
})
