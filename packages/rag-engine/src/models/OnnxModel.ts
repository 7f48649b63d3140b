import { readFileSync } from "node:fs"
import { basename, join } from "node:path"
import { Effect } from "effect"
import { EmbedderUnavailable } from "../index/EmbedderUnavailable.ts"

/** Where a model lies that an operator has put there. Nothing is ever downloaded. */
export interface OnnxModelOptions {
  /** Holds `model.onnx`, `tokenizer.json` and `tokenizer_config.json`, as models for sentences are published. */
  readonly directory: string
  /** Tokens of a text that the model reads, the rest is cut. Default: 256. */
  readonly maxTokens?: number | undefined
  /** Texts in one run. Default: 16. */
  readonly batchSize?: number | undefined
  /** How the two packages are loaded. For tests; by default as Node finds them. */
  readonly load?: ((name: string) => Promise<unknown>) | undefined
}

/** Of `onnxruntime-node` and `@huggingface/tokenizers`, which are not dependencies, what is used here. */
interface Runtime {
  readonly InferenceSession: {
    readonly create: (file: string) => Promise<{
      readonly inputNames: ReadonlyArray<string>
      readonly outputNames: ReadonlyArray<string>
      readonly run: (
        feeds: Record<string, unknown>
      ) => Promise<Record<string, { readonly data: Float32Array; readonly dims: ReadonlyArray<number> }>>
    }>
  }
  readonly Tensor: new (type: "int64", data: BigInt64Array, dims: ReadonlyArray<number>) => unknown
}
interface Tokenizers {
  readonly Tokenizer: new (
    tokenizer: unknown,
    config: unknown
  ) => {
    readonly encode: (text: string) => { readonly ids: ReadonlyArray<number> }
  }
}

/** The mean of the vectors of a text's tokens, of length 1. A model that gives one vector for a text is taken as it is. */
const pool = (data: Float32Array, dims: ReadonlyArray<number>, text: number, tokens: number): ReadonlyArray<number> => {
  const width = dims.at(-1) ?? 0
  const places = dims.length === 3 ? (dims[1] ?? 0) : 1
  const mean = new Float64Array(width)
  for (let token = 0; token < (dims.length === 3 ? tokens : 1); token++) {
    const from = (text * places + token) * width
    for (let j = 0; j < width; j++) mean[j] = (mean[j] as number) + (data[from + j] as number)
  }
  const norm = Math.hypot(...mean) || 1
  return Array.from(mean, (value) => value / norm)
}

/** The name of a model's vectors: that of its directory. */
export const nameOf = ({ directory }: OnnxModelOptions): string => `onnx:${basename(directory)}`

/**
 * A model in the format of ONNX, run in this process by `onnxruntime-node`, whose threads do the work. An operator installs
 * that and `@huggingface/tokenizers` (the first with `--ignore-scripts`: its script downloads what a processor does not
 * need). Fails with what is missing, and not for a time, until that is there.
 */
export const loadOnnxModel = Effect.fnUntraced(function* (options: OnnxModelOptions) {
  const { directory, load = (name: string) => import(name), maxTokens = 256 } = options
  const embedder = nameOf(options)
  const failed = (detail: string) => (cause: unknown) =>
    new EmbedderUnavailable({ embedder, detail: `${detail}: ${String(cause)}`, transient: false })
  const found = <A>(name: string) =>
    Effect.tryPromise({
      // What the packages export is what their documentation says of these versions.
      try: () => load(name) as Promise<A>,
      catch: failed(`the package ${name} cannot be loaded; install it beside the service with --ignore-scripts`)
    })
  const json = (file: string) =>
    Effect.try({
      try: (): unknown => JSON.parse(readFileSync(join(directory, file), "utf8")),
      catch: failed(`${file} cannot be read`)
    })
  const { InferenceSession, Tensor } = yield* found<Runtime>("onnxruntime-node")
  const { Tokenizer } = yield* found<Tokenizers>("@huggingface/tokenizers")
  const parts = [yield* json("tokenizer.json"), yield* json("tokenizer_config.json")] as const
  const tokenizer = yield* Effect.try({
    try: () => new Tokenizer(...parts),
    catch: failed("the tokenizer is of a kind that is not known")
  })
  const session = yield* Effect.tryPromise({
    try: () => InferenceSession.create(join(directory, "model.onnx")),
    catch: failed("model.onnx cannot be loaded")
  })

  return Effect.fnUntraced(function* (texts: ReadonlyArray<string>) {
    const encoded = texts.map((text) => tokenizer.encode(text).ids.slice(0, maxTokens))
    const longest = Math.max(1, ...encoded.map(({ length }) => length))
    const tensor = (value: (text: number, token: number) => number) =>
      new Tensor(
        "int64",
        BigInt64Array.from({ length: texts.length * longest }, (_, i) =>
          BigInt(value(Math.floor(i / longest), i % longest))
        ),
        [texts.length, longest]
      )
    const inputs: Record<string, () => unknown> = {
      input_ids: () => tensor((text, token) => encoded[text]?.[token] ?? 0),
      attention_mask: () => tensor((text, token) => (token < (encoded[text]?.length ?? 0) ? 1 : 0)),
      token_type_ids: () => tensor(() => 0)
    }
    const feeds = Object.fromEntries(session.inputNames.map((name) => [name, inputs[name]?.()]))
    const outputs = yield* Effect.tryPromise({ try: () => session.run(feeds), catch: failed("the model failed") })
    const output = outputs[session.outputNames[0] ?? ""]
    if (output === undefined) return yield* failed("the model failed")("it has no output")
    return encoded.map(({ length }, text) => pool(output.data, output.dims, text, length))
  })
})
