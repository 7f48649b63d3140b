import * as Setting from "@resync/service/Setting"
import { StartError } from "@resync/service/StartError"
import * as Variable from "@resync/service/Variable"
import { Config, Context, Duration, Effect, Layer, Option, type Redacted } from "effect"

/** What an operator can set about the knowledge service itself. */
export const settings = {
  port: Setting.make({
    name: "RAG_PORT",
    read: Variable.port,
    fallback: 8090,
    meaning: "The TCP port to listen on; 0 takes a free one."
  }),
  host: Setting.make({
    name: "RAG_HOST",
    read: Variable.text,
    fallback: "127.0.0.1",
    meaning: "The address to listen on. Other than a loopback address it needs RAG_TOKEN."
  }),
  requestTimeout: Setting.make({
    name: "RAG_REQUEST_TIMEOUT",
    read: Variable.duration,
    fallback: Duration.minutes(10),
    shown: "10 minutes",
    meaning: "Time for a whole request to arrive, uploads included."
  }),
  heartbeat: Setting.make({
    name: "RAG_HEARTBEAT",
    read: Variable.duration,
    fallback: Duration.seconds(15),
    shown: "15 seconds",
    meaning: "The longest silence on a stream of an ingestion job."
  }),
  shutdownTimeout: Setting.make({
    name: "RAG_SHUTDOWN_TIMEOUT",
    read: Variable.duration,
    fallback: Duration.seconds(15),
    shown: "15 seconds",
    meaning: "How long requests under way may take to finish when the service stops."
  })
} as const

const loopback = /^(?:127\.\d+\.\d+\.\d+|::1|localhost)$/

/** How the knowledge service is set up. */
export class RagServiceConfig extends Context.Service<
  RagServiceConfig,
  { readonly [K in keyof typeof settings]: Config.Success<(typeof settings)[K]["config"]> } & {
    /** What callers have to show; without one everybody on this machine may call. */
    readonly token: Option.Option<Redacted.Redacted>
  }
>()("@resync/rag-service/RagServiceConfig") {
  /** From the environment. Nobody else than this machine is let in without a token. */
  static readonly layer = Layer.effect(
    RagServiceConfig,
    Effect.gen(function* () {
      const config = yield* Setting.readAll(settings)
      const token = yield* Config.option(Config.Redacted("RAG_TOKEN"))
      if (Option.isNone(token) && !loopback.test(config.host)) {
        return yield* new StartError({ message: `RAG_TOKEN: needed, since ${config.host} is no loopback address` })
      }
      return { ...config, token }
    })
  )
}
