import { NodeHttpClient } from "@effect/platform-node"
import { CircuitBreakerRegistry } from "@resync/resilience/CircuitBreakerRegistry"
import * as Resilience from "@resync/resilience/Resilience"
import { Context, Duration, Effect, Layer, Logger, Redacted } from "effect"
import { HttpClient } from "effect/http"
import { SharedCache } from "../../src/SharedCache.ts"
import { Tws } from "../../src/Tws.ts"
import { TwsCacheControl } from "../../src/TwsCacheControl.ts"
import * as TwsHttp from "../../src/TwsHttp.ts"
import type { TwsOptions } from "../../src/TwsOptions.ts"
import * as Stub from "../StubScheduler.ts"
import { connection, eventually } from "./RedisServer.ts"

/** What one process has. */
export interface Process {
  readonly tws: Tws["Service"]
  readonly control: TwsCacheControl["Service"]
  readonly breakers: CircuitBreakerRegistry["Service"]
}

/** A process with memory, registries and a connection to Redis of its own. */
export const process = (client: Layer.Layer<HttpClient.HttpClient>, options: Partial<TwsOptions> = {}) =>
  Layer.build(
    Layer.fresh(
      TwsHttp.layerNoDeps({
        urls: [new URL("https://mdm:31116")],
        pingInterval: Duration.infinity,
        credentials: { _tag: "Basic", user: "wauser", password: Redacted.make("wapassword") },
        ...options
      }).pipe(
        Layer.provide(client),
        Layer.provide(SharedCache.layerRedis()),
        Layer.provide(connection),
        Layer.provideMerge(Resilience.layer()),
        Layer.provide(Logger.layer([]))
      )
    )
  ).pipe(
    Effect.map(
      (context): Process => ({
        tws: Context.get(context, Tws),
        control: Context.get(context, TwsCacheControl),
        breakers: Context.get(context, CircuitBreakerRegistry)
      })
    ),
    Effect.tap(inTouch)
  )

/** Waits until a process hears of changes, and has told its own. */
export const inTouch = ({ control }: Process) =>
  eventually(control.shared, (shared) => shared?.inTouch === true && shared.untold === 0)

/** Two processes in front of one stubbed scheduler. */
export const two = (handler: (seen: Stub.Seen) => Stub.Reply | Effect.Effect<Stub.Reply>) =>
  Effect.gen(function* () {
    const stub = yield* Stub.make(handler)
    return { ...stub, a: yield* process(stub.layer), b: yield* process(stub.layer) }
  })

/** A client over sockets that counts what it sends. */
export const counting = Effect.gen(function* () {
  let sent = 0
  const client = Layer.effect(
    HttpClient.HttpClient,
    Effect.map(HttpClient.HttpClient, (inner) =>
      HttpClient.tapRequest(inner, () =>
        Effect.sync(() => {
          sent++
        })
      )
    )
  ).pipe(Layer.provide(NodeHttpClient.layerUndici))
  return yield* Effect.succeed({ client, sent: () => sent })
})
