import { DateTime, Duration, Effect, Random, type Scope, Stream, SubscriptionRef } from "effect"
import { HttpClientRequest } from "effect/http"
import type { Reachability } from "../model/Reachability.ts"
import type { Tws } from "../Tws.ts"
import { EngineInfo } from "../wire/EngineInfo.ts"
import { jsonDecoder } from "./Answers.ts"
import { plainly } from "./Api.ts"
import { type Core, v2 } from "./Core.ts"

const decodeEngine = jsonDecoder(EngineInfo)

/** Asks for a sign of life, on demand and in the background. */
export const make: (
  core: Core,
  interval: Duration.Input
) => Effect.Effect<Pick<Tws["Service"], "ping" | "reachability">, never, Scope.Scope> = Effect.fnUntraced(function* (
  { api },
  interval
) {
  const state = yield* SubscriptionRef.make<Reachability>({ _tag: "Unknown" })

  const ask = plainly(
    api.ask(
      {
        operation: "ping",
        policy: "tws_ping",
        request: HttpClientRequest.get(`${v2}/engine/info`, { acceptJson: true })
      },
      decodeEngine
    )
  )

  const ping = Effect.gen(function* () {
    const startedAt = yield* DateTime.now
    const result = yield* Effect.result(ask)
    const checkedAt = yield* DateTime.now
    const before = yield* SubscriptionRef.get(state)
    const since = (tag: Reachability["_tag"]) =>
      before._tag === tag && before._tag !== "Unknown" ? before.since : checkedAt
    if (result._tag === "Failure") {
      yield* SubscriptionRef.set(state, {
        _tag: "Unreachable",
        since: since("Unreachable"),
        checkedAt,
        reason: result.failure.message
      })
      return yield* result.failure
    }
    const reachable: Reachability = {
      _tag: "Reachable",
      host: api.lastHost(),
      since: since("Reachable"),
      checkedAt,
      latency: DateTime.distance(startedAt, checkedAt)
    }
    yield* SubscriptionRef.set(state, reachable)
    return reachable
  }).pipe(Effect.withSpan("Tws.ping"))

  // Jitter keeps several clients from asking at the same moment.
  const pause = Effect.flatMap(Random.next, (random) =>
    Effect.sleep(Duration.times(Duration.fromInputUnsafe(interval), 0.8 + 0.4 * random))
  )
  yield* Effect.ignore(ping).pipe(Effect.andThen(pause), Effect.forever, Effect.forkScoped)

  return { ping, reachability: SubscriptionRef.changes(state).pipe(Stream.changes) }
})
