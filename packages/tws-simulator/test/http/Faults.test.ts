import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Option } from "effect"
import { type FaultRule, matchesPath } from "../../src/FaultRule.ts"
import { SimulatorServer } from "../../src/SimulatorServer.ts"
import { at } from "../Json.ts"
import { ask } from "../RawClient.ts"

const path = "/twsd/api/v2/plan/job?limit=5"

const withFaults = <A, E>(rules: ReadonlyArray<FaultRule>, f: (url: string) => Effect.Effect<A, E, SimulatorServer>) =>
  Effect.gen(function* () {
    const { control, url } = yield* SimulatorServer
    yield* control.setFaults(rules)
    return yield* f(url)
  }).pipe(Effect.provide(SimulatorServer.layer({ jobs: 100, clock: "stepped" })))

describe("faults", () => {
  it.live("status with Retry-After", () =>
    withFaults([{ action: { kind: "status", status: 503, retryAfter: 7 }, count: 1 }], (url) =>
      Effect.gen(function* () {
        const broken = yield* ask(url + path)
        assert.strictEqual(broken.status, 503)
        assert.strictEqual(broken.headers["retry-after"], "7")
        assert.isString(at(broken.json, "messages", 0))
        assert.strictEqual((yield* ask(url + path)).status, 200)
      })
    )
  )

  it.live("reset", () =>
    withFaults([{ action: { kind: "reset" } }], (url) =>
      Effect.gen(function* () {
        const failure = yield* Effect.flip(ask(url + path))
        assert.strictEqual(failure.code, "ECONNRESET")
        assert.strictEqual(failure.partial, "")
      })
    )
  )

  it.live("hang: no answer, and the server still ends", () =>
    withFaults([{ action: { kind: "hang" } }], (url) =>
      Effect.gen(function* () {
        const answer = yield* Effect.timeoutOption(ask(url + path), "150 millis")
        assert.isTrue(Option.isNone(answer))
        yield* Effect.forkDetach(Effect.ignore(ask(url + path)))
        yield* Effect.sleep("50 millis")
      })
    )
  )

  it.live("truncated body", () =>
    withFaults([{ action: { kind: "truncate" } }], (url) =>
      Effect.gen(function* () {
        const failure = yield* Effect.flip(ask(url + path))
        assert.strictEqual(failure.code, "ECONNRESET")
        assert.isAbove(failure.partial.length, 100)
        assert.isTrue(failure.partial.startsWith('{"count":'))
      })
    )
  )

  it.live("garbled body of the right length", () =>
    withFaults([{ action: { kind: "garble" }, count: 1 }], (url) =>
      Effect.gen(function* () {
        const broken = yield* ask(url + path)
        const whole = yield* ask(url + path)
        assert.strictEqual(broken.status, 200)
        assert.isUndefined(broken.json)
        assert.strictEqual(broken.headers["content-length"], whole.headers["content-length"])
      })
    )
  )

  it.live("slow drip: the same body in many pieces", () =>
    withFaults([{ action: { kind: "drip", bytes: 2000, everyMillis: 5 }, count: 1 }], (url) =>
      Effect.gen(function* () {
        const slow = yield* ask(url + path)
        const whole = yield* ask(url + path)
        assert.isAbove(slow.chunks, 3)
        assert.strictEqual(slow.body, whole.body)
      })
    )
  )

  it.live("latency adds up with what follows it", () =>
    withFaults(
      [
        { action: { kind: "latency", latency: { kind: "fixed", millis: 60 } } },
        { action: { kind: "latency", latency: { kind: "uniform", min: 10, max: 20 } } },
        { action: { kind: "status", status: 429, retryAfter: 1 } }
      ],
      (url) =>
        Effect.gen(function* () {
          const early = yield* Effect.timeoutOption(ask(url + path), "40 millis")
          assert.isTrue(Option.isNone(early))
          assert.strictEqual((yield* ask(url + path)).status, 429)
        })
    )
  )

  it.live("only the named route and method, and only the share that was asked for", () =>
    withFaults(
      [
        { path: "/twsd/api/v2/plan/jobstream*", action: { kind: "status", status: 500 } },
        { path: "/twsd/api/v2/plan/job", method: "PUT", action: { kind: "status", status: 500 } },
        { probability: 0, action: { kind: "reset" } }
      ],
      (url) =>
        Effect.gen(function* () {
          assert.strictEqual((yield* ask(url + path)).status, 200)
          assert.strictEqual((yield* ask(`${url}/twsd/api/v2/plan/jobstream`)).status, 500)
        })
    )
  )

  it("a pattern matches what its stars allow", () => {
    assert.isTrue(matchesPath("/a/*/c", "/a/b/c"))
    assert.isTrue(matchesPath("*", "/anything"))
    assert.isFalse(matchesPath("/a/*/c", "/a/c"))
    assert.isFalse(matchesPath("/a", "/a/b"))
    assert.isFalse(matchesPath(undefined, "/metrics"))
  })
})

