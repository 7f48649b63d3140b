/**
 * The knowledge base in this process: `Rag` over a database and a folder of originals.
 *
 * **Example**
 *
 * ```ts
 * import * as RagEngine from "@resync/rag-engine/RagEngine"
 * import * as Resilience from "@resync/resilience/Resilience"
 * import * as StoreConfig from "@resync/store/StoreConfig"
 * import { Layer } from "effect"
 * import { FetchHttpClient } from "effect/http"
 *
 * // Beside these it asks for the files and paths of the platform: `NodeServices.layer`.
 * const knowledge = RagEngine.layer({ dataDir: ".resync" }).pipe(
 *   Layer.provide([StoreConfig.layer, Resilience.layer(), FetchHttpClient.layer])
 * )
 * ```
 */
import type { Answer, Question } from "@resync/rag/model/Answer"
import { Rag } from "@resync/rag/Rag"
import { RetryPolicyOptions } from "@resync/resilience/RetryPolicy"
import * as Migrations from "@resync/store/Migrations"
import { Store } from "@resync/store/Store"
import { StoreCrashed, StoreError, StoreUnwritable } from "@resync/store/StoreError"
import { Duration, Effect, Layer, Metric, Path, Schema, Stream } from "effect"
import { SecureRandom } from "effect/crypto"
import type { PlatformError } from "effect/PlatformError"
import type { SqlError } from "effect/sql/SqlError"
import { Answers } from "./answers/Answers.ts"
import * as StarterCorpus from "./corpus/StarterCorpus.ts"
import { Embedder } from "./index/Embedder.ts"
import { PassageIndex } from "./index/PassageIndex.ts"
import { Acceptance } from "./ingestion/Acceptance.ts"
import { Documents } from "./ingestion/Documents.ts"
import { Ingestion } from "./ingestion/Ingestion.ts"
import { IngestionQueue } from "./ingestion/IngestionQueue.ts"
import * as JobRetention from "./ingestion/JobRetention.ts"
import { Jobs } from "./ingestion/Jobs.ts"
import { Originals } from "./ingestion/Originals.ts"
import * as QueueGauges from "./ingestion/QueueGauges.ts"
import * as Recovery from "./ingestion/Recovery.ts"
import { storeFailure } from "./ingestion/storeFailure.ts"
import { Uploads } from "./ingestion/Uploads.ts"
import * as Worker from "./ingestion/Worker.ts"
import * as ModelClient from "./models/ModelClient.ts"
import * as OpenAiEmbeddingModel from "./models/OpenAiEmbeddingModel.ts"
import * as OpenAiLanguageModel from "./models/OpenAiLanguageModel.ts"
import { DocumentParser } from "./parsing/DocumentParser.ts"
import type { RagEngineOptions } from "./RagEngineOptions.ts"
import * as SearchMetrics from "./SearchMetrics.ts"
import { engineMigrations } from "./store/EngineMigrations.ts"

/** Five attempts: after 0–1 s, 0–2 s, 0–4 s and 0–8 s. */
const defaultRetry = { maxAttempts: 5, baseDelay: "1 second", maxDelay: "5 minutes" } as const

const countAnswer = (answer: Answer) => Metric.update(SearchMetrics.answers(answer), 1)

const service = Effect.gen(function* () {
  const answers = yield* Answers
  const index = yield* PassageIndex
  const ingestion = yield* Ingestion
  const uploads = yield* Uploads

  const asked = ({ filter, question }: Question) =>
    index.evidence(question, filter === undefined ? {} : { filter }).pipe(
      Effect.map((found) => ({ question, ...found })),
      Effect.catchTag("SqlError", storeFailure("answer"))
    )

  return Rag.of({
    upload: uploads.upload,
    jobs: ingestion.jobs,
    job: ingestion.job,
    followJob: ingestion.followJob,
    cancelJob: ingestion.cancelJob,
    retryJob: ingestion.retryJob,
    documents: ingestion.documents,
    document: ingestion.document,
    deleteDocument: ingestion.deleteDocument,
    search: Effect.fn("Rag.search")(
      index.search,
      Effect.timed,
      Effect.tap(([took, found]) => Metric.update(SearchMetrics.duration(found), Duration.toSeconds(took))),
      Effect.map(([, found]) => found),
      Effect.catchTag("SqlError", storeFailure("search"))
    ),
    answer: Effect.fn("Rag.answer")(
      (question: Question) => Effect.flatMap(asked(question), answers.answer),
      Effect.tap(countAnswer)
    ),
    answerStream: (question) =>
      Stream.unwrap(Effect.map(asked(question), answers.stream)).pipe(
        Stream.tap((event) => (event._tag === "Finished" ? countAnswer(event.answer) : Effect.void))
      )
  })
})

const worker = (options: RagEngineOptions, retry: RetryPolicyOptions) =>
  Layer.effectDiscard(
    Effect.andThen(
      Recovery.run(),
      Worker.make({
        concurrency: options.concurrency ?? 2,
        maxPassages: options.maxPassages ?? 50_000,
        chunks: options.chunks ?? {},
        retry
      })
    ).pipe(
      Effect.andThen(QueueGauges.run),
      Effect.andThen(JobRetention.run(Duration.fromInputUnsafe(options.jobRetention ?? "30 days")))
    )
  )

