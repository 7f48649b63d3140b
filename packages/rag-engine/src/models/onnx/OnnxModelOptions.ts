/** Where a model lies that an operator has put there. Nothing is ever downloaded. */
export interface OnnxModelOptions {
  /**
   * A directory as models for sentences are published: `model.onnx` (or `onnx/model.onnx`), `tokenizer.json` and
   * `tokenizer_config.json`; with `1_Pooling/config.json` and `sentence_bert_config.json` the way in which it makes one vector
   * of a text and the tokens that it reads.
   */
  readonly directory: string
  /** The folder in which `onnxruntime-node` was installed. Default: where Node finds it from this package. */
  readonly runtime?: string | undefined
  /** Tokens of a text that the model reads, the rest is cut. Default: what the directory says, otherwise 256. */
  readonly maxTokens?: number | undefined
  /** Texts in one run. Default: 16. */
  readonly batchSize?: number | undefined
  /** Processor cores that the model may use. Default: half of those that there are. */
  readonly threads?: number | undefined
}
