import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Exit, Fiber, Option, Stream } from "effect"
import { HttpClient, HttpClientError, HttpClientRequest, HttpClientResponse } from "effect/http"
import { TestClock } from "effect/testing"
import { consecutiveFailures } from "../src/CircuitBreakerOptions.ts"
import { CircuitBreakerRegistry } from "../src/CircuitBreakerRegistry.ts"
import { CircuitOpen } from "../src/CircuitOpen.ts"
import * as Resilience from "../src/Resilience.ts"
import type { ResiliencePolicyOptionsInput } from "../src/ResiliencePolicyOptions.ts"
import { ResiliencePolicyRegistry } from "../src/ResiliencePolicyRegistry.ts"
import * as ResilientHttpClient from "../src/ResilientHttpClient.ts"
import { eventsOf, recorded } from "./RecordingTracer.ts"

/** What the server does with a request: answers, or the connection fails with a code. */
type Reply = { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string } | string

const transportError = (request: HttpClientRequest.HttpClientRequest, cause: unknown) =>
  new HttpClientError.HttpClientError({ reason: new HttpClientError.TransportError({ request, cause }) })

/** A server of replies, the last one for ever, that notes when it was asked and which bodies were read to their end. */
const serve = (...replies: ReadonlyArray<Reply>) => {
  const times: Array<number> = []
  const read: Array<number> = []
  const client = HttpClient.make(
    Effect.fnUntraced(function* (request) {
      times.push(yield* Clock.currentTimeMillis)
      const n = times.length
      const reply = replies[Math.min(n, replies.length) - 1]
      if (reply === undefined || typeof reply === "string") {
        return yield* transportError(request, { code: reply })
      }
      const chunks = [reply.body ?? `answer ${n}`]
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          const chunk = chunks.shift()
          if (chunk !== undefined) return controller.enqueue(new TextEncoder().encode(chunk))
          read.push(n)
          controller.close()
        }
      })
      const { headers, status } = reply
      return HttpClientResponse.fromWeb(
        request,
        new Response(status === 304 ? null : body, { status, headers: headers ?? {} })
      )
    })
  )
  return { client, times, read }
}

const test = <E>(name: string, body: () => Effect.Effect<void, E, ResiliencePolicyRegistry | CircuitBreakerRegistry>) =>
  it.effect(name, () => Effect.provide(Effect.suspend(body), Resilience.layer()))

const retrying = {
  retry: { maxAttempts: 3, baseDelay: "1 second", jitter: "none" }
} satisfies ResiliencePolicyOptionsInput

/** The client of a server under a policy. */
const guard = Effect.fnUntraced(function* (
  client: HttpClient.HttpClient,
  options: ResiliencePolicyOptionsInput = retrying
) {
  const policies = yield* ResiliencePolicyRegistry
  return ResilientHttpClient.withPolicy(yield* policies.register("inventory", options))(client)
})

const settle = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(self)
    yield* TestClock.adjust("1 hour")
    return yield* Fiber.await(fiber)
  })

const url = "http://inventory.test/items"
const get = HttpClientRequest.get(url)
const post = HttpClientRequest.post(url)

