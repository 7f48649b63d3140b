/**
 * A process that takes in documents until it is killed. Tells its parent, by lines of JSON on its standard output, what it
 * found when it opened the store, what was accepted, and when it began.
 */

import { flushCompileCache } from "node:module"
import type { IngestionJobId } from "@resync/rag/model/Ids"
import { Rag } from "@resync/rag/Rag"
import * as Embedded from "@resync/store/Embedded"
import * as Postgres from "@resync/store/Postgres"
import { Effect, Redacted, Stream } from "effect"
import { SqlClient } from "effect/sql"
import { engine, file } from "./TestEngine.ts"

/** Passages of a document: one a section. */
export const passagesOf = (n: number) => 5 + (n % 36)

export const text = (n: number) =>
  Array.from({ length: passagesOf(n) }, (_, at) => `# Section ${at}\n\nDocument ${n} says ${at}.`).join("\n\n")

export interface Options {
  readonly dataDir: string
  /** The server and schema, or the embedded store in `dataDir`. */
  readonly postgres?: { readonly url: string; readonly schema: string } | undefined
}

export const store = ({ dataDir, postgres }: Options) =>
  postgres === undefined
    ? Embedded.layer({ dataDir })
    : Postgres.layer({ url: Redacted.make(postgres.url), searchPath: `${postgres.schema}, public`, maxConnections: 5 })

/** Slow enough that each stage has its share of the kills. */
export const ingesting = ({ dataDir }: Options) =>
  engine({
    dataDir,
    lease: "1 second",
    retry: { baseDelay: 0 },
    embed: ({ onProgress, passages }) =>
      Effect.forEach(
        Array.from({ length: passages }, (_, at) => at + 1),
        (done) => Effect.andThen(Effect.sleep("3 millis"), onProgress(done)),
        { discard: true }
      )
  })

/** Documents whose passages are not all there, or there before they may be. */
export const halves = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const [tables] = yield* sql`SELECT to_regclass('stub_passage')::text AS stub, to_regclass('rag_job')::text AS job`
  if (tables?.["stub"] === null || tables?.["job"] === null) return []
  return yield* sql`
    SELECT d.id, d.file_name, d.passages, d.media_type, count(s.id)::int AS found FROM rag_document d
    LEFT JOIN stub_passage s ON s.document_id = d.id
    GROUP BY d.id HAVING d.passages <> count(s.id) OR (d.media_type IS NULL) <> (count(s.id) = 0)
    UNION ALL
    SELECT document_id, 'no document', 0, NULL, count(*)::int FROM stub_passage
    WHERE document_id NOT IN (SELECT id FROM rag_document) GROUP BY document_id
  `
})

export type Message =
  | { readonly _tag: "Found"; readonly halves: ReadonlyArray<object> }
  | { readonly _tag: "Begun" }
  | { readonly _tag: "Accepted"; readonly n: number; readonly jobId: string }
  /** A job is in another state. */
  | { readonly _tag: "Changed"; readonly state: string }

const tell = (message: Message) => Effect.sync(() => process.stdout.write(`${JSON.stringify(message)}\n`))

const live = (options: Options, first: number) =>
  Effect.gen(function* () {
    // Compiled once, for those that follow: a process that is killed keeps nothing by itself.
    flushCompileCache()
    yield* tell({ _tag: "Found", halves: yield* halves })
    return yield* Effect.gen(function* () {
      const rag = yield* Rag
      const follow = (id: IngestionJobId) =>
        rag.followJob(id).pipe(
          Stream.changesWith((a, b) => a.state === b.state),
          Stream.runForEach(({ state }) => tell({ _tag: "Changed", state })),
          Effect.forkChild
        )
      const open = yield* rag.jobs({ state: ["queued", "parsing", "chunking", "embedding", "indexing"] })
      yield* tell({ _tag: "Begun" })
      yield* Effect.forEach(open.items, ({ id }) => follow(id), { discard: true })
      yield* Effect.forEach(
        [0, 1, 2],
        (at) =>
          Effect.flatMap(rag.upload(file(`${first + at}.md`, text(first + at))), ({ jobId }) =>
            Effect.andThen(tell({ _tag: "Accepted", n: first + at, jobId }), follow(jobId))
          ),
        { discard: true }
      )
      return yield* Effect.never
    }).pipe(Effect.provide(ingesting(options)))
  }).pipe(Effect.provide(store(options)), Effect.scoped)

if (process.argv[2] !== undefined) {
  const { first, ...options } = JSON.parse(process.argv[2]) as Options & { readonly first: number }
  Effect.runFork(live(options, first))
}
