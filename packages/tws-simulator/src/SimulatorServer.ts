import { createServer as createHttpServer, type Server } from "node:http"
import { createServer as createHttpsServer } from "node:https"
import { NodeHttpServer } from "@effect/platform-node"
import { Context, Duration, Effect, Layer } from "effect"
import { HttpRouter, HttpServer } from "effect/http"
import { type Certificate, selfSigned } from "./Certificate.ts"
import { Faults } from "./Faults.ts"
import * as Http from "./http/Http.ts"
import { RequestStats } from "./RequestStats.ts"
import { Simulator } from "./Simulator.ts"
import { SimulatorControl } from "./SimulatorControl.ts"
import type { SimulatorOptionsInput, TlsMode } from "./SimulatorOptions.ts"

export interface SimulatorServerOptions extends SimulatorOptionsInput {
  /** Default 0: any free port. */
  readonly port?: number | undefined
  /** Default 127.0.0.1. */
  readonly host?: string | undefined
  /** Default `off`. */
  readonly tls?: TlsMode | undefined
}

/**
 * A simulator that listens. The layer binds the port, starts the plan, and closes every connection when its scope ends.
 *
 * ```ts
 * const program = Effect.gen(function*() {
 *   const { url, control } = yield* SimulatorServer
 *   yield* control.setFaults([{ action: { kind: "status", status: 503, retryAfter: 1 } }])
 *   // call `${url}/twsd/api/v2/plan/job` as wauser with the password wapassword
 * }).pipe(Effect.provide(SimulatorServer.layer({ jobs: 200, clock: "stepped" })))
 * ```
 */
export class SimulatorServer extends Context.Service<
  SimulatorServer,
  {
    /** `http://127.0.0.1:40123`, without a path. */
    readonly url: string
    readonly control: SimulatorControl["Service"]
    /** The certificate in PEM, for clients that are to trust it; `undefined` without TLS. */
    readonly certificate: string | undefined
  }
>()("@resync/tws-simulator/SimulatorServer") {
  static readonly layer = ({ host = "127.0.0.1", port = 0, tls = "off", ...options }: SimulatorServerOptions = {}) =>
    Layer.unwrap(
      Effect.gen(function* () {
        const certificate = tls === "off" ? undefined : yield* selfSigned(tls === "expired")
        const core = Layer.mergeAll(Simulator.layer(options), Faults.layer, RequestStats.layer)
        const services = SimulatorControl.layer.pipe(Layer.provideMerge(core))
        return Layer.effect(SimulatorServer, make(certificate, host)).pipe(
          Layer.provideMerge(
            HttpRouter.serve(Http.layer, { disableLogger: true, disableListenLog: true, routerConfig })
          ),
          Layer.provide(listening(certificate, host, port)),
          Layer.provide(services)
        )
      })
    )
}

/** How long an idle connection is kept, as Open Liberty does by default. */
const keepAliveMillis = 30_000

/** Keys of V1 can be long. */
const routerConfig = { maxParamLength: 1000 }

const make = (certificate: Certificate | undefined, host: string) =>
  Effect.gen(function* () {
    const { address } = yield* HttpServer.HttpServer
    const control = yield* SimulatorControl
    const port = address._tag === "UnixPathAddress" ? 0 : address.port
    return SimulatorServer.of({
      url: `${certificate === undefined ? "http" : "https"}://${host}:${port}`,
      control,
      certificate: certificate?.cert
    })
  })

/** Node's server, whose connections are counted, and all closed when the scope ends, hanging ones too. */
const listening = (certificate: Certificate | undefined, host: string, port: number) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const stats = yield* RequestStats
      const run = Effect.runForkWith(yield* Effect.context<never>())
      const server: Server = certificate === undefined ? createHttpServer() : createHttpsServer({ ...certificate })
      server.keepAliveTimeout = keepAliveMillis
      server.on("connection", (socket) => {
        run(stats.connected)
        socket.on("close", () => run(stats.disconnected))
      })
      return NodeHttpServer.layer(() => server, {
        host,
        port,
        gracefulShutdownTimeout: Duration.millis(200)
      }).pipe(Layer.tap(() => Effect.addFinalizer(() => Effect.sync(() => server.closeAllConnections()))))
    })
  )
