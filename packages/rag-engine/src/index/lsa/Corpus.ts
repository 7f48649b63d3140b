/** Terms of passages by their ids, and how often each stands there, passage after passage. */
export interface Corpus {
  /** Where the terms of passage `i` begin; those of the last end at the end of `terms`. */
  readonly starts: Int32Array
  readonly terms: Int32Array
  readonly counts: Int16Array
}
