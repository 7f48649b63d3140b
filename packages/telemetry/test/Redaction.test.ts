import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Metric, Redacted } from "effect"
import { HttpRouter, HttpServerRequest } from "effect/http"
import * as Prometheus from "../src/Prometheus.ts"
import * as Redaction from "../src/Redaction.ts"
import { OtlpReceiver } from "../src/testing/OtlpReceiver.ts"
import { get, Lines, system } from "./System.ts"

describe("Redaction", () => {
  it("knows secrets by their names", () => {
    for (const key of [
      "authorization",
      "Proxy-Authorization",
      "http.request.header.cookie",
      "Set-Cookie",
      "X-API-Key",
      "apiKey",
      "TWS_PASSWORD",
      "client_secret",
      "access_token",
      "refreshToken",
      "aws.credentials"
    ]) {
      assert.isTrue(Redaction.isSensitiveKey(key), key)
    }
    for (const key of ["http.route", "gen_ai.usage.input_tokens", "token_count", "job.key", "monkey", "author"]) {
      assert.isFalse(Redaction.isSensitiveKey(key), key)
    }
  })

  it("masks secrets inside text and leaves the rest", () => {
    const cases: ReadonlyArray<readonly [string, string]> = [
      ["Authorization: Bearer abc.def.ghi", "Authorization: <redacted>"],
      ["sent bearer eyJhbGciOi now", "sent bearer <redacted> now"],
      ["https://user:hunter2@host/x", "https://<redacted>@host/x"],
      ["password=hunter2&x=1", "password=<redacted>&x=1"],
      ['{"token": "abc", "n": 1}', '{"token": "<redacted>", "n": 1}'],
      ["Cookie: sid=1; theme=dark", "Cookie: <redacted>"],
      ["the key of the job is 7", "the key of the job is 7"],
      ["basic operations go on", "basic operations go on"]
    ]
    for (const [given, wanted] of cases) assert.strictEqual(Redaction.text(given), wanted)
  })

  it("masks parameters of an URL, however they are written", () => {
    assert.strictEqual(
      Redaction.url("https://ann:pw@tws/x?session_id=1&pass%77ord=2&job=a%20b&x#y"),
      "https://<redacted>@tws/x?session_id=<redacted>&pass%77ord=<redacted>&job=a%20b&x#y"
    )
    assert.strictEqual(Redaction.query("a=%zz&=1"), "a=%zz&=1")
    assert.strictEqual(Redaction.query("state=x&code=y&iss=z"), `state=${Redaction.mask}&code=${Redaction.mask}&iss=z`)
    assert.strictEqual(Redaction.query("state=OPEN"), "state=OPEN")
  })

  it("takes long hostile text in one pass", () => {
    for (const part of ["a", "token", "://", "bearer ", "basic ", " "]) {
      const hostile = `key ${part.repeat(200_000)}`
      assert.isString(Redaction.text(hostile))
    }
  })

  it("throws nothing", () => {
    const broken = {
      get name() {
        throw new Error("no")
      }
    }
    assert.strictEqual(Redaction.value(broken), "[unreadable]")
  })

  it("copies values without their secrets, in bounds", () => {
    const cyclic: Record<string, unknown> = { name: "x", password: "hunter2", inner: { cookie: "c", at: new Date(0) } }
    cyclic["self"] = cyclic
    cyclic["list"] = [Redacted.make("hunter2"), 1n, new Map([["secret", "hunter2"]])]
    assert.deepStrictEqual(Redaction.value(cyclic), {
      name: "x",
      password: "<redacted>",
      inner: { cookie: "<redacted>", at: "1970-01-01T00:00:00.000Z" },
      self: "[circular]",
      list: ["<redacted>", "1", { secret: "<redacted>" }]
    })
  })

  const secret = "s3cr3t-hunter2"

  const routes = HttpRouter.add(
    "GET",
    "/leaky",
    Effect.gen(function* () {
      const request = yield* HttpServerRequest.HttpServerRequest
      yield* Effect.annotateCurrentSpan({ headers: request.headers, key: Redacted.make(secret), password: secret })
      yield* Effect.log("headers", request.headers, { deep: { api_key: secret, ok: "kept" } }, Redacted.make(secret))
      yield* Effect.logWarning(`calling https://tws:${secret}@host with password=${secret}`).pipe(
        Effect.annotateLogs({ cookie: secret, options: { token: secret } })
      )
      yield* Effect.logError("failed", new Error(`Authorization: Bearer ${secret}`))
      return yield* Effect.die(new Error(`refused by https://tws:${secret}@host`)).pipe(
        Effect.withSpan("Upstream", { attributes: { "http.request.header.authorization": `Basic ${secret}` } }),
        Effect.onExit(() => Effect.orDie(Effect.map(Effect.currentSpan, (span) => span.event("retry", 0n, { secret }))))
      )
    }).pipe(Effect.catchDefect((defect) => Effect.andThen(Effect.logError("gave up", defect), Effect.die(defect))))
  )

  for (const protocol of ["http/protobuf", "http/json"]) {
    it.live(`keeps secrets out of logs, metrics and all three exports by ${protocol}`, () =>
      Effect.gen(function* () {
        const receiver = yield* OtlpReceiver
        const lines = yield* Lines
        yield* get(`/leaky?password=${secret}&access_token=${secret}`, {
          authorization: `Bearer ${secret}`,
          cookie: `sid=${secret}`,
          "x-api-key": secret,
          "x-correlation-id": "c-1"
        })
        const server = yield* receiver.awaitSpan((span) => span.kind === "server")
        yield* receiver.awaitSpan((span) => span.name === "Upstream")
        yield* receiver.awaitLog((log) => log.severityText === "ERROR" && log.body === "gave up")
        yield* receiver.awaitPoint((point) => point.name === "http.server.request.duration")
        const exception = server.events.find((event) => event.name === "exception")
        assert.strictEqual(exception?.attributes["exception.message"], "refused by https://<redacted>@host")
        const bodies = (yield* receiver.requests).map((request) => request.body.toString("latin1"))
        const metrics = yield* Prometheus.text
        assert.isAbove(lines.length, 3)
        assert.include(lines.join("\n"), "kept")
        for (const output of [...bodies, ...lines, metrics]) assert.notInclude(output, secret)
        assert.deepStrictEqual(yield* receiver.malformed, [])
      }).pipe(
        Effect.provide(
          system(routes, {
            OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
            OTEL_EXPORTER_OTLP_HEADERS: `x-api-key=${secret}`
          })
        ),
        Effect.timeout("50 seconds")
      )
    )
  }
})

describe("Export headers", () => {
  it.live("reach the collector and nobody else", () =>
    Effect.gen(function* () {
      const receiver = yield* OtlpReceiver
      yield* Effect.void.pipe(Effect.withSpan("one"))
      yield* receiver.awaitSpan((span) => span.name === "one")
      const [request] = yield* receiver.requests
      assert.strictEqual(request?.headers["x-api-key"], "k=1")
      assert.isUndefined(request?.headers["traceparent"])
    }).pipe(
      Effect.provide(system(Layer.empty, { OTEL_EXPORTER_OTLP_HEADERS: "X-API-Key=k%3D1, other=2" })),
      Effect.provideService(Metric.MetricRegistry, new Map()),
      Effect.timeout("50 seconds")
    )
  )
})
