import { assert, describe, it } from "@effect/vitest"
import { Api } from "@resync/api/Api"
import { Validator } from "@seriousme/openapi-schema-validator"
import { Effect } from "effect"
import { OpenApi } from "effect/http-api"

const document = OpenApi.fromApi(Api)

/** All answers of the document, with what they belong to. */
const responses = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).flatMap(([method, operation]) =>
    "responses" in operation
      ? Object.entries(operation.responses).map(([status, response]) => ({
          name: `${method} ${path} ${status}`,
          status,
          response
        }))
      : []
  )
)

const paths = [
  "DELETE /api/v1/api-keys/{id}",
  "DELETE /api/v1/approval-policies/{name}",
  "DELETE /api/v1/auth/sessions/{id}",
  "DELETE /api/v1/rag/documents/{id}",
  "DELETE /api/v1/users/{id}",
  "DELETE /api/v1/users/{id}/sessions/{sessionId}",
  "GET /.well-known/jwks.json",
  "GET /api/v1/api-keys",
  "GET /api/v1/approval-policies",
  "GET /api/v1/approvals",
  "GET /api/v1/audit",
  "GET /api/v1/audit/export",
  "GET /api/v1/audit/head",
  "GET /api/v1/audit/verification",
  "GET /api/v1/auth/me",
  "GET /api/v1/auth/oidc/callback",
  "GET /api/v1/auth/oidc/start",
  "GET /api/v1/auth/sessions",
  "GET /api/v1/caches",
  "GET /api/v1/commands",
  "GET /api/v1/commands/{id}",
  "GET /api/v1/rag/documents",
  "GET /api/v1/rag/documents/{id}",
  "GET /api/v1/rag/jobs",
  "GET /api/v1/rag/jobs/{id}",
  "GET /api/v1/rag/jobs/{id}/events",
  "GET /api/v1/resilience/breakers",
  "GET /api/v1/resilience/breakers/{name}",
  "GET /api/v1/resilience/events",
  "GET /api/v1/resilience/policies",
  "GET /api/v1/tws/connection",
  "GET /api/v1/tws/critical-jobs",
  "GET /api/v1/tws/engine",
  "GET /api/v1/tws/events",
  "GET /api/v1/tws/job-streams",
  "GET /api/v1/tws/job-streams/{id}",
  "GET /api/v1/tws/jobs",
  "GET /api/v1/tws/jobs/search",
  "GET /api/v1/tws/jobs/statuses",
  "GET /api/v1/tws/jobs/{id}",
  "GET /api/v1/tws/jobs/{id}/dependencies",
  "GET /api/v1/tws/jobs/{id}/history",
  "GET /api/v1/tws/jobs/{id}/impact",
  "GET /api/v1/tws/jobs/{id}/log",
  "GET /api/v1/tws/jobs/{id}/predecessors",
  "GET /api/v1/tws/jobs/{id}/status",
  "GET /api/v1/tws/jobs/{id}/successors",
  "GET /api/v1/tws/jobs/{id}/waiting",
  "GET /api/v1/tws/performance-metrics",
  "GET /api/v1/tws/plan",
  "GET /api/v1/tws/prompts",
  "GET /api/v1/tws/resources",
  "GET /api/v1/tws/resources/{id}",
  "GET /api/v1/tws/summary",
  "GET /api/v1/tws/system-status",
  "GET /api/v1/tws/workstations",
  "GET /api/v1/tws/workstations/{id}",
  "GET /api/v1/users",
  "GET /api/v1/users/{id}",
  "GET /api/v1/users/{id}/sessions",
  "GET /health",
  "GET /health/live",
  "GET /health/ready",
  "GET /metrics",
  "PATCH /api/v1/resilience/policies/{name}",
  "PATCH /api/v1/users/{id}",
  "POST /api/v1/api-keys",
  "POST /api/v1/approvals/{id}/actions/approve",
  "POST /api/v1/approvals/{id}/actions/reject",
  "POST /api/v1/auth/login",
  "POST /api/v1/auth/logout",
  "POST /api/v1/auth/mfa/disable",
  "POST /api/v1/auth/mfa/enroll",
  "POST /api/v1/auth/mfa/enroll/confirm",
  "POST /api/v1/auth/mfa/recovery-codes",
  "POST /api/v1/auth/mfa/verify",
  "POST /api/v1/auth/password",
  "POST /api/v1/auth/refresh",
  "POST /api/v1/caches/actions/clear",
  "POST /api/v1/caches/{name}/actions/clear",
  "POST /api/v1/rag/answer",
  "POST /api/v1/rag/documents",
  "POST /api/v1/rag/jobs/{id}/actions/cancel",
  "POST /api/v1/rag/jobs/{id}/actions/retry",
  "POST /api/v1/rag/search",
  "POST /api/v1/resilience/breakers/{name}/actions/disable",
  "POST /api/v1/resilience/breakers/{name}/actions/force-close",
  "POST /api/v1/resilience/breakers/{name}/actions/force-open",
  "POST /api/v1/resilience/breakers/{name}/actions/reset",
  "POST /api/v1/tws/bulk",
  "POST /api/v1/tws/bulk/preview",
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
  "POST /api/v1/tws/workstations/{id}/actions/unlink",
  "POST /api/v1/users",
  "POST /api/v1/users/{id}/actions/disable",
  "POST /api/v1/users/{id}/actions/enable",
  "POST /api/v1/users/{id}/actions/reset-mfa",
  "POST /api/v1/users/{id}/actions/reset-password",
  "PUT /api/v1/approval-policies/{name}"
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

  it("tells of each answer how it is found again, and of an unavailable system when to come back", () => {
    for (const { name, response, status } of responses) {
      const headers = "headers" in response ? Object.keys({ ...response.headers }) : []
      assert.include(headers, "x-correlation-id", name)
      assert.strictEqual(headers.includes("Retry-After"), status === "503" || status === "429", name)
      assert.strictEqual(headers.includes("idempotent-replayed"), status === "202", name)
    }
  })

  it("gives every endpoint a problem for a request that does not fit and for a fault of the service", () => {
    for (const wanted of ["400", "500"]) {
      const found = responses.filter(({ status }) => status === wanted)
      assert.lengthOf(found, paths.length)
      for (const { name, response } of found) {
        const content = "content" in response ? Object.keys({ ...response.content }) : []
        assert.deepStrictEqual(content, ["application/problem+json"], name)
      }
    }
  })
})
