import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs"
import path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Rag } from "@resync/rag/Rag"
import { EmbedderUnavailable } from "@resync/rag-engine/index/EmbedderUnavailable"
import { Ingestion } from "@resync/rag-engine/ingestion/Ingestion"
import * as TestStores from "@resync/store/testing/TestStores"
import { Deferred, Effect, Fiber, Option, Ref, Stream, Tracer } from "effect"
import { SqlClient } from "effect/sql"
import { ended, engine, file, folder, found, ingest, type TestOptions } from "./TestEngine.ts"

const away = (transient: boolean) => new EmbedderUnavailable({ embedder: "stub", detail: "it is away", transient })

/** Waits make no difference to what is tested. */
const atOnce = { retry: { maxAttempts: 3, baseDelay: 0 } } as const

for (const store of await TestStores.all()) {
  /** Runs on a store and in a folder of their own; each start of an engine there is another process to them. */
  const on = <A, E>(
    effect: (
      start: <B, F>(
        effect: Effect.Effect<B, F, Rag | Ingestion | SqlClient.SqlClient>,
        options?: TestOptions
      ) => Effect.Effect<B, unknown, SqlClient.SqlClient>,
      dataDir: string
    ) => Effect.Effect<A, E, SqlClient.SqlClient>
  ) =>
    Effect.gen(function* () {
      const dataDir = yield* folder
      return yield* effect(
        (inner, options = {}) => Effect.provide(inner, engine({ dataDir, ...options })) as never,
        dataDir
      )
    }).pipe(Effect.provide(store.layer), Effect.scoped)

  const files = (dataDir: string) => readdirSync(path.join(dataDir, "uploads")).toSorted()

  describe.skipIf(store.skip)(`Ingestion on ${store.engine}`, { timeout: 300_000 }, () => {
    it.live("an upload is accepted, followed to its end, found, replaced and deleted", () =>
      on((start, dataDir) =>
        start(
          Effect.gen(function* () {
            const rag = yield* Rag
            const accepted = yield* rag.upload(
              file("limits.md", "# Limits\n\nA job stays in READY while the limit is 0.", {
                metadata: { tags: ["ops"], source: "wiki", authority: "approved" }
              })
            )
            assert.isFalse(accepted.repeated)
            const seen = yield* Stream.runCollect(rag.followJob(accepted.jobId))
            assert.deepInclude(seen.at(-1), {
              state: "completed",
              attempts: 1,
              progress: { done: 1, total: 1 },
              failure: null
            })
            const order = ["queued", "parsing", "chunking", "embedding", "indexing", "completed"]
            const states = seen.map(({ state }) => order.indexOf(state))
            assert.deepStrictEqual(
              states,
              states.toSorted((a, b) => a - b)
            )
            assert.deepStrictEqual(yield* found("READY"), ["A job stays in READY while the limit is 0."])
            const document = yield* rag.document(accepted.documentId)
            assert.deepInclude(document, {
              title: "Limits",
              tags: ["ops"],
              source: "wiki",
              authority: "approved",
              mediaType: "text/markdown",
              passages: 1,
              revision: 1,
              latestJobId: accepted.jobId
            })

            // A new version takes the place of the old one, file and all.
            const next = yield* rag.upload(
              file("limits.md", "# Limits\n\nRaise it with conman.", { replaces: accepted.documentId })
            )
            assert.strictEqual(next.documentId, accepted.documentId)
            assert.strictEqual((yield* ended(next.jobId)).state, "completed")
            assert.deepStrictEqual(yield* found("READY"), [])
            assert.deepStrictEqual(yield* found("conman"), ["Raise it with conman."])
            assert.deepInclude(yield* rag.document(accepted.documentId), { revision: 2, tags: [], passages: 1 })
            // The one worker has put its last job away when it is done with the next.
            const other = yield* ingest("other.txt", "something else")
            yield* rag.deleteDocument(other.documentId)
            assert.deepStrictEqual(files(dataDir), [next.jobId, `${next.jobId}.json`])

            yield* rag.deleteDocument(accepted.documentId)
            assert.deepStrictEqual(yield* found("conman"), [])
            assert.deepStrictEqual(files(dataDir), [])
            assert.strictEqual((yield* Effect.flip(rag.document(accepted.documentId)))._tag, "DocumentNotFound")
            assert.strictEqual((yield* Effect.flip(rag.deleteDocument(accepted.documentId)))._tag, "DocumentNotFound")
            // What was done is still on record.
            assert.strictEqual((yield* rag.job(next.jobId)).state, "completed")
          }),
          { concurrency: 1 }
        )
      )
    )

    it.live("the same content or key is the same job; another content under the key is refused", () =>
      on((start, dataDir) =>
        start(
          Effect.gen(function* () {
            const rag = yield* Rag
            const one = file("a.txt", "one", { idempotencyKey: "k1" })
            // At the same time, and one after the other.
            const together = yield* Effect.forEach([one, one, one], rag.upload, { concurrency: "unbounded" })
            const jobId = together[0]?.jobId as never
            assert.strictEqual(new Set(together.map(({ jobId }) => jobId)).size, 1)
            assert.strictEqual(together.filter(({ repeated }) => !repeated).length, 1)
            assert.deepInclude(yield* rag.upload(file("b.txt", "one")), { jobId, repeated: true })
            assert.deepInclude(yield* Effect.flip(rag.upload(file("a.txt", "two", { idempotencyKey: "k1" }))), {
              _tag: "UploadRejected",
              reason: "idempotency-key-reused"
            })
            // A key that comes with known content is taken from then on.
            yield* rag.upload(file("a.txt", "one", { idempotencyKey: "k2" }))
            assert.strictEqual(
              (yield* Effect.flip(rag.upload(file("a.txt", "two", { idempotencyKey: "k2" }))))._tag,
              "UploadRejected"
            )
            const page = yield* rag.documents({})
            assert.strictEqual(page.items.length, 1)
            assert.strictEqual(files(dataDir).length, 2)
            // Deleted, it is new again.
            yield* rag.deleteDocument(page.items[0]?.id as never)
            assert.isFalse((yield* rag.upload(one)).repeated)
          })
        )
      )
    )

    it.live(
      "the same content under other words is a new version, and of what was cancelled or failed by its name too",
      () =>
        on((start) =>
          start(
            Effect.gen(function* () {
              const rag = yield* Rag
              const first = yield* rag.upload(file("a.txt", "one"))
              yield* ended(first.jobId)
              const { documentId: replaces } = first
              assert.isTrue((yield* rag.upload(file("a.txt", "one", { replaces }))).repeated)
              const tagged = yield* rag.upload(file("a.txt", "one", { replaces, metadata: { tags: ["x"] } }))
              assert.isFalse(tagged.repeated)
              yield* ended(tagged.jobId)
              assert.deepInclude(yield* rag.document(replaces), { tags: ["x"], revision: 2 })

              const wrong = yield* rag.upload(file("b.pdf", "plain text"))
              assert.strictEqual((yield* ended(wrong.jobId)).failure?.reason, "type-mismatch")
              assert.deepInclude(yield* rag.upload(file("b.pdf", "plain text")), { jobId: wrong.jobId, repeated: true })
              const right = yield* rag.upload(file("b.txt", "plain text"))
              assert.deepInclude(right, { documentId: wrong.documentId, repeated: false })
              assert.strictEqual((yield* ended(right.jobId)).state, "completed")
              assert.strictEqual((yield* rag.documents({})).items.length, 2)
            })
          )
        )
    )

    it.live("what cannot be taken in leaves nothing", () =>
      on((start, dataDir) =>
        start(
          Effect.gen(function* () {
            const rag = yield* Rag
            const refused = (upload: Parameters<typeof rag.upload>[0]) => Effect.flip(rag.upload(upload))
            assert.deepInclude(yield* refused(file("a.txt", "12345678901")), { reason: "too-large" })
            assert.deepInclude(yield* refused(file("a.txt", "")), { reason: "empty" })
            assert.deepInclude(yield* refused(file("", "x")), { reason: "invalid-name" })
            assert.deepInclude(yield* refused(file("a\u0000b", "x")), { reason: "invalid-name" })
            assert.deepInclude(
              yield* refused(file("a.txt", "x", { replaces: "01890a5d-ac96-774b-bcce-b302099a8057" as never })),
              { _tag: "DocumentNotFound" }
            )
            // One that breaks off.
            const begun = yield* Deferred.make<void>()
            const broken = yield* Effect.forkChild(
              rag.upload({
                ...file("a.txt", ""),
                content: Stream.concat(
                  Stream.make(new Uint8Array(3)),
                  Stream.fromEffect(Effect.andThen(Deferred.succeed(begun, undefined), Effect.never))
                )
              })
            )
            yield* Deferred.await(begun)
            yield* Fiber.interrupt(broken)
            assert.deepStrictEqual(files(dataDir), [])
            assert.deepStrictEqual((yield* rag.jobs({})).items, [])
          }),
          { maxUploadBytes: 10 }
        )
      )
    )

    it.live.skipIf(!existsSync("/dev/full"))("a full disk is said so, and nothing is left", () =>
      on((start, dataDir) =>
        start(
          Effect.gen(function* () {
            const rag = yield* Rag
            assert.deepInclude(yield* Effect.flip(rag.upload(file("a.txt", "one"))), {
              _tag: "RagUnavailable",
              operation: "upload",
              reason: "disk-full"
            })
            assert.deepStrictEqual(files(dataDir), [])
          }),
          {
            disk: (fs) => ({
              ...fs,
              open: (path, options) =>
                path.endsWith(".part") ? fs.open("/dev/full", { flag: "w" }) : fs.open(path, options)
            })
          }
        )
      )
    )

    it.live("an upload and its ingestion are one trace", () =>
      on((start) =>
        Effect.gen(function* () {
          const spans: Array<Tracer.Span> = []
          const tracer = Tracer.make({
            span: (options) => {
              const span = new Tracer.NativeSpan(options)
              spans.push(span)
              return span
            }
          })
          const jobId = yield* start(
            Effect.gen(function* () {
              const { jobId } = yield* Effect.withSpan(
                (yield* Rag).upload(file("a.md", "# A\n\none")),
                "POST /documents"
              )
              yield* ended(jobId)
              // With one worker, the first one's spans have ended when the second job has.
              yield* ingest("b.md", "# B\n\ntwo")
              return jobId
            }),
            { concurrency: 1 }
          ).pipe(Effect.withTracer(tracer))
          const named = (name: string) => spans.filter((span) => span.name === name)
          const [upload] = named("Uploads.upload")
          const job = named("Ingestion.job").find(({ attributes }) => attributes.get("rag.job.id") === jobId)
          assert.strictEqual(upload?.traceId, named("POST /documents")[0]?.traceId)
          assert.strictEqual(job?.traceId, upload?.traceId)
          assert.strictEqual(Option.getOrThrow(job?.parent ?? Option.none()).spanId, upload?.spanId)
          assert.deepStrictEqual(
            job?.links.map(({ span }) => span.spanId),
            [upload?.spanId]
          )
          const stages = spans.filter(({ parent }) => Option.isSome(parent) && parent.value.spanId === job?.spanId)
          for (const stage of ["parsing", "chunking", "embedding", "indexing"]) {
            assert.include(
              stages.map(({ name }) => name),
              `Ingestion.${stage}`
            )
          }
        })
      )
    )

    it.live("the starter corpus is loaded once, follows its files, and stays away when it was deleted", () =>
      on((start, dataDir) =>
        Effect.gen(function* () {
          const corpus = path.join(dataDir, "corpus")
          mkdirSync(corpus)
          writeFileSync(path.join(corpus, "a.md"), "# A\n\nalpha")
          writeFileSync(path.join(corpus, "b.md"), "# B\n\nbeta")
          /** Waits until the corpus is loaded and all its jobs are final. */
          const names = Effect.gen(function* () {
            const sql = yield* SqlClient.SqlClient
            yield* Effect.repeat(
              Effect.delay(
                sql<{ readonly open: number }>`
                  SELECT count(*)::int AS open FROM rag_job WHERE state NOT IN ('completed', 'failed', 'cancelled')
                `,
                "200 millis"
              ),
              { until: ([row]) => row?.open === 0 }
            )
            const { items } = yield* (yield* Rag).documents({})
            return items.map(({ fileName, revision }) => `${fileName} ${revision}`).toSorted()
          })
          const again = (expected: ReadonlyArray<string>) =>
            start(
              Effect.gen(function* () {
                assert.deepStrictEqual(
                  yield* Effect.repeat(names, { until: (now) => now.join() === expected.join(), times: 50 }),
                  expected
                )
              }),
              { corpus }
            )
          yield* again(["a.md 1", "b.md 1"])
          yield* again(["a.md 1", "b.md 1"])
          writeFileSync(path.join(corpus, "a.md"), "# A\n\nalpha and omega")
          yield* again(["a.md 2", "b.md 1"])
          yield* start(
            Effect.gen(function* () {
              const rag = yield* Rag
              const { items } = yield* rag.documents({})
              yield* Effect.forEach(items, ({ fileName, id }) =>
                fileName === "b.md" ? rag.deleteDocument(id) : Effect.void
              )
              assert.deepInclude(
                items.find(({ fileName }) => fileName === "a.md"),
                {
                  authority: "vendor",
                  source: "resync:starter-corpus"
                }
              )
            })
          )
          yield* again(["a.md 2"])
          rmSync(path.join(corpus, "a.md"))
          yield* again([])
        })
      )
    )

    it.live(
      "a failure that may pass is tried again; one that does not is the job's end, until it is retried by hand",
      () =>
        on((start) =>
          Effect.gen(function* () {
            const calls = yield* Ref.make(0)
            const answer = yield* Ref.make<"away" | "broken" | "there">("away")
            const embed = () =>
              Effect.gen(function* () {
                const n = yield* Ref.updateAndGet(calls, (n) => n + 1)
                const how = yield* Ref.get(answer)
                if (how === "away" && n < 3) return yield* away(true)
                if (how === "broken") return yield* away(false)
              })
            yield* start(
              Effect.gen(function* () {
                const rag = yield* Rag
                assert.deepInclude(yield* ingest("a.txt", "one"), { state: "completed", attempts: 3, failure: null })

                yield* Ref.set(answer, "broken")
                const failed = yield* ingest("b.txt", "two")
                assert.deepInclude(failed, {
                  state: "failed",
                  attempts: 1,
                  failure: { reason: "embedder-unavailable", detail: "it is away" }
                })
                assert.deepInclude(yield* Effect.flip(rag.cancelJob(failed.id)), {
                  _tag: "IngestionJobConflict",
                  state: "failed",
                  action: "cancel"
                })
                yield* Ref.set(answer, "there")
                assert.strictEqual((yield* rag.retryJob(failed.id)).state, "queued")
                assert.deepInclude(yield* ended(failed.id), { state: "completed", attempts: 2, failure: null })
                assert.strictEqual((yield* Effect.flip(rag.retryJob(failed.id)))._tag, "IngestionJobConflict")
                assert.deepStrictEqual(yield* found("two"), ["two"])

                // A document that failed for good can be deleted, and its job not be retried then.
                yield* Ref.set(answer, "broken")
                const third = yield* ingest("c.txt", "three")
                yield* rag.deleteDocument(third.documentId)
                assert.deepInclude(yield* Effect.flip(rag.retryJob(third.id)), { state: "cancelled" })
              }),
              { embed, ...atOnce }
            )
          })
        )
    )

    it.live("a job that is cancelled, or whose document is deleted, stops at once and shows nothing", () =>
      on((start, dataDir) =>
        Effect.gen(function* () {
          const begun = yield* Ref.make(yield* Deferred.make<void>())
          const stopped = yield* Ref.make(0)
          const embed = () =>
            Effect.flatMap(Ref.get(begun), (begun) => Deferred.succeed(begun, undefined)).pipe(
              Effect.andThen(Effect.never),
              Effect.onInterrupt(() => Ref.update(stopped, (n) => n + 1))
            )
          yield* start(
            Effect.gen(function* () {
              const rag = yield* Rag
              const working = Effect.flatMap(Ref.get(begun), Deferred.await)
              const a = yield* rag.upload(file("a.txt", "one"))
              yield* working
              assert.strictEqual((yield* rag.job(a.jobId)).state, "embedding")
              assert.strictEqual((yield* rag.cancelJob(a.jobId)).state, "cancelled")
              assert.strictEqual((yield* ended(a.jobId)).state, "cancelled")
              yield* Ref.set(begun, yield* Deferred.make<void>())

              const b = yield* rag.upload(file("b.txt", "two"))
              yield* working
              yield* rag.deleteDocument(b.documentId)
              assert.strictEqual((yield* ended(b.jobId)).state, "cancelled")
              // With one worker, a third job begins only when both have let go of it.
              yield* Ref.set(begun, yield* Deferred.make<void>())
              yield* rag.upload(file("c.txt", "three"))
              yield* working
              assert.strictEqual(yield* Ref.get(stopped), 2)
              assert.deepStrictEqual(yield* found("o"), [])
              assert.strictEqual((yield* rag.documents({})).items.length, 2)
              assert.strictEqual(files(dataDir).includes(b.jobId), false)
            }),
            { embed, concurrency: 1 }
          )
        })
      )
    )

    it.live("lists go by pages, newest first, and by what is asked for", () =>
      on((start) =>
        start(
          Effect.gen(function* () {
            const rag = yield* Rag
            const all = yield* Effect.forEach([1, 2, 3, 4, 5], (n) =>
              rag.upload(file(`${n}.txt`, `text ${n}`, { metadata: { tags: n % 2 === 0 ? ["even"] : [] } }))
            )
            yield* Effect.forEach(all, ({ jobId }) => ended(jobId))
            const first = yield* rag.jobs({ limit: 2 })
            const second = yield* rag.jobs({ limit: 2, cursor: first.nextCursor ?? "" })
            const third = yield* rag.jobs({ limit: 2, cursor: second.nextCursor ?? "" })
            assert.deepStrictEqual(
              [first, second, third].flatMap(({ items }) => items.map(({ id }) => id)),
              all.map(({ jobId }) => jobId).toReversed()
            )
            assert.notProperty(third, "nextCursor")
            const documentId = all[1]?.documentId as never
            assert.strictEqual((yield* rag.jobs({ documentId, state: ["completed"] })).items.length, 1)
            assert.deepStrictEqual((yield* rag.jobs({ state: ["failed"] })).items, [])
            assert.deepStrictEqual(
              (yield* rag.documents({ tag: "even" })).items.map(({ fileName }) => fileName),
              ["4.txt", "2.txt"]
            )
            assert.strictEqual((yield* rag.documents({ mediaType: "text/plain", limit: 3 })).items.length, 3)
          })
        )
      )
    )

    it.live("a start puts right what an end left, and takes in originals that the database has lost", () =>
      on((start, dataDir) =>
        Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          const uploads = path.join(dataDir, "uploads")
          const { documentId, id } = yield* start(ingest("a.txt", "one", { metadata: { tags: ["kept"] } }))
          writeFileSync(path.join(uploads, "x.part"), "broken off")
          writeFileSync(path.join(uploads, "01890a5d-ac96-774b-bcce-b302099a8057"), "not described")
          const old = new Date(Date.now() - 3_600_000)
          for (const name of files(dataDir)) utimesSync(path.join(uploads, name), old, old)
          yield* start(Effect.void)
          assert.deepStrictEqual(files(dataDir), [id, `${id}.json`])

          yield* sql`DELETE FROM stub_passage`
          yield* sql`TRUNCATE rag_document CASCADE`
          yield* sql`TRUNCATE rag_job`
          yield* sql`TRUNCATE rag_queue`
          yield* start(
            Effect.gen(function* () {
              const rag = yield* Rag
              assert.strictEqual((yield* ended(id)).state, "completed")
              assert.deepInclude(yield* rag.document(documentId), { fileName: "a.txt", tags: ["kept"], passages: 1 })
              assert.deepStrictEqual(yield* found("one"), ["one"])

              // And by hand, of all.
              yield* sql`DELETE FROM stub_passage`
              assert.strictEqual(yield* (yield* Ingestion).rebuild, 1)
              assert.strictEqual((yield* ended(id)).state, "completed")
              assert.deepStrictEqual(yield* found("one"), ["one"])
              yield* rag.deleteDocument(documentId)
            })
          )
          yield* start(
            Effect.flatMap(Rag, (rag) => Effect.map(rag.jobs({}), ({ items }) => assert.strictEqual(items.length, 1)))
          )
        })
      )
    )

    it.live("an original that is gone is the failure of its job, which the same upload mends", () =>
      on((start, dataDir) =>
        Effect.gen(function* () {
          const id = yield* start(
            Effect.gen(function* () {
              const { documentId, id } = yield* ingest("a.txt", "one")
              rmSync(path.join(dataDir, "uploads", id))
              yield* (yield* Ingestion).rebuild
              assert.strictEqual((yield* ended(id)).failure?.reason, "upload-missing")
              // What could be found before still can.
              assert.deepStrictEqual(yield* found("one"), ["one"])
              const again = yield* (yield* Rag).upload(file("a.txt", "one"))
              assert.deepStrictEqual(again, { jobId: id, documentId, repeated: true })
              assert.strictEqual((yield* ended(id)).state, "completed")
              return id
            })
          )
          assert.strictEqual(readFileSync(path.join(dataDir, "uploads", id), "utf8"), "one")
        })
      )
    )

    it.live("a worker that has lost its job makes nothing visible", () =>
      on((start) =>
        Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          const begun = yield* Deferred.make<void>()
          const go = yield* Deferred.make<void>()
          const calls = yield* Ref.make(0)
          const embed = () =>
            Effect.flatMap(
              Ref.getAndUpdate(calls, (n) => n + 1),
              (n) =>
                n > 0
                  ? Effect.void
                  : // Not to be stopped, as a call that does not hear of it.
                    Effect.uninterruptible(Effect.andThen(Deferred.succeed(begun, undefined), Deferred.await(go)))
            )
          yield* start(
            Effect.gen(function* () {
              const rag = yield* Rag
              const { jobId } = yield* rag.upload(file("a.txt", "one"))
              yield* Deferred.await(begun)
              // Another process has taken it over, as after a lease that ran out, and has done it.
              yield* sql`UPDATE rag_job SET attempts = attempts + 1, change = change + 1, state = 'completed', done = 0, total = 0`
              yield* Deferred.succeed(go, undefined)
              // The worker is free again when it takes this one.
              yield* ingest("b.txt", "two")
              assert.deepInclude(yield* rag.job(jobId), { state: "completed", attempts: 2 })
              assert.deepStrictEqual(yield* found("one"), [])
            }),
            { embed, concurrency: 1 }
          )
        })
      )
    )
  })
}
