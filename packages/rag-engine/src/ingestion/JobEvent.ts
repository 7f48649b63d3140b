import type { JobFailure } from "./JobProgress.ts"

/** The states in which a job is worked on, in their order. */
export const stages = ["parsing", "chunking", "embedding", "indexing"] as const
export type Stage = (typeof stages)[number]

/** What happens to a job. */
export type JobEvent =
  /** A worker takes it. */
  | { readonly _tag: "Begin" }
  | { readonly _tag: "Enter"; readonly stage: Stage; readonly total?: number }
  | { readonly _tag: "Advance"; readonly done: number }
  /** The version can be found. */
  | { readonly _tag: "Complete" }
  /** A newer version of the document can be found already: this one has nothing to add. */
  | { readonly _tag: "Supersede" }
  /** `passing` when another attempt may succeed. */
  | { readonly _tag: "Fail"; readonly failure: JobFailure; readonly passing: boolean }
  /** Its worker stops, and leaves it to another one. */
  | { readonly _tag: "Release" }
  | { readonly _tag: "Cancel" }
  /** Its document is deleted. */
  | { readonly _tag: "Abandon" }
  /** By hand, after a failure. */
  | { readonly _tag: "Retry" }
  /** It is to be done anew from its original: the index is rebuilt, or its place in the queue was lost. */
  | { readonly _tag: "Requeue" }