describe("what is sent again", () => {
  test("RT18 a GET is, after an answer that may pass", () =>
    Effect.gen(function* () {
      for (const status of [408, 429, 500, 502, 503, 504]) {
        const { client, times } = serve({ status }, { status: 200 })
        const exit = yield* settle((yield* guard(client)).execute(get))
        assert.strictEqual(Exit.isSuccess(exit) && exit.value.status, 200)
        assert.lengthOf(times, 2)
      }
    }))

  test("RT18 and not after one that stays", () =>
    Effect.gen(function* () {
      for (const status of [200, 304, 400, 401, 404, 501, 505]) {
        const { client, times } = serve({ status })
        const response = yield* (yield* guard(client)).execute(get)
        assert.strictEqual(response.status, status)
        assert.lengthOf(times, 1)
      }
    }))

  test("RT3 the last answer comes out when all failed", () =>
    Effect.gen(function* () {
      const { client, times } = serve({ status: 503 })
      const exit = yield* settle((yield* guard(client)).execute(get))
      assert.strictEqual(Exit.isSuccess(exit) && exit.value.status, 503)
      assert.deepStrictEqual(times, [0, 1000, 3000])
    }))

  test("RT18 a POST is not, once it may have been processed", () =>
    Effect.gen(function* () {
      for (const reply of [{ status: 500 }, { status: 503 }, { status: 504 }, "ECONNRESET", "UND_ERR_SOCKET"]) {
        const { client, times } = serve(reply)
        yield* settle((yield* guard(client)).execute(post))
        assert.lengthOf(times, 1, JSON.stringify(reply))
      }
    }))

  test("RT18 a POST is, when it surely was not processed", () =>
    Effect.gen(function* () {
      for (const reply of [
        "ECONNREFUSED",
        "ENOTFOUND",
        "UND_ERR_CONNECT_TIMEOUT",
        { status: 429 },
        { status: 503, headers: { "retry-after": "1" } }
      ]) {
        const { client, times } = serve(reply, { status: 200 })
        const exit = yield* settle((yield* guard(client)).execute(post))
        assert.strictEqual(Exit.isSuccess(exit) && exit.value.status, 200)
        assert.lengthOf(times, 2, JSON.stringify(reply))
      }
    }))

  test("RT18 a POST is, with an idempotency key or when the caller says so; a GET is not, when he says that", () =>
    Effect.gen(function* () {
      for (const [request, idempotent, sent] of [
        [HttpClientRequest.setHeader(post, "Idempotency-Key", "k"), undefined, 2],
        [post, true, 2],
        [get, false, 1],
        [HttpClientRequest.put(url), undefined, 2],
        [HttpClientRequest.patch(url), undefined, 1],
        [HttpClientRequest.bodyStream(HttpClientRequest.put(url), Stream.empty), undefined, 1]
      ] as const) {
        const { client, times } = serve({ status: 500 }, { status: 200 })
        const call = (yield* guard(client)).execute(request)
        yield* settle(Effect.provideService(call, ResilientHttpClient.Idempotent, idempotent))
        assert.lengthOf(times, sent, `${request.method} ${idempotent}`)
      }
    }))

  test("RT18 an attempt that timed out is sent again only if that does no harm", () =>
    Effect.gen(function* () {
      for (const [request, sent] of [
        [get, 3],
        [post, 1]
      ] as const) {
        let asked = 0
        const hanging = HttpClient.make(() =>
          Effect.suspend(() => {
            asked++
            return Effect.never
          })
        )
        const client = yield* guard(hanging, { ...retrying, attemptTimeout: "5 seconds" })
        const exit = yield* settle(client.execute(request))
        assert.deepInclude(Option.getOrThrow(Exit.findErrorOption(exit)), { _tag: "AttemptTimedOut" })
        assert.strictEqual(asked, sent)
      }
    }))

  test("RT2 a request that cannot be built is not, and counts for nothing", () =>
    Effect.gen(function* () {
      const { client, times } = serve({ status: 200 })
      const guarded = yield* guard(client, { ...retrying, circuitBreaker: { trip: consecutiveFailures(1) } })
      const exit = yield* Effect.exit(guarded.execute(HttpClientRequest.get("http://[")))
      assert.isTrue(Exit.isFailure(exit))
      assert.lengthOf(times, 0)
      const breaker = yield* (yield* CircuitBreakerRegistry).get("inventory")
      assert.deepInclude((yield* breaker.snapshot).calls, { ignored: 1, failed: 0 })
    }))
})

