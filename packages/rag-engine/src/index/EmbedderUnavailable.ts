import { Schema } from "effect"

/** No vectors are to be had now: the model server is away, refuses or answers nonsense, or the local model cannot be loaded. */
export class EmbedderUnavailable extends Schema.TaggedError<EmbedderUnavailable>()("EmbedderUnavailable", {
  /** Which embedder: its kind and model. */
  embedder: Schema.String,
  detail: Schema.String,
  /** Whether a later attempt may succeed; not so when something has to be installed or set first. */
  transient: Schema.Boolean
}) {
  override get message() {
    return `The embedder ${this.embedder} gives no vectors: ${this.detail}`
  }
}
