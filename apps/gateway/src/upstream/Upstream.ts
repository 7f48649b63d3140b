import * as TwsHttp from "@resync/tws/TwsHttp"
import * as TwsOptions from "@resync/tws/TwsOptions"
import { SimulatorServer } from "@resync/tws-simulator/SimulatorServer"
import { Config, Context, Effect, Layer, Option, Redacted } from "effect"

/** Which scheduler the service stands in front of, for its operator. */
export class Upstream extends Context.Service<
  Upstream,
  {
    readonly description: string
    /** The control surface of a simulated scheduler. */
    readonly simulator?: string
  }
>()("@resync/gateway/Upstream") {}

const over = (options: TwsOptions.TwsOptions, upstream: Upstream["Service"]) =>
  Layer.merge(TwsHttp.layer(options), Layer.succeed(Upstream, upstream))

const remote = Layer.unwrap(
  Effect.map(TwsOptions.config, (options) =>
    over(options, { description: options.urls.map((url) => url.origin).join(", then ") })
  )
)

/** The account of the simulator's own documentation, so that its examples work here too. */
const account = { user: "wauser", password: Redacted.make("wapassword"), role: "operator" } as const

/** A simulated scheduler in this process, reached over a socket like a real one. */
const embedded = Layer.unwrap(
  Effect.map(SimulatorServer, ({ url }) =>
    over(
      { urls: [new URL(url)], credentials: { _tag: "Basic", ...account } },
      { description: `simulated in this process, at ${url} (set TWS_URL for a real one)`, simulator: `${url}/__sim` }
    )
  )
).pipe(
  // Only TLS needs a certificate that could fail, and there is none here.
  Layer.provide(Layer.orDie(SimulatorServer.layer({ accounts: [account] })))
)

/** The scheduler that the environment names, and without one a simulated scheduler. */
export const layer = Layer.unwrap(
  Effect.map(Config.option(Config.String("TWS_URL")), (url) => (Option.isSome(url) ? remote : embedded))
)
