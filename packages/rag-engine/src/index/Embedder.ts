import { Context, Effect, Layer } from "effect"
import { EmbeddingModel } from "effect/ai"
import type { OnnxModelOptions } from "../models/onnx/OnnxModelOptions.ts"
import { makeOnnxThread } from "../models/onnx/OnnxThread.ts"
import { EmbedderUnavailable } from "./EmbedderUnavailable.ts"
import type { Corpus } from "./lsa/Corpus.ts"
import { fitInThread } from "./lsa/fitInThread.ts"
import type { LsaOptions } from "./lsa/fitLsa.ts"
import type { LsaModel } from "./lsa/LsaModel.ts"

/** A space that is fitted to the collection itself, again as that grows. */
export interface Fitted {
  readonly _tag: "Fitted"
  /** What the vectors of two spaces have to agree in to be of one embedder: kind, model and settings. */
  readonly name: string
  readonly fit: (corpus: Corpus) => Effect.Effect<LsaModel, EmbedderUnavailable>
}

/** A model that was trained elsewhere and embeds any text. */
export interface Given {
  readonly _tag: "Given"
  readonly name: string
  /** Texts in one call at most. */
  readonly batchSize: number
  /** Vectors in the order of the texts, all of one length. */
  readonly embed: (
    texts: ReadonlyArray<string>
  ) => Effect.Effect<ReadonlyArray<ReadonlyArray<number>>, EmbedderUnavailable>
}

/** A model server behind `EmbeddingModel`. */
export interface ModelEmbedderOptions {
  /** Names the model, as in `text-embedding-3-small`. Vectors that were made under another name are made anew. */
  readonly model: string
  /** Default: 64. */
  readonly batchSize?: number | undefined
}

/**
 * What makes vectors of texts. Two spaces with embedders of one name can be searched with each other's vectors; another name
 * makes the index build a space anew beside the one it has.
 */
export class Embedder extends Context.Service<Embedder, Fitted | Given>()("@resync/rag-engine/Embedder") {
  /** Latent semantic analysis of the collection itself, the default: needs no model, no server and no weights. */
  static readonly layerLsa = (options: LsaOptions = {}): Layer.Layer<Embedder> => {
    const name = `lsa:${options.dimensions ?? 160}`
    return Layer.succeed(Embedder, {
      _tag: "Fitted",
      name,
      fit: (corpus) =>
        fitInThread(corpus, options).pipe(
          Effect.mapError((detail) => new EmbedderUnavailable({ embedder: name, detail, transient: true })),
          Effect.withSpan("Embedder.fit", { attributes: { passages: corpus.starts.length } })
        )
    })
  }

  /** The `EmbeddingModel` in the context, as `OpenAiEmbeddingModel` gives one. Put its client under the policy `embedding`. */
  static readonly layerModel = (
    options: ModelEmbedderOptions
  ): Layer.Layer<Embedder, never, EmbeddingModel.EmbeddingModel> =>
    Layer.effect(
      Embedder,
      Effect.gen(function* () {
        const model = yield* EmbeddingModel.EmbeddingModel
        const name = `model:${options.model}`
        return {
          _tag: "Given",
          name,
          batchSize: options.batchSize ?? 64,
          embed: (texts) =>
            model.embedMany([...texts]).pipe(
              Effect.map(({ embeddings }) => embeddings.map(({ vector }) => vector)),
              Effect.mapError(
                (error) =>
                  new EmbedderUnavailable({ embedder: name, detail: error.message, transient: error.isRetryable })
              )
            )
        }
      })
    )

  /**
   * A model in a local directory, run in a thread of its own. It is loaded before the layer is there, which fails with what is
   * missing or wrong. Other files under the same name are another embedder.
   */
  static readonly layerOnnx = (options: OnnxModelOptions): Layer.Layer<Embedder, EmbedderUnavailable> =>
    Layer.effect(
      Embedder,
      Effect.map(makeOnnxThread(options), ({ embed, name }) => ({
        _tag: "Given",
        name,
        batchSize: options.batchSize ?? 16,
        embed: Effect.fn("Embedder.embed")(embed)
      }))
    )
}
