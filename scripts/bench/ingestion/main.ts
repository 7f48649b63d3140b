/**
 * How fast documents become searchable, and what memory that takes: uploads of generated documents of five kinds (Markdown,
 * job logs, HTML, CSV, plain text), each with its fsyncs, through parser processes, index and all, into the embedded store in a
 * directory, or the server of `DATABASE_URL` when that is set (into a schema of its own, which is dropped).
 *
 * `npm run bench -- ingestion [--documents 200] [--concurrency 2] [--json]`
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { parseArgs } from "node:util"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Rag } from "@resync/rag/Rag"
import * as RagEngine from "@resync/rag-engine/RagEngine"
import * as Resilience from "@resync/resilience/Resilience"
import * as Embedded from "@resync/store/Embedded"
import * as Postgres from "@resync/store/Postgres"
import { Effect, Layer, Redacted, Stream } from "effect"
import { FetchHttpClient } from "effect/http"
import { SqlClient } from "effect/sql"
import { document } from "./Documents.ts"

const { values } = parseArgs({
  options: {
    documents: { type: "string", default: "200" },
    concurrency: { type: "string", default: "2" },
    json: { type: "boolean", default: false }
  }
})

const documents = Number(values.documents)
const concurrency = Number(values.concurrency)
const dataDir = mkdtempSync(path.join(tmpdir(), "resync-bench-ingestion-"))
const server = process.env["DATABASE_URL"]
const schema = `bench_${process.pid}`

const store =
  server === undefined
    ? Embedded.layer({ dataDir })
    : Layer.unwrap(
        Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          yield* Effect.acquireRelease(sql`CREATE SCHEMA ${sql(schema)}`, () =>
            Effect.orDie(sql`DROP SCHEMA ${sql(schema)} CASCADE`)
          )
          return Postgres.layer({ url: Redacted.make(server), searchPath: `${schema}, public` })
        })
      ).pipe(Layer.provide(Postgres.layer({ url: Redacted.make(server), maxConnections: 1 })))

/** Memory of this process and of the parsers it started, in bytes. */
const memory = () => {
  const { heapUsed, rss } = process.memoryUsage()
  const statusOf = (pid: string) => {
    try {
      return readFileSync(`/proc/${pid}/status`, "utf8")
    } catch {
      return ""
    }
  }
  const children = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(statusOf)
    .filter((status) => new RegExp(`^PPid:\\s+${process.pid}$`, "m").test(status))
    .map((status) => Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) * 1024)
  return { heapUsed, rss, parsers: children.reduce((sum, bytes) => sum + bytes, 0) }
}

const peak = { heapUsed: 0, rss: 0, parsers: 0 }
const look = () => {
  const now = memory()
  for (const key of ["heapUsed", "rss", "parsers"] as const) peak[key] = Math.max(peak[key], now[key])
}

const program = Effect.gen(function* () {
  const rag = yield* Rag
  look()
  const before = memory()
  const timer = setInterval(look, 250)
  let lag = 0
  let last = performance.now()
  const beat = setInterval(() => {
    const now = performance.now()
    lag = Math.max(lag, now - last - 20)
    last = now
  }, 20)
  const start = performance.now()
  let bytes = 0
  const jobs = yield* Effect.forEach(
    Array.from({ length: documents }, (_, n) => n),
    (n) => {
      const { content, name } = document(n)
      bytes += content.length
      return rag.upload({ fileName: name, content: Stream.succeed(content), metadata: {} })
    },
    { concurrency: 4 }
  )
  const accepted = (performance.now() - start) / 1000
  const ended = yield* Effect.forEach(jobs, ({ jobId }) => Stream.runLast(rag.followJob(jobId)))
  const seconds = (performance.now() - start) / 1000
  clearInterval(timer)
  clearInterval(beat)
  const completed = ended.flatMap((last) =>
    last._tag === "Some" && last.value.state === "completed" ? [last.value] : []
  )
  const passages = completed.reduce((sum, { progress }) => sum + (progress.total ?? 0), 0)
  return {
    store: server === undefined ? "embedded" : "postgres",
    documents,
    completed: completed.length,
    bytes,
    passages,
    seconds: { accepted, searchable: seconds },
    perSecond: { uploads: documents / accepted, documents: completed.length / seconds, passages: passages / seconds },
    memory: { before, peak },
    eventLoopLagMillis: lag
  }
}).pipe(
  Effect.provide(
    RagEngine.layer({ dataDir, concurrency, corpus: false }).pipe(
      Layer.provide(store),
      Layer.provide([NodeServices.layer, Resilience.layer(), FetchHttpClient.layer])
    )
  )
)

const result = await Effect.runPromise(Effect.scoped(program)).finally(() =>
  rmSync(dataDir, { recursive: true, force: true })
)
const megabytes = (value: number) => `${(value / 1_000_000).toFixed(0)} MB`
if (values.json) console.log(JSON.stringify(result))
else {
  const { before, peak } = result.memory
  console.log(`${result.completed} of ${documents} documents (${megabytes(result.bytes)}), ${result.passages} passages, ${result.store} store
accepted    ${result.perSecond.uploads.toFixed(1)} uploads/s, each on the disk
searchable  ${result.perSecond.documents.toFixed(1)} documents/s, ${result.perSecond.passages.toFixed(0)} passages/s
memory      RSS ${megabytes(before.rss)} before, ${megabytes(peak.rss)} at most; heap ${megabytes(peak.heapUsed)}; parsers ${megabytes(peak.parsers)}
event loop  held up for ${result.eventLoopLagMillis.toFixed(0)} ms at most`)
}