describe("Retry-After", () => {
  test("RT14 in seconds is the least wait", () =>
    Effect.gen(function* () {
      const { client, times } = serve({ status: 503, headers: { "retry-after": "7" } }, { status: 200 })
      yield* settle((yield* guard(client)).execute(get))
      assert.deepStrictEqual(times, [0, 7000])
    }))

  test("RT14 as a date too, and one in the past or in gibberish asks for none", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.parse("2026-01-01T00:00:00Z"))
      for (const [header, wait] of [
        ["Thu, 01 Jan 2026 00:00:09 GMT", 9000],
        ["Wed, 31 Dec 2025 00:00:00 GMT", 1000],
        ["soon", 1000]
      ] as const) {
        yield* TestClock.setTime(Date.parse("2026-01-01T00:00:00Z"))
        const { client, times } = serve({ status: 429, headers: { "retry-after": header } }, { status: 200 })
        yield* settle((yield* guard(client)).execute(get))
        assert.strictEqual((times[1] ?? Number.NaN) - (times[0] ?? Number.NaN), wait, header)
      }
    }))

  test("RT14 for longer than we wait gives the answer at once", () =>
    Effect.gen(function* () {
      const { client, times } = serve({ status: 503, headers: { "retry-after": "3600" } })
      const response = yield* (yield* guard(client)).execute(get)
      assert.strictEqual(response.status, 503)
      assert.lengthOf(times, 1)
    }))
})

describe("bodies", () => {
  test("the caller reads the last one, those before are emptied", () =>
    Effect.gen(function* () {
      const { client, read } = serve({ status: 503 }, { status: 503 }, { status: 200 })
      const exit = yield* settle((yield* guard(client)).execute(get))
      assert.deepStrictEqual(read, [1, 2])
      assert.strictEqual(Exit.isSuccess(exit) ? yield* exit.value.text : "", "answer 3")
      assert.deepStrictEqual(read, [1, 2, 3])
    }))

  test("the last one can be read also when it is a failure", () =>
    Effect.gen(function* () {
      const { client } = serve({ status: 503 })
      const exit = yield* settle((yield* guard(client)).execute(get))
      assert.strictEqual(Exit.isSuccess(exit) ? yield* exit.value.text : "", "answer 3")
    }))

  test("those of error responses are emptied as well", () =>
    Effect.gen(function* () {
      const { client, read } = serve({ status: 503 }, { status: 200 })
      yield* settle((yield* guard(HttpClient.filterStatusOk(client))).execute(get))
      assert.deepStrictEqual(read, [1])
    }))

  test("one is emptied when the breaker refuses to ask again", () =>
    Effect.gen(function* () {
      const { client, read, times } = serve({ status: 503 })
      const guarded = yield* guard(client, { ...retrying, circuitBreaker: { trip: consecutiveFailures(1) } })
      const exit = yield* settle(guarded.execute(get))
      assert.instanceOf(Option.getOrThrow(Exit.findErrorOption(exit)), CircuitOpen)
      assert.lengthOf(times, 1)
      assert.deepStrictEqual(read, [1])
    }))

  test("one without end costs no more than a moment", () =>
    Effect.gen(function* () {
      const endless = (chunk: Stream.Stream<Uint8Array>) => {
        let sent = 0
        return HttpClient.make((request) =>
          Effect.sync(() => {
            sent++
            const body = sent === 1 ? Stream.toReadableStream(chunk) : "fine"
            return HttpClientResponse.fromWeb(request, new Response(body, { status: sent === 1 ? 503 : 200 }))
          })
        )
      }
      const flood = Stream.fromIterable(Array.from({ length: 1000 }, () => new Uint8Array(16 * 1024)))
      for (const body of [Stream.never, flood]) {
        const exit = yield* settle((yield* guard(endless(body))).execute(get))
        assert.strictEqual(Exit.isSuccess(exit) && exit.value.status, 200)
      }
    }))
})

