import { assert, describe, it } from "@effect/vitest"
import { BulkheadFull } from "@resync/resilience/Bulkhead"
import * as CircuitOpen from "@resync/resilience/CircuitOpen"
import { DeadlineExceeded } from "@resync/resilience/Deadline"
import {
  type TwsError,
  TwsForbidden,
  TwsObjectNotFound,
  TwsProtocolError,
  TwsRejected,
  TwsTimeout,
  TwsUnauthorized,
  TwsUnavailable
} from "@resync/tws/TwsError"
import { Duration, Effect } from "effect"
import { HttpClientRequest, ProblemDetails } from "effect/http"
import { get, over, scheduler, send } from "./TestGateway.ts"

const id = "0b7c7f0e-7a44-4c1c-9d0a-3f1f0b1c2d3e"
const said = { messages: ["AWSBIN076E internal words"], messageIds: ["AWSBIN076E"] }
const operation = "jobs"

const urn = (name: string) => `urn:problem-type:resync:${name}`

/** What the scheduler does, and what the caller gets for it. */
const failures: ReadonlyArray<readonly [title: string, TwsError, status: number, type: string, retryAfter?: string]> = [
  ["refused credentials", new TwsUnauthorized({ operation, ...said }), 502, "upstream-refused"],
  ["a forbidden action", new TwsForbidden({ operation, ...said }), 403, "scheduler-forbids"],
  ["a refusal", new TwsRejected({ operation, status: 400, ...said }), 422, "scheduler-rejected"],
  [
    "no connection",
    new TwsUnavailable({
      operation,
      notProcessed: false,
      reason: "transport",
      detail: "connect ECONNREFUSED 10.0.0.7:31116",
      ...said
    }),
    502,
    "upstream-unreachable"
  ],
  [
    "503 with Retry-After",
    new TwsUnavailable({
      operation,
      notProcessed: false,
      reason: "status",
      status: 503,
      retryAfter: Duration.millis(6200),
      detail: "503",
      ...said
    }),
    503,
    "upstream-unavailable",
    "7"
  ],
  [
    "503 without Retry-After",
    new TwsUnavailable({ operation, notProcessed: false, reason: "status", status: 503, detail: "503", ...said }),
    503,
    "upstream-unavailable",
    "1"
  ],
  [
    "500",
    new TwsUnavailable({ operation, notProcessed: false, reason: "status", status: 500, detail: "500", ...said }),
    502,
    "upstream-bad-answer"
  ],
  ["a slow answer", new TwsTimeout({ operation, timeout: Duration.seconds(10) }), 504, "upstream-timeout"],
  ["a garbled answer", new TwsProtocolError({ operation, detail: "Unexpected token" }), 502, "upstream-bad-answer"],
  ["an open breaker", CircuitOpen.make("tws_jobs_status", "OPEN", 29_001), 503, "circuit-open", "30"],
  [
    "a full bulkhead",
    new BulkheadFull({ name: "tws_jobs_status", reason: "queue-full", maxConcurrentCalls: 32, maxQueuedCalls: 256 }),
    503,
    "bulkhead-full",
    "1"
  ],
  [
    "a passed deadline",
    new DeadlineExceeded({ name: "tws_jobs_status", deadline: Duration.seconds(30) }),
    504,
    "upstream-timeout"
  ]
]

describe("a failing scheduler is answered with", () => {
  for (const [title, error, status, type, retryAfter] of failures) {
    it.effect(`${status} ${type} for ${title}`, () =>
      Effect.gen(function* () {
        const { body, headers, text, ...response } = yield* get("/api/v1/tws/jobs?limit=7", {
          "x-correlation-id": "call-1"
        })
        assert.strictEqual(response.status, status)
        assert.strictEqual(headers["content-type"], ProblemDetails.contentType)
        assert.strictEqual(headers["x-correlation-id"], "call-1")
        assert.strictEqual(headers["retry-after"], retryAfter)
        assert.strictEqual(body.type, urn(type))
        assert.strictEqual(body.status, status)
        assert.isString(body.title)
        assert.strictEqual(body.instance, "/api/v1/tws/jobs")
        assert.strictEqual(body.correlationId, "call-1")
        assert.strictEqual(body.retryAfter, retryAfter === undefined ? undefined : Number(retryAfter))
        assert.notMatch(text, /10\.0\.0\.7|ECONNREFUSED|Unexpected token|\bat .*\.ts/)
      }).pipe(Effect.provide(over(scheduler({ jobs: () => Effect.fail(error) }))))
    )
  }

  it.effect("names the breaker that is open", () =>
    Effect.gen(function* () {
      const { body } = yield* get("/api/v1/tws/plan")
      assert.strictEqual(body.breaker, "tws_plan_details")
      assert.strictEqual(body.retryAfter, undefined)
    }).pipe(
      Effect.provide(
        over(
          scheduler({
            plan: Effect.fail(CircuitOpen.make("tws_plan_details", "FORCED_OPEN", Number.POSITIVE_INFINITY))
          })
        )
      )
    )
  )

  it.effect("404 object-not-found for an object that the plan does not show", () =>
    Effect.gen(function* () {
      const { body, status } = yield* get(`/api/v1/tws/jobs/${id}`)
      assert.strictEqual(status, 404)
      assert.strictEqual(body.type, urn("object-not-found"))
      assert.strictEqual(body.kind, "job")
      assert.strictEqual(body.id, id)
    }).pipe(Effect.provide(over(scheduler({ job: () => Effect.fail(new TwsObjectNotFound({ kind: "job", id })) }))))
  )

  it.effect("500 internal-error for a fault of ours, which stays inside", () =>
    Effect.gen(function* () {
      const { body, status, text } = yield* get("/api/v1/tws/plan")
      assert.strictEqual(status, 500)
      assert.strictEqual(body.type, urn("internal-error"))
      assert.notInclude(text, "secret detail")
      assert.strictEqual(body.detail, undefined)
    }).pipe(Effect.provide(over(scheduler({ plan: Effect.die(new Error("secret detail")) }))))
  )

  it.effect("500 internal-error for an answer of ours that does not fit the contract", () =>
    Effect.gen(function* () {
      const { body, status } = yield* get("/api/v1/tws/engine")
      assert.strictEqual(status, 500)
      assert.strictEqual(body.type, urn("internal-error"))
    }).pipe(
      // @ts-expect-error the engine must have a version
      Effect.provide(over(scheduler({ engine: Effect.succeed({ value: {}, asOf: 0, stale: false }) })))
    )
  )
})

