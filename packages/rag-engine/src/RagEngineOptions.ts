import type { RetryPolicyOptionsInput } from "@resync/resilience/RetryPolicy"
import type { Duration } from "effect"
import type { AnswersOptions } from "./answers/Answers.ts"
import type { ChunkOptions } from "./chunking/Chunk.ts"
import type { ModelServer } from "./models/ModelServer.ts"
import type { OnnxModelOptions } from "./models/onnx/OnnxModelOptions.ts"
import type { DocumentParserOptions } from "./parsing/DocumentParserOptions.ts"

/** How the engine works. */
export interface RagEngineOptions {
  /** Uploaded files are kept in `<dataDir>/uploads`. All processes that share a database have to share it too. */
  readonly dataDir: string
  /** Bytes of a file. Default: 100,000,000. */
  readonly maxUploadBytes?: number | undefined
  /** Documents that are ingested at the same time. Default: 2. */
  readonly concurrency?: number | undefined
  /** Passages that a document may be cut into. Default: 50,000. */
  readonly maxPassages?: number | undefined
  /**
   * How long a process may be silent before another one takes over its job, on a database server. It says that it lives four
   * times as often. Default: 30 seconds.
   */
  readonly lease?: Duration.Input | undefined
  /** Attempts and waits of a job whose failure may pass. Default: 5 attempts, 1 s doubled to 5 minutes, full jitter. */
  readonly retry?: RetryPolicyOptionsInput | undefined
  /** Ends of the process in the middle of a job before the job has failed. Default: 25. */
  readonly maxCrashes?: number | undefined
  /** How long the record of a job that has ended is kept when no document stands on it. Default: 30 days. */
  readonly jobRetention?: Duration.Input | undefined
  readonly parser?: DocumentParserOptions | undefined
  readonly chunks?: ChunkOptions | undefined
  readonly answers?: AnswersOptions | undefined
  /** The model that writes answers. Without one they are put together from sentences of the passages. */
  readonly model?: ModelServer | undefined
  /**
   * The model that makes vectors: that of a server, or one in a local directory. Without one they are made by latent semantic
   * analysis of the documents themselves.
   */
  readonly embedding?: ModelServer | OnnxModelOptions | undefined
  /** Whether the starter corpus is loaded, or a folder of Markdown files to load in its place. Default: true. */
  readonly corpus?: boolean | string | undefined
}