describe("a body that nobody reads", () => {
  test("is given up after 64 KiB", () =>
    Effect.gen(function* () {
      let pulled = 0
      let sent = 0
      const client = HttpClient.make((request) =>
        Effect.sync(() => {
          const body = new ReadableStream<Uint8Array>(
            {
              pull(controller) {
                pulled++
                controller.enqueue(new Uint8Array(16 * 1024))
              }
            },
            { highWaterMark: 0 }
          )
          return HttpClientResponse.fromWeb(request, new Response(body, { status: sent++ === 0 ? 503 : 200 }))
        })
      )
      const exit = yield* settle((yield* guard(client)).execute(get))
      assert.strictEqual(Exit.isSuccess(exit) && exit.value.status, 200)
      assert.strictEqual(pulled, 5)
    }))
})

describe("how long a server asks to be left alone", () => {
  const breaking = { circuitBreaker: { trip: consecutiveFailures(1), waitDurationInOpenState: "1 second" } } as const
  const asks = { "retry-after": "7" }

  test("CL10 a failing one is, an answer that is none does not open the breaker however long it asks for", () =>
    Effect.gen(function* () {
      const breaker = () => Effect.flatMap(CircuitBreakerRegistry, (breakers) => breakers.get("inventory"))
      for (const status of [200, 404, 429]) {
        const { client } = serve({ status, headers: asks })
        yield* (yield* guard(client, breaking)).execute(get)
        assert.strictEqual((yield* breaker()).stateUnsafe()._tag, "CLOSED", `${status}`)
      }
      const { client } = serve({ status: 503, headers: asks })
      yield* (yield* guard(client, breaking)).execute(get)
      const state = (yield* breaker()).stateUnsafe()
      assert.strictEqual(state._tag === "OPEN" && state.until, 7000)
      yield* (yield* breaker()).reset
      const { client: silent } = serve({ status: 503 })
      yield* (yield* guard(silent, breaking)).execute(get)
      const again = (yield* breaker()).stateUnsafe()
      assert.strictEqual(again._tag === "OPEN" && again.until, 1000)
    }))
})

describe("what is hedged", () => {
  const hedging = { hedge: { delay: { _tag: "FixedDelay", delay: "1 second" } } } as const

  test("HG10 requests that change nothing, and those of which the caller says so", () =>
    Effect.gen(function* () {
      for (const [request, idempotent, sent] of [
        [get, undefined, 2],
        [HttpClientRequest.head(url), undefined, 2],
        [get, true, 2],
        [get, false, 1],
        [post, undefined, 1],
        [post, true, 2],
        [HttpClientRequest.put(url), undefined, 1],
        [HttpClientRequest.put(url), true, 2],
        [HttpClientRequest.setHeader(post, "Idempotency-Key", "k"), undefined, 1]
      ] as const) {
        let asked = 0
        const hanging = HttpClient.make(() =>
          Effect.suspend(() => {
            asked++
            return Effect.never
          })
        )
        const call = (yield* guard(hanging, hedging)).execute(request)
        const fiber = yield* Effect.forkChild(Effect.provideService(call, ResilientHttpClient.Idempotent, idempotent))
        yield* TestClock.adjust("1 second")
        assert.strictEqual(asked, sent, `${request.method} ${idempotent}`)
        yield* Fiber.interrupt(fiber)
      }
    }))
})

