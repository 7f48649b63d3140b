import * as OutgoingUrl from "@resync/resilience/OutgoingUrl"
import { Config, Duration, Option, Schema } from "effect"
import type { ModelServer } from "./models/ModelServer.ts"
import type { RagEngineOptions } from "./RagEngineOptions.ts"

const count = (name: string, minimum = 1) =>
  Config.schema(Schema.Int.check(Schema.isGreaterThanOrEqualTo(minimum)), name)

const time = (name: string) =>
  Config.schema(
    Schema.DurationFromString.check(
      Schema.makeFilter((duration) => Duration.isPositive(duration) && Duration.isFinite(duration), {
        expected: "a length of time like 2 minutes"
      })
    ),
    name
  )

/** A model server by the variables that begin with `prefix`. */
const modelServer = (prefix: "LLM" | "EMBEDDING") =>
  Config.all({
    baseUrl: Config.option(Config.schema(OutgoingUrl.fromString, `${prefix}_BASE_URL`)),
    model: Config.NonEmptyString(`${prefix}_MODEL`).pipe(Config.withDefault("default")),
    apiKey: Config.option(Config.Redacted(`${prefix}_API_KEY`))
  }).pipe(
    Config.map(({ apiKey, baseUrl, model }): ModelServer | undefined =>
      Option.isNone(baseUrl) ? undefined : { baseUrl: baseUrl.value.href, model, apiKey: Option.getOrUndefined(apiKey) }
    )
  )

/** The directory of a local model, which cannot be used beside a server. */
const directory = (server: ModelServer | undefined) =>
  Schema.NonEmptyString.check(
    Schema.makeFilter(() => server === undefined, { expected: "no directory where EMBEDDING_BASE_URL is set" })
  )

/** What makes vectors: a model server, a local model, or neither. */
const embedding = Config.flatMap(modelServer("EMBEDDING"), (server) =>
  Config.all({
    directory: Config.option(Config.schema(directory(server), "EMBEDDING_ONNX_DIR")),
    runtime: Config.option(Config.NonEmptyString("EMBEDDING_ONNX_RUNTIME"))
  }).pipe(
    Config.map(({ directory, runtime }): RagEngineOptions["embedding"] =>
      Option.isNone(directory) ? server : { directory: directory.value, runtime: Option.getOrUndefined(runtime) }
    )
  )
)

/** What an operator can set about the engine; `docs/knowledge.md` lists it with its meaning. */
export const config: Config.Config<RagEngineOptions> = Config.all({
  dataDir: Config.NonEmptyString("RESYNC_DATA_DIR").pipe(Config.withDefault("./.resync")),
  maxUploadBytes: count("RAG_MAX_FILE_SIZE").pipe(Config.withDefault(100_000_000)),
  concurrency: count("RAG_INGESTION_CONCURRENCY").pipe(Config.withDefault(2)),
  attempts: count("RAG_INGESTION_ATTEMPTS").pipe(Config.withDefault(5)),
  lease: time("RAG_INGESTION_LEASE").pipe(Config.withDefault(Duration.seconds(30))),
  jobRetention: time("RAG_JOB_RETENTION").pipe(Config.withDefault(Duration.days(30))),
  maxPassages: count("RAG_MAX_PASSAGES").pipe(Config.withDefault(50_000)),
  maxPages: count("RAG_MAX_PAGES").pipe(Config.withDefault(5_000)),
  parseTimeout: time("RAG_PARSE_TIMEOUT").pipe(Config.withDefault(Duration.minutes(2))),
  parseMemory: count("RAG_PARSE_MEMORY", 64).pipe(Config.withDefault(512)),
  maxTokens: count("RAG_PASSAGE_TOKENS", 32).pipe(Config.withDefault(256)),
  overlapTokens: count("RAG_PASSAGE_OVERLAP", 0).pipe(Config.withDefault(48)),
  corpus: Config.Boolean("RAG_STARTER_CORPUS").pipe(Config.withDefault(true)),
  model: modelServer("LLM"),
  embedding
}).pipe(
  Config.map(
    ({ attempts, maxPages, maxTokens, overlapTokens, parseMemory, parseTimeout, ...options }): RagEngineOptions => ({
      ...options,
      retry: { maxAttempts: attempts },
      chunks: { maxTokens, overlapTokens },
      parser: { maxPages, timeout: parseTimeout, memory: parseMemory }
    })
  )
)