/** The service does not wait for it, nor depend on it. */
const corpus = ({ corpus = true }: RagEngineOptions) =>
  Layer.effectDiscard(
    corpus === false
      ? Effect.void
      : StarterCorpus.load(corpus === true ? StarterCorpus.shipped : corpus).pipe(
          Effect.catchCause((cause) => Effect.logWarning("The starter corpus could not be loaded", cause)),
          Effect.forkScoped
        )
  )

const answers = ({ answers, model }: RagEngineOptions) =>
  model === undefined
    ? Answers.layer(answers)
    : Answers.layer(answers).pipe(
        Layer.provide(OpenAiLanguageModel.layer(model)),
        Layer.provide(ModelClient.layer("llm")),
        // Another policy of this name is a mistake in the program.
        Layer.orDie
      )

/** What keeps the engine from starting is said in the store's words. */
const startFailure = (dataDir: string, error: StoreError | SqlError | PlatformError) =>
  Effect.fail(
    error._tag === "StoreError"
      ? error
      : new StoreError({
          reason:
            error._tag === "SqlError"
              ? new StoreCrashed({ detail: error.message })
              : new StoreUnwritable({ dataDir, detail: error.message })
        })
  )

const retryOf = ({ retry }: RagEngineOptions) =>
  Effect.orDie(Schema.decodeUnknownEffect(RetryPolicyOptions)({ ...defaultRetry, ...retry }))

/** What the rows and files of the ingestion are kept by. */
const rows = (options: RagEngineOptions) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const { engine } = yield* Store
      const path = yield* Path.Path
      const retry = yield* retryOf(options)
      const lease = Duration.fromInputUnsafe(options.lease ?? "30 seconds")
      return Layer.mergeAll(
        Jobs.layer({
          maxFailures: retry.maxAttempts,
          maxCrashes: options.maxCrashes ?? 25,
          pollInterval: engine === "postgres" ? Duration.seconds(1) : undefined
        }),
        Documents.layer,
        IngestionQueue.layer({ engine, retry, lease }),
        Originals.layer({
          directory: path.join(options.dataDir, "uploads"),
          maxBytes: options.maxUploadBytes ?? 100_000_000,
          foreignAge: engine === "postgres" ? Duration.minutes(10) : Duration.zero
        })
      ).pipe(Layer.provideMerge(SecureRandom.layerWebCrypto))
    })
  )

/** The engine over another index of passages. What an earlier end of the process left is put right before it is there. */
export const layerWithIndex = (options: RagEngineOptions) =>
  Layer.unwrap(
    Effect.map(retryOf(options), (retry) =>
      Layer.effect(Rag, service).pipe(
        Layer.merge(corpus(options)),
        Layer.provideMerge(Layer.mergeAll(Uploads.layer, Ingestion.layer, worker(options, retry))),
        Layer.provide(Acceptance.layer),
        Layer.provide([
          rows(options),
          DocumentParser.layer({ processes: options.concurrency ?? 2, ...options.parser })
        ]),
        Layer.provide(answers(options))
      )
    )
  ).pipe(
    Layer.catch(
      (error): Layer.Layer<Rag | Ingestion | Uploads, StoreError> =>
        Layer.effectContext(startFailure(options.dataDir, error))
    )
  )

/** The tables of the engine, up to date. */
export const layerTables = Migrations.layer(engineMigrations)

const embedder = ({ embedding }: RagEngineOptions) => {
  if (embedding === undefined) return Embedder.layerLsa()
  return "directory" in embedding
    ? Embedder.layerOnnx(embedding)
    : Embedder.layerModel({ model: embedding.model }).pipe(
        Layer.provide(OpenAiEmbeddingModel.layer(embedding)),
        Layer.provide(ModelClient.layer("embedding")),
        // Another policy of this name is a mistake in the program.
        Layer.orDie
      )
}

/**
 * The whole engine. Fails when the database or the folder of originals cannot be used, or a local model that makes vectors.
 * `Ingestion` comes with it for what is no part of `Rag`: to rebuild the index from the originals.
 */
export const layer = (options: RagEngineOptions) =>
  layerWithIndex(options).pipe(
    Layer.provide(PassageIndex.layer()),
    Layer.provide(embedder(options)),
    Layer.provide(layerTables)
  )

/** Vectors are no business of a process that only steers jobs. */
const never = { settle: "365 days", patience: "365 days" } as const

/**
 * `Ingestion` alone, for a process that steers jobs and works on none, as to have the index rebuilt. Fails like `layer`, and for
 * the embedded database while another process has it.
 */
export const layerIngestion = (options: RagEngineOptions) =>
  Ingestion.layer.pipe(
    Layer.provide(Acceptance.layer),
    Layer.provide(rows(options)),
    Layer.provide(PassageIndex.layer(never)),
    Layer.provide(Embedder.layerLsa()),
    Layer.provide(layerTables),
    Layer.catch(
      (error): Layer.Layer<Ingestion, StoreError> => Layer.effectContext(startFailure(options.dataDir, error))
    )
  )