describe("classification", () => {
  const exitOf = (reply: Reply) => Effect.exit(serve(reply).client.execute(get))

  it.effect("CL10 5xx but 501, 408 and the transport are failures, 429 says nothing, the rest is a success", () =>
    Effect.gen(function* () {
      for (const [reply, outcome] of [
        [200, "success"],
        [304, "success"],
        [400, "success"],
        [401, "success"],
        [404, "success"],
        [408, "failure"],
        [422, "success"],
        [429, "ignored"],
        [500, "failure"],
        [501, "success"],
        [502, "failure"],
        [503, "failure"],
        [504, "failure"],
        [599, "failure"]
      ] as const) {
        assert.strictEqual(ResilientHttpClient.classify(yield* exitOf({ status: reply })), outcome, `${reply}`)
      }
      assert.strictEqual(ResilientHttpClient.classify(yield* exitOf("ECONNREFUSED")), "failure")
    })
  )

  it.effect("CL10 the same for a response that came as an error, and what is no HTTP error", () =>
    Effect.gen(function* () {
      for (const [status, outcome] of [
        [404, "success"],
        [429, "ignored"],
        [503, "failure"]
      ] as const) {
        const exit = yield* Effect.exit(HttpClient.filterStatusOk(serve({ status }).client).execute(get))
        assert.strictEqual(ResilientHttpClient.classify(exit), outcome)
      }
      assert.strictEqual(ResilientHttpClient.classify(Exit.die("bug")), "failure")
      assert.strictEqual(ResilientHttpClient.classify(Exit.fail("other")), "failure")
      const encode = new HttpClientError.HttpClientError({ reason: new HttpClientError.EncodeError({ request: get }) })
      assert.strictEqual(ResilientHttpClient.classify(Exit.fail(encode)), "ignored")
      assert.isFalse(ResilientHttpClient.retryable(0)(Exit.fail("other")))
      assert.isFalse(ResilientHttpClient.retryable(0)(Exit.fail(encode)))
      assert.isTrue(ResilientHttpClient.retryable(0)(yield* exitOf("ECONNRESET")))
      assert.isFalse(ResilientHttpClient.notProcessed(Exit.die("bug")))
    })
  )

  test("CL10 opens the breaker on what fails, and a judge of the caller's own replaces ours", () =>
    Effect.gen(function* () {
      const { client } = serve({ status: 404 })
      const policies = yield* ResiliencePolicyRegistry
      const policy = yield* policies.register("strict", { circuitBreaker: { trip: consecutiveFailures(1) } })
      yield* ResilientHttpClient.withPolicy(policy)(client).execute(get)
      const strict = ResilientHttpClient.withPolicy(policy, {
        classify: (exit) => (Exit.isSuccess(exit) && exit.value.status === 200 ? "success" : "failure")
      })(client)
      yield* strict.execute(get)
      assert.strictEqual((yield* Effect.flip(strict.execute(get)))._tag, "CircuitOpen")
    }))

  it.effect("AL an overload is 429 and 503, as an answer or as an error", () =>
    Effect.gen(function* () {
      for (const [status, expected] of [
        [200, false],
        [429, true],
        [500, false],
        [503, true]
      ] as const) {
        assert.strictEqual(ResilientHttpClient.overloaded(yield* exitOf({ status })), expected)
        const failing = HttpClient.filterStatusOk(serve({ status }).client)
        assert.strictEqual(ResilientHttpClient.overloaded(yield* Effect.exit(failing.execute(get))), expected)
      }
      assert.isFalse(ResilientHttpClient.overloaded(yield* exitOf("ECONNRESET")))
    })
  )

  it.effect("RT18 nothing was processed where the server said to come back, and only then", () =>
    Effect.gen(function* () {
      const headers = { "retry-after": "1" }
      for (const [reply, expected] of [
        [{ status: 429 }, true],
        [{ status: 503, headers }, true],
        [{ status: 503 }, false],
        [{ status: 500, headers }, false],
        ["ECONNREFUSED", true],
        ["ECONNRESET", false]
      ] as const) {
        assert.strictEqual(ResilientHttpClient.notProcessed(yield* exitOf(reply)), expected, JSON.stringify(reply))
      }
    })
  )

  it("RT18 looks for the connection's error as deep as seven causes", () => {
    const wrapped = (depth: number): unknown => (depth === 0 ? { code: "ECONNREFUSED" } : { cause: wrapped(depth - 1) })
    assert.isTrue(ResilientHttpClient.isNotConnected(wrapped(7)))
    assert.isFalse(ResilientHttpClient.isNotConnected(wrapped(8)))
    assert.isTrue(ResilientHttpClient.isNotConnected({ reason: { code: "ENOTFOUND" } }))
    assert.isTrue(ResilientHttpClient.isNotConnected({ errors: 2, cause: { code: "ENOTFOUND" } }))
  })

  it("RT18 tells from an error whether a connection came about", () => {
    const refused = { code: "ECONNREFUSED" }
    const cyclic: { cause?: unknown } = {}
    cyclic.cause = cyclic
    for (const [error, expected] of [
      [refused, true],
      [transportError(get, new Error("fetch failed", { cause: refused })), true],
      [{ errors: [refused, { code: "ENETUNREACH" }] }, true],
      [{ errors: [refused, { code: "ECONNRESET" }] }, false],
      [{ errors: [] }, false],
      [{ code: "ECONNRESET" }, false],
      [cyclic, false],
      ["ECONNREFUSED", false],
      [undefined, false]
    ] as const) {
      assert.strictEqual(ResilientHttpClient.isNotConnected(error), expected)
    }
  })
})

