import { NodeServices } from "@effect/platform-node"
import { Ingestion } from "@resync/rag-engine/ingestion/Ingestion"
import * as RagEngine from "@resync/rag-engine/RagEngine"
import * as RagEngineConfig from "@resync/rag-engine/RagEngineConfig"
import * as ConfigMessage from "@resync/service/ConfigMessage"
import * as RunMain from "@resync/service/RunMain"
import * as VariableFiles from "@resync/service/VariableFiles"
import * as StoreConfig from "@resync/store/StoreConfig"
import { Console, Effect, Layer } from "effect"

const layer = Layer.unwrap(Effect.map(RagEngineConfig.config, RagEngine.layerIngestion)).pipe(
  Layer.provide([StoreConfig.layer, NodeServices.layer]),
  Layer.provide(VariableFiles.layer)
)

const failStart = (message: string) => RunMain.failStart(message, "rag-service")

/**
 * Queues every document to be read again from its original, in the store that the environment names, and ends. The work is done
 * by the services on that store: those that run now on a database server, the next to start on the embedded one.
 */
export const rebuild = Effect.gen(function* () {
  const documents = yield* (yield* Ingestion).rebuild
  yield* Console.log(`${documents} ${documents === 1 ? "document" : "documents"} to be read again`)
}).pipe(
  // The entry point of this program.
  // @effect-diagnostics-next-line strictEffectProvide:off
  Effect.provide(layer),
  Effect.catchTags({
    ConfigError: (error) => failStart(ConfigMessage.ofError(error)),
    StoreError: (error) => failStart(error.message),
    RagUnavailable: (error) => failStart(error.message)
  })
)
