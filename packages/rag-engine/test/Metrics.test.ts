import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Rag } from "@resync/rag/Rag"
import * as TestStores from "@resync/store/testing/TestStores"
import { Effect, Layer, Metric, Stream } from "effect"
import { ended, engine, file, folder, ingest } from "./ingestion/TestEngine.ts"

const { layer: store } = (await TestStores.all())[0] ?? assert.fail("there is no store")

const documented = readFileSync(new URL("../../../docs/knowledge.md", import.meta.url), "utf8")

const layer = Layer.unwrap(Effect.map(folder, (dataDir) => engine({ dataDir, concurrency: 1 }))).pipe(
  Layer.provide(store)
)

/** The series of a metric: its attributes but for the unit, and what it counts. */
const series = (name: string) =>
  Effect.map(Metric.snapshot, (all) =>
    Object.fromEntries(
      all
        .filter(({ id }) => id === name)
        .map(({ attributes, state }) => {
          const { unit: _, ...own } = attributes ?? {}
          return [
            Object.values(own).join(),
            "count" in state ? Number(state.count) : "value" in state ? state.value : 0
          ]
        })
    )
  )

describe("The metrics of the knowledge base", { timeout: 120_000 }, () => {
  it.live("count what was ingested, searched for and answered, under the names of the documentation", () =>
    Effect.gen(function* () {
      const rag = yield* Rag
      yield* ingest("a.md", "# A\n\nThe limit is 0.\n\n# B\n\nThe fence is 10.")
      assert.strictEqual((yield* ingest("b.pdf", "no pdf at all")).state, "failed")
      // The one worker has put its last job away when it is done with the next.
      const { jobId } = yield* rag.upload(file("c.txt", "more"))
      yield* ended(jobId)
      yield* ingest("d.txt", "even more")
      yield* rag.search({ query: "limit" })
      yield* rag.answer({ question: "limit" })
      yield* Stream.runDrain(rag.answerStream({ question: "limit" }))
      yield* rag.answer({ question: "sourdough" })

      const attempts = yield* series("rag.ingestion.attempts")
      assert.isAtLeast(Number(attempts["completed"]), 2)
      assert.strictEqual(attempts["type-mismatch"], 1)
      assert.strictEqual((yield* series("rag.ingestion.passages"))[""], 4)
      const stages = yield* series("rag.ingestion.stage.duration")
      assert.strictEqual(stages["parsing"], 3)
      assert.strictEqual(stages["indexing"], 3)
      assert.deepStrictEqual(Object.keys(yield* series("rag.ingestion.queue.depth")).toSorted(), ["waiting", "working"])
      assert.deepStrictEqual(yield* series("rag.ingestion.queue.age"), { "": 0 })
      assert.deepStrictEqual(yield* series("rag.search.duration"), { "mixed,false": 1 })
      assert.deepStrictEqual(yield* series("rag.answers"), { extraction: 2, "no-passages": 1 })

      const names = new Set((yield* Metric.snapshot).map(({ id }) => id).filter((id) => id.startsWith("rag.")))
      for (const name of names) assert.include(documented, `| \`${name}\``)
    }).pipe(
      Effect.provide(layer),
      // Of this test alone.
      Effect.provideService(Metric.MetricRegistry, new Map()),
      Effect.scoped
    )
  )
})