describe("the control surface", () => {
  it.live("does over HTTP what the handle does in process, without a sign-in", () =>
    withFaults([], (url) =>
      Effect.gen(function* () {
        const { control } = yield* SimulatorServer
        const rules = [{ action: { kind: "status", status: 503 }, count: 3 }]
        const put = yield* ask(`${url}/__sim/faults`, { method: "PUT", body: { rules }, credentials: "" })
        assert.deepStrictEqual(put.json, { rules })
        yield* ask(url + path)
        assert.deepStrictEqual(at((yield* ask(`${url}/__sim/faults`)).json, "rules", 0, "count"), 2)
        assert.strictEqual((yield* control.faults).length, 1)
        const wrong = yield* ask(`${url}/__sim/faults`, { method: "PUT", body: { rules: [{ action: { kind: "x" } }] } })
        assert.strictEqual(wrong.status, 400)
        yield* control.setFaults([])

        const before = yield* control.clock
        const stepped = yield* ask(`${url}/__sim/clock`, { method: "POST", body: { step: "90 minutes" } })
        assert.strictEqual(Date.parse(String(at(stepped.json, "now"))) - Date.parse(before.now), 90 * 60_000)
        yield* ask(`${url}/__sim/plan`, { method: "POST", body: { jobs: 250, seed: 9 } })
        assert.strictEqual(at((yield* ask(`${url}${path}`)).json, "count"), 250)

        const stats = (yield* ask(`${url}/__sim/stats`)).json
        assert.strictEqual(at(stats, "requests", "GET /twsd/api/v2/plan/job"), 1)
        assert.strictEqual(at(stats, "statuses", "503"), 1)
        assert.strictEqual(at(stats, "faults", "status"), 1)
        assert.isAbove(Number(at(stats, "connections", "opened")), 5)
      })
    )
  )

  it.live("a clock that runs a thousand times as fast moves the plan", () =>
    Effect.gen(function* () {
      const { control } = yield* SimulatorServer
      const before = yield* control.clock
      yield* control.setSpeed(100_000)
      const fiber = yield* Effect.forkChild(
        Effect.repeat(control.clock, { until: (now) => Date.parse(now.mirror) - Date.parse(before.mirror) > 3_600_000 })
      )
      const after = yield* Fiber.join(fiber)
      assert.isAbove(Date.parse(after.now), Date.parse(before.now))
    }).pipe(Effect.provide(SimulatorServer.layer({ jobs: 100 })))
  )
})

describe("TLS", () => {
  it.live("a self-signed certificate is good for who trusts it, and no one else", () =>
    Effect.gen(function* () {
      const { certificate, url } = yield* SimulatorServer
      assert.isTrue(url.startsWith("https://"))
      assert.isDefined(certificate)
      const answer = yield* ask(url + path, { ca: certificate ?? "" })
      assert.strictEqual(answer.status, 200)
      assert.isTrue(
        String(at((yield* ask(`${url}${path}`, { ca: certificate ?? "" })).json, "next")).startsWith("https://")
      )
      const distrust = yield* Effect.flip(ask(url + path))
      assert.include(["DEPTH_ZERO_SELF_SIGNED_CERT", "SELF_SIGNED_CERT_IN_CHAIN"], distrust.code)
    }).pipe(Effect.provide(SimulatorServer.layer({ jobs: 100, clock: "stepped", tls: "self-signed" })))
  )

  it.live("an expired certificate is refused even by who trusts its issuer", () =>
    Effect.gen(function* () {
      const { certificate, url } = yield* SimulatorServer
      const failure = yield* Effect.flip(ask(url + path, { ca: certificate ?? "" }))
      assert.strictEqual(failure.code, "CERT_HAS_EXPIRED")
    }).pipe(Effect.provide(SimulatorServer.layer({ jobs: 100, clock: "stepped", tls: "expired" })))
  )
})
