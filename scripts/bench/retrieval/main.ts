/**
 * How well search finds, on collections with judged queries: `npm run bench -- retrieval [--data DIR] [--json]`. DIR is a
 * folder of collections, each a folder with `docs.jsonl` (id, title, text), `queries.jsonl` (id, text) and `qrels.jsonl`
 * (qid, did, rel); without it the small collection of the repository is taken.
 *
 * Without `--json`, each kind of search is measured with and without its ingredients too, unless `--brief` is given.
 * `--postgres` takes the server of `DATABASE_URL` in
 * place of the embedded database. `--latency N` measures search over N made-up passages against the plain queries below it.
 */
import { parseArgs } from "node:util"
import { Embedder } from "@resync/rag-engine/index/Embedder"
import { PassageIndex } from "@resync/rag-engine/index/PassageIndex"
import { Effect, Layer, Logger } from "effect"
import { readCollections } from "./Collection.ts"
import { latency } from "./Latency.ts"
import { print } from "./Print.ts"
import { quality } from "./Quality.ts"
import { layerTables, store } from "./Stores.ts"

const { values } = parseArgs({
  options: {
    data: { type: "string", default: "packages/rag-engine/test/retrieval" },
    json: { type: "boolean", default: false },
    brief: { type: "boolean", default: false },
    postgres: { type: "boolean", default: false },
    latency: { type: "string" }
  }
})

/** An index of its own for each measurement, in a store that is gone with it. */
const index = () =>
  PassageIndex.layer().pipe(
    Layer.provideMerge(Embedder.layerLsa()),
    Layer.provide(layerTables),
    Layer.provideMerge(store(values.postgres))
  )

const program =
  values.latency === undefined
    ? Effect.gen(function* () {
        const results = yield* Effect.forEach(readCollections(values.data), (collection) =>
          quality(collection, { all: !values.json && !values.brief, tell: !values.json }).pipe(Effect.provide(index()))
        )
        print(results, values.json)
      })
    : latency(Number(values.latency), values.json).pipe(Effect.provide(index()))

await Effect.runPromise(program.pipe(Effect.provide(Logger.layer([]))))
