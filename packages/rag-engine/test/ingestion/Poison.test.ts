import { assert, describe, it } from "@effect/vitest"
import { Rag } from "@resync/rag/Rag"
import * as Embedded from "@resync/store/Embedded"
import { Effect } from "effect"
import * as Poison from "./Poison.ts"
import { ended, engine, file, folder, found } from "./TestEngine.ts"

/** Processes are started and ended here, and files made that are meant to be a burden. */
describe("thirty files that cannot be read", { timeout: 600_000 }, () => {
  it.live("each fail with their reason, once, and hold up nobody", () =>
    Effect.gen(function* () {
      const dataDir = yield* folder
      const poison = yield* Effect.promise(Poison.files)
      assert.isAtLeast(poison.length, 30)
      yield* Effect.gen(function* () {
        const rag = yield* Rag
        const bad = yield* Effect.forEach(poison, ({ content, name }) => rag.upload(file(name, content)))
        const good = yield* rag.upload(file("good.md", "# Good\n\nIt can be read."))
        const jobs = yield* Effect.forEach(bad, ({ jobId }) => ended(jobId))
        assert.deepStrictEqual(
          jobs.map(({ attempts, failure, fileName, state }) => ({
            attempts,
            fileName,
            reason: failure?.reason,
            state
          })),
          poison.map(({ name, reason }) => ({ attempts: 1, fileName: name, reason, state: "failed" as const }))
        )
        for (const { failure } of jobs) assert.match(failure?.detail ?? "", /\w+ \w+/)
        assert.strictEqual((yield* ended(good.jobId)).state, "completed")
        assert.deepStrictEqual(yield* found("read"), ["It can be read."])
        assert.strictEqual((yield* rag.jobs({ state: ["failed"] })).items.length, poison.length)
        yield* Effect.forEach(bad, ({ documentId }) => rag.deleteDocument(documentId))
        assert.strictEqual((yield* rag.documents({})).items.length, 1)
      }).pipe(Effect.provide(engine({ dataDir, parser: { memory: 256, timeout: "1 minute" } })))
    }).pipe(Effect.provide(Embedded.layerMemory), Effect.scoped)
  )
})
