import { Schema } from "effect"

/** How the index stands. */
export const IndexStatus = Schema.Struct({
  /** Counts the changes of the index's content. */
  version: Schema.Int,
  documents: Schema.Int,
  passages: Schema.Int,
  terms: Schema.Int,
  /** The configured embedder: kind, model and settings. */
  embedder: Schema.String,
  /** The vectors that are searched; null while the first ones are being made. */
  space: Schema.NullOr(
    Schema.Struct({
      id: Schema.Int,
      embedder: Schema.String,
      dimensions: Schema.Int,
      /** Passages that have a vector. */
      passages: Schema.Int,
      /** Passages that the space was fitted to. */
      fittedPassages: Schema.Int,
      createdAt: Schema.DateTimeUtcFromString
    })
  ),
  /** What is being built beside it: a refit after growth, or the vectors of another embedder. */
  building: Schema.NullOr(Schema.Struct({ embedder: Schema.String, done: Schema.Int, total: Schema.Int })),
  /** Why the last building failed, until one succeeds. */
  failure: Schema.NullOr(Schema.String)
})
export type IndexStatus = typeof IndexStatus.Type