describe("spans", () => {
  test("EV8 one for the call and one below it for each attempt", () =>
    recorded((spans) =>
      Effect.gen(function* () {
        const { client } = serve({ status: 503 }, { status: 503 }, { status: 200 })
        yield* settle((yield* guard(client)).execute(get))
        const [call, ...attempts] = spans
        assert.deepInclude(Object.fromEntries(call?.attributes ?? []), {
          "http.request.method": "GET",
          "resilience.policy": "inventory",
          "http.response.status_code": 200,
          "http.request.resend_count": 2
        })
        assert.strictEqual(call?.name, "inventory")
        assert.strictEqual(call?.kind, "client")
        assert.deepStrictEqual(
          eventsOf(call).map(([name]) => name),
          ["resilience4j.retry", "resilience4j.retry"]
        )
        assert.deepStrictEqual(
          attempts.map((span) => [
            Option.getOrUndefined(span.parent)?.spanId === call?.spanId,
            span.attributes.get("http.response.status_code"),
            span.attributes.get("http.request.resend_count")
          ]),
          [
            [true, 503, undefined],
            [true, 503, 1],
            [true, 200, 2]
          ]
        )
      })
    ))

  test("EV8 a rejection has a span of the call and none of an attempt", () =>
    recorded((spans) =>
      Effect.gen(function* () {
        const { client, times } = serve({ status: 200 })
        const guarded = yield* guard(client, { ...retrying, circuitBreaker: {} })
        yield* (yield* CircuitBreakerRegistry).forceOpen("inventory")
        const error = yield* Effect.flip(guarded.execute(get))
        assert.strictEqual(error._tag, "CircuitOpen")
        assert.lengthOf(times, 0)
        assert.lengthOf(spans, 1)
        assert.strictEqual(spans[0]?.attributes.get("resilience4j.circuitbreaker.state"), "FORCED_OPEN")
      })
    ))

  test("RT20 attempts of a retry around the call are not counted as resends", () =>
    recorded((spans) =>
      Effect.gen(function* () {
        const { client } = serve({ status: 200 })
        const guarded = yield* guard(client)
        const outer = yield* (yield* ResiliencePolicyRegistry).register("outer", {
          retry: { baseDelay: 0, maxAttempts: 2 }
        })
        yield* Effect.exit(outer.execute(Effect.andThen(guarded.execute(get), Effect.fail("again"))))
        assert.lengthOf(spans, 4)
        assert.isTrue(spans.every((span) => !span.attributes.has("http.request.resend_count")))
      })
    ))
})

describe("deadline", () => {
  test("RT15 ends the call, waits included", () =>
    Effect.gen(function* () {
      const { client, times } = serve({ status: 503 })
      const guarded = yield* guard(client, { ...retrying, deadline: "2 seconds", attemptTimeout: "1 second" })
      const fiber = yield* Effect.forkChild(guarded.execute(get))
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(fiber)).status, 503)
      assert.deepStrictEqual(times, [0, 1000])
    }))
})
