import { assert, describe, it } from "@effect/vitest"
import { readModel, writeModel } from "@resync/rag-engine/index/spaces/spaceTable"
import * as RagEngine from "@resync/rag-engine/RagEngine"
import * as TestStores from "@resync/store/testing/TestStores"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"

for (const store of await TestStores.all()) {
  describe.skipIf(store.skip)(`The model of a space on ${store.engine}`, () => {
    it.live("is read as it was written, of whatever size", () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        // None, less than a part, parts that are read at once and no more, and several times that with a rest.
        for (const length of [0, 1000, 4 << 17, 9.5 * (1 << 17)]) {
          const [space] = yield* sql<{ readonly id: number }>`
            INSERT INTO rag_space (embedder, dimensions, state, fitted_passages, builder, created_at, touched_at)
            VALUES ('lsa', 1, 'retired', 1, 'b', now(), now()) RETURNING id
          `
          const bytes = Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 8)) % 251)
          yield* writeModel(space?.id ?? 0, bytes)
          assert.isTrue(Buffer.from(yield* readModel(space?.id ?? 0)).equals(bytes), `${length} bytes`)
        }
      }).pipe(Effect.provide(Layer.provideMerge(RagEngine.layerTables, store.layer)))
    )
  })
}
