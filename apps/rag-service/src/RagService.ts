import { NodeHttpClient, NodeServices } from "@effect/platform-node"
import * as RagEngine from "@resync/rag-engine/RagEngine"
import * as RagEngineConfig from "@resync/rag-engine/RagEngineConfig"
import * as Resilience from "@resync/resilience/Resilience"
import * as ConfigMessage from "@resync/service/ConfigMessage"
import * as RunMain from "@resync/service/RunMain"
import * as VariableFiles from "@resync/service/VariableFiles"
import { Store } from "@resync/store/Store"
import * as StoreConfig from "@resync/store/StoreConfig"
import * as Telemetry from "@resync/telemetry/Telemetry"
import { ConfigProvider, Console, Effect, Layer } from "effect"
import { HttpServer } from "effect/http"
import { RagServiceConfig } from "./RagServiceConfig.ts"
import * as Serve from "./Serve.ts"

/** The engine and the store that the environment describes. */
const knowledge = Layer.unwrap(Effect.map(RagEngineConfig.config, RagEngine.layer)).pipe(
  Layer.provide([NodeServices.layer, NodeHttpClient.layerUndici])
)

/** Says where the service is and what it stands on, once it listens. */
const announce = Layer.effectDiscard(
  Effect.gen(function* () {
    const { engine, location } = yield* Store
    yield* HttpServer.addressFormattedWith((url) =>
      Console.log(`The knowledge service listens at ${url}\n  store   ${engine}, ${location}`)
    )
  })
)

/** The name under which it is found in telemetry, unless the environment gives another. */
const named = ConfigProvider.layerAdd(ConfigProvider.fromEnvRecord({ OTEL_SERVICE_NAME: "resync-rag" }))

/** The whole service from the environment. */
export const layer = announce.pipe(
  Layer.provideMerge(Serve.layer),
  Layer.provide(knowledge),
  Layer.provide(StoreConfig.layer),
  Layer.provide(Resilience.layer()),
  Layer.provide(RagServiceConfig.layer),
  Layer.provide(Telemetry.layer),
  Layer.provide(named),
  Layer.provide(VariableFiles.layer)
)

const failStart = (message: string) => RunMain.failStart(message, "rag-service")

/** Runs the service until it is told to stop. What keeps it from starting is one line on stderr and exit code 1. */
export const main = Layer.launch(layer).pipe(
  Effect.catchTags({
    ConfigError: (error) => failStart(ConfigMessage.ofError(error)),
    EmbedderUnavailable: (error) => failStart(error.message),
    StartError: (error) => failStart(error.message),
    StoreError: (error) => failStart(error.message)
  })
)
