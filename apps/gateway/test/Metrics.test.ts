import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { simulated } from "./Simulated.ts"
import { get } from "./TestGateway.ts"

it.effect("GET /metrics tells requests by route, breakers by state and calls by kind, from the start", () =>
  Effect.gen(function* () {
    yield* get("/api/v1/tws/jobs?limit=1")
    yield* get("/api/v1/nothing")
    const { headers, status, text } = yield* get("/metrics")
    assert.strictEqual(status, 200)
    assert.strictEqual(headers["content-type"], "text/plain; version=0.0.4; charset=utf-8")
    assert.match(
      text,
      /^http_server_request_duration_seconds_count\{[^}]*http_route="\/api\/v1\/tws\/jobs"[^}]*\} \d+$/m
    )
    assert.match(text, /^http_server_request_duration_seconds_count\{[^}]*http_response_status_code="404"[^}]*\} \d+$/m)
    assert.match(text, /^resilience4j_circuitbreaker_state\{[^}]*name="tws_job_log"[^}]*\} [01]$/m)
    assert.match(text, /^resilience4j_circuitbreaker_calls[^{]*\{[^}]*name="tws_job_log"[^}]*\} 0$/m)
  }).pipe(Effect.provide(simulated()))
)
