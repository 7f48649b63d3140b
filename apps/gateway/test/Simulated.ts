import * as TwsHttp from "@resync/tws/TwsHttp"
import { SimulatorServer, type SimulatorServerOptions } from "@resync/tws-simulator/SimulatorServer"
import { Context, Effect, Layer, Redacted } from "effect"
import { over } from "./TestGateway.ts"

export const credentials = { _tag: "Basic", user: "wauser", password: Redacted.make("wapassword") } as const

/** A simulated scheduler whose clock stands still until it is stepped. Its routes are its own, and not the gateway's. */
export const simulator = (options: SimulatorServerOptions = {}) =>
  Layer.effect(
    SimulatorServer,
    Layer.build(SimulatorServer.layer({ jobs: 200, clock: "stepped", ...options })).pipe(
      Effect.map((context) => Context.get(context, SimulatorServer)),
      Effect.orDie
    )
  )

/** A gateway in front of it. */
export const simulated = (options?: SimulatorServerOptions) =>
  over(
    Layer.unwrap(Effect.map(SimulatorServer, ({ url }) => TwsHttp.layer({ urls: [new URL(url)], credentials }))).pipe(
      Layer.provideMerge(simulator(options))
    )
  )
