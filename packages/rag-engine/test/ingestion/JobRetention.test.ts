import { existsSync, writeFileSync } from "node:fs"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { IngestionJobId } from "@resync/rag/model/Ids"
import * as JobRetention from "@resync/rag-engine/ingestion/JobRetention"
import { Originals } from "@resync/rag-engine/ingestion/Originals"
import * as RagEngine from "@resync/rag-engine/RagEngine"
import * as TestStores from "@resync/store/testing/TestStores"
import { Duration, Effect, Layer } from "effect"
import { SecureRandom } from "effect/crypto"
import { SqlClient } from "effect/sql"
import { TestClock } from "effect/testing"
import { folder } from "./TestEngine.ts"

const retention = Duration.days(30)

const uuid = (n: number) => `01890a5d-ac96-774b-bcce-b302099a${n.toString(16).padStart(4, "0")}`
const jobId = (n: number) => IngestionJobId.make(uuid(n))

/** A job that ended with the epoch, or goes on. */
const job = (n: number, document: number, revision: number, state: string) => ({
  id: uuid(n),
  document_id: uuid(document),
  revision,
  file_name: `${n}.txt`,
  metadata: "{}",
  bytes: 1,
  content_hash: String(n),
  state,
  done: 0,
  total: null,
  attempts: 1,
  failures: 0,
  crashes: 0,
  cycle: 0,
  failure_reason: null,
  failure_detail: null,
  change: 1,
  traceparent: null,
  created_at: new Date(0),
  updated_at: new Date(0),
  finished_at: state === "queued" ? null : new Date(0)
})

const document = (n: number, revision: number, latest: number) => ({
  id: uuid(n),
  title: String(n),
  authority: "unreviewed",
  file_name: `${n}.txt`,
  bytes: 1,
  content_hash: String(n),
  revision,
  latest_job_id: uuid(latest),
  created_at: new Date(0),
  updated_at: new Date(0)
})

/** Of a document: two versions before the visible one, and a later one that failed. Of one that is gone: all. */
const kept = [3, 4, 6, 8]
const fill = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`INSERT INTO rag_document ${sql.insert([document(100, 3, 4), document(300, 1, 8)])}`
  yield* sql`INSERT INTO rag_job ${sql.insert([
    job(1, 100, 1, "completed"),
    job(2, 100, 2, "failed"),
    job(3, 100, 3, "completed"),
    job(4, 100, 4, "failed"),
    job(5, 200, 1, "cancelled"),
    // A key still answers with this one.
    job(6, 300, 2, "completed"),
    job(7, 300, 3, "cancelled"),
    job(8, 300, 4, "queued")
  ])}`
  yield* sql`INSERT INTO rag_idempotency_key ${sql.insert({
    key: "k",
    content_hash: "6",
    job_id: uuid(6),
    document_id: uuid(300),
    created_at: new Date(0)
  })}`
  const originals = yield* Originals
  for (const n of [1, 3]) writeFileSync(originals.pathOf(jobId(n)), "x")
})

const left = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<{ readonly id: string }>`SELECT id FROM rag_job ORDER BY id`
  return rows.map(({ id }) => Number.parseInt(id.slice(-4), 16))
})

for (const store of await TestStores.all()) {
  const layer = Layer.unwrap(
    Effect.map(folder, (directory) =>
      Originals.layer({ directory, maxBytes: 10, foreignAge: Duration.zero }).pipe(
        Layer.provideMerge(RagEngine.layerTables),
        Layer.provideMerge(store.layer),
        Layer.provide([NodeServices.layer, SecureRandom.layerWebCrypto])
      )
    )
  )

  describe.skipIf(store.skip)(`The records of ingestions on ${store.engine}`, () => {
    it.effect("go when they are old enough and no document stands on them, with the originals they have left", () =>
      Effect.gen(function* () {
        yield* fill
        const originals = yield* Originals
        yield* TestClock.setTime(Duration.toMillis(retention))
        assert.strictEqual(yield* JobRetention.prune(retention), 0)
        yield* TestClock.adjust("1 millis")
        assert.strictEqual(yield* JobRetention.prune(retention), 4)
        assert.deepStrictEqual(yield* left, kept)
        assert.deepStrictEqual(
          [1, 3].map((n) => existsSync(originals.pathOf(jobId(n)))),
          [false, true]
        )
      }).pipe(Effect.provide(layer), Effect.scoped)
    )

    it.effect("are looked at when the engine starts and every hour", () =>
      Effect.gen(function* () {
        yield* fill
        const sql = yield* SqlClient.SqlClient
        yield* sql`UPDATE rag_job SET finished_at = ${new Date(-1)} WHERE id = ${uuid(5)}`
        yield* TestClock.setTime(Duration.toMillis(retention))
        yield* JobRetention.run(retention)
        // The database takes real time.
        const look = TestClock.withLive(Effect.delay(left, "20 millis"))
        const atStart = yield* Effect.repeat(look, { until: (ids) => !ids.includes(5) })
        assert.deepStrictEqual(atStart, [1, 2, 3, 4, 6, 7, 8])
        yield* Effect.repeat(Effect.andThen(TestClock.adjust("1 hour"), look), { until: (ids) => !ids.includes(1) })
        assert.deepStrictEqual(yield* left, kept)
      }).pipe(Effect.provide(layer), Effect.scoped)
    )
  })
}
