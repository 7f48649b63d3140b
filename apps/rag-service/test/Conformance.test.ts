import { fileURLToPath } from "node:url"
import { NodeHttpClient, NodeServices } from "@effect/platform-node"
import * as RagHttp from "@resync/rag/RagHttp"
import { RagTest } from "@resync/rag/RagTest"
import * as RagEngine from "@resync/rag-engine/RagEngine"
import * as Resilience from "@resync/resilience/Resilience"
import { directory, start } from "@resync/service/testing/ServiceProcess"
import * as TestStores from "@resync/store/testing/TestStores"
import { Effect, Layer, Redacted } from "effect"
import { conformance } from "./Conformance.ts"
import { client, served } from "./TestService.ts"

const outward = Layer.mergeAll(NodeServices.layer, NodeHttpClient.layerUndici, Resilience.layer())

/** The engine in this process over a store. */
const engine = (store: TestStores.TestStore) =>
  Layer.unwrap(Effect.map(directory, (dataDir) => RagEngine.layer({ dataDir, corpus: false }))).pipe(
    Layer.provide(store.layer),
    Layer.provide(outward)
  )

/** The service as a process of its own, with the embedded store, and its client. */
const process = Layer.unwrap(
  Effect.gen(function* () {
    const main = fileURLToPath(new URL("../src/main.ts", import.meta.url))
    const service = yield* start(main, {
      RAG_PORT: "0",
      RAG_TOKEN: "between-these-two",
      RAG_STARTER_CORPUS: "false",
      RESYNC_DATA_DIR: yield* directory,
      RESYNC_LOG_LEVEL: "warn"
    })
    return RagHttp.layer({ url: new URL(yield* service.url), token: Redacted.make("between-these-two") })
  })
).pipe(Layer.provide(outward))

conformance("Rag in memory, for tests", RagTest.layer())
conformance("Rag in memory, over a socket", client.pipe(Layer.provide(served(RagTest.layer()))))
for (const store of await TestStores.all()) {
  conformance(`RagEngine on ${store.engine}`, engine(store), store.skip)
}
conformance("RagHttp in front of the knowledge service", process)
