import { assert, describe, it } from "@effect/vitest"
import { Rag } from "@resync/rag/Rag"
import * as TestStores from "@resync/store/testing/TestStores"
import { Effect, Stream } from "effect"
import { engine, file, folder, found, type TestOptions } from "./TestEngine.ts"

for (const store of await TestStores.all()) {
  /** Runs on an engine of its own. */
  const on = <A, E>(effect: Effect.Effect<A, E, Rag>, options: TestOptions = {}) =>
    Effect.gen(function* () {
      const dataDir = yield* folder
      return yield* Effect.provide(effect, engine({ dataDir, ...options }))
    }).pipe(Effect.provide(store.layer), Effect.scoped)

  describe.skipIf(store.skip)(`Ingestion on ${store.engine}`, { timeout: 60_000 }, () => {
    it.live("an upload is accepted, followed to its end, and found", () =>
      on(
        Effect.gen(function* () {
          const rag = yield* Rag
          const accepted = yield* rag.upload(
            file("limits.md", "# Limits\n\nA job stays in READY while the limit is 0.", {
              metadata: { tags: ["ops"], source: "wiki", authority: "approved" }
            })
          )
          assert.isFalse(accepted.repeated)
          const seen = yield* Stream.runCollect(rag.followJob(accepted.jobId))
          const last = seen.at(-1)
          assert.strictEqual(last?.state, "completed")
          assert.deepStrictEqual(last?.progress, { done: 1, total: 1 })
          assert.strictEqual(last?.attempts, 1)
          assert.deepStrictEqual(yield* found("READY"), ["A job stays in READY while the limit is 0."])
          const document = yield* rag.document(accepted.documentId)
          assert.strictEqual(document.title, "Limits")
          assert.deepStrictEqual(document.tags, ["ops"])
          assert.strictEqual(document.mediaType, "text/markdown")
          assert.strictEqual(document.passages, 1)
          assert.strictEqual(document.latestJobId, accepted.jobId)
        })
      )
    )
  })
}
