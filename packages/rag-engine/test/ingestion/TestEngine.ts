import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import * as NodeServices from "@effect/platform-node/NodeServices"
import type { IngestionJobId } from "@resync/rag/model/Ids"
import { Rag, type Upload } from "@resync/rag/Rag"
import * as RagEngine from "@resync/rag-engine/RagEngine"
import type { RagEngineOptions } from "@resync/rag-engine/RagEngineOptions"
import * as Resilience from "@resync/resilience/Resilience"
import { Effect, FileSystem, Layer, Stream } from "effect"
import { FetchHttpClient } from "effect/http"
import * as StubIndex from "./StubIndex.ts"

/** A folder that is gone with the scope. */
export const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(path.join(tmpdir(), "rag-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

export interface TestOptions extends Partial<RagEngineOptions>, StubIndex.StubOptions {
  /** What stands between the engine and the disk. */
  readonly disk?: (fs: FileSystem.FileSystem) => FileSystem.FileSystem
}

/** An engine over the store in its context, with an index that finds plain words. */
export const engine = ({ disk = (fs) => fs, embed, ...options }: TestOptions & { readonly dataDir: string }) =>
  RagEngine.layerWithIndex({ corpus: false, ...options }).pipe(
    Layer.provide(StubIndex.layer(embed === undefined ? {} : { embed })),
    Layer.provide(RagEngine.layerTables),
    Layer.provide(Layer.effect(FileSystem.FileSystem, Effect.map(FileSystem.FileSystem, disk))),
    Layer.provide([NodeServices.layer, Resilience.layer(), FetchHttpClient.layer])
  )

const bytes = (content: string | Uint8Array) =>
  typeof content === "string" ? new TextEncoder().encode(content) : content

export const file = (fileName: string, content: string | Uint8Array, more: Partial<Upload> = {}): Upload => ({
  fileName,
  content: Stream.make(bytes(content)),
  metadata: {},
  ...more
})

/** The job when it is final. */
export const ended = (id: IngestionJobId) =>
  Effect.flatMap(Rag, (rag) => Stream.runLast(rag.followJob(id))).pipe(
    Effect.flatMap((last) => Effect.orDie(Effect.fromOption(last)))
  )

/** Uploads and waits until the job is final. */
export const ingest = (fileName: string, content: string | Uint8Array, more: Partial<Upload> = {}) =>
  Effect.gen(function* () {
    const { jobId } = yield* (yield* Rag).upload(file(fileName, content, more))
    return yield* ended(jobId)
  })

export const found = (query: string) =>
  Effect.flatMap(Rag, (rag) => Effect.map(rag.search({ query }), ({ hits }) => hits.map(({ text }) => text)))