describe("a wrong request is answered with", () => {
  const requests: ReadonlyArray<
    readonly [
      title: string,
      HttpClientRequest.HttpClientRequest,
      status: number,
      type: string,
      path?: ReadonlyArray<string>
    ]
  > = [
    ["an unknown path", HttpClientRequest.get("/api/v1/nothing"), 404, "route-not-found"],
    ["a path outside", HttpClientRequest.get("/nothing?secret=1"), 404, "route-not-found"],
    ["another method", HttpClientRequest.delete("/api/v1/tws/jobs"), 405, "method-not-allowed"],
    ["an id that is none", HttpClientRequest.get("/api/v1/tws/jobs/7"), 400, "invalid-request", ["params", "id"]],
    ["a zero byte in the path", HttpClientRequest.get("/api/v1/resilience/breakers/%00"), 400, "malformed-request"],
    ["a zero byte in the query", HttpClientRequest.get("/api/v1/audit/export?actor=a%00"), 400, "malformed-request"],
    [
      "a breaker's name that cannot be kept",
      HttpClientRequest.post("/api/v1/resilience/breakers/a%0Ab/actions/reset"),
      400,
      "invalid-request",
      ["params", "name"]
    ],
    [
      "a limit too high",
      HttpClientRequest.get("/api/v1/tws/jobs?limit=1001"),
      400,
      "invalid-request",
      ["query", "limit"]
    ],
    [
      "a misspelt filter",
      HttpClientRequest.get("/api/v1/tws/jobs?stauts=ERROR"),
      400,
      "invalid-request",
      ["query", "stauts"]
    ],
    [
      "a date that is none",
      HttpClientRequest.get("/api/v1/tws/jobs?from=yesterday"),
      400,
      "invalid-request",
      ["query", "from"]
    ],
    [
      "broken JSON",
      HttpClientRequest.post(`/api/v1/tws/jobs/${id}/actions/cancel`).pipe(
        HttpClientRequest.bodyText('{"pending": tru', "application/json")
      ),
      400,
      "invalid-request",
      ["payload"]
    ],
    [
      "a misspelt member",
      HttpClientRequest.post(`/api/v1/tws/jobs/${id}/actions/cancel`).pipe(
        HttpClientRequest.bodyJsonUnsafe({ pendign: true })
      ),
      400,
      "invalid-request",
      ["payload", "pendign"]
    ],
    [
      "an idempotency key with spaces",
      HttpClientRequest.post(`/api/v1/tws/jobs/${id}/actions/hold`, { headers: { "idempotency-key": "a b" } }),
      400,
      "invalid-request",
      ["headers", "idempotency-key"]
    ],
    [
      "another media type",
      HttpClientRequest.post(`/api/v1/tws/jobs/${id}/actions/cancel`).pipe(HttpClientRequest.bodyText("pending")),
      415,
      "unsupported-media-type"
    ]
  ]

  for (const [title, request, status, type, path] of requests) {
    it.effect(`${status} ${type} for ${title}`, () =>
      Effect.gen(function* () {
        const { body, headers, ...response } = yield* send(request)
        assert.strictEqual(response.status, status)
        assert.strictEqual(headers["content-type"], ProblemDetails.contentType)
        assert.strictEqual(body.type, urn(type))
        assert.strictEqual(body.correlationId, headers["x-correlation-id"])
        assert.notInclude(body.instance, "secret")
        if (path !== undefined) assert.deepStrictEqual(body.errors[0].path, path)
      }).pipe(Effect.provide(over(scheduler({}))))
    )
  }

  it.effect("all that is wrong with it at once", () =>
    Effect.gen(function* () {
      const { body } = yield* get("/api/v1/tws/jobs?limit=0&stauts=ERROR&from=yesterday")
      const paths = body.errors.map(({ path }: { readonly path: ReadonlyArray<string> }) => path.join("."))
      assert.sameMembers(paths, ["query.limit", "query.stauts", "query.from"])
    }).pipe(Effect.provide(over(scheduler({}))))
  )

  it.effect("the methods that the path takes", () =>
    Effect.gen(function* () {
      const { body, headers } = yield* send(HttpClientRequest.put(`/api/v1/tws/jobs/${id}`))
      assert.strictEqual(headers["allow"], "GET, HEAD")
      assert.deepStrictEqual(body.allow, ["GET", "HEAD"])
    }).pipe(Effect.provide(over(scheduler({}))))
  )
})

it.effect("HEAD is answered like GET, without a body", () =>
  Effect.gen(function* () {
    const { headers, status, text } = yield* send(HttpClientRequest.head("/health/live"))
    assert.strictEqual(status, 200)
    assert.strictEqual(headers["content-type"], "application/json")
    assert.strictEqual(text, "")
  }).pipe(Effect.provide(over(scheduler({}))))
)
