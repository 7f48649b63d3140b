import { createRequire } from "node:module"
import { availableParallelism } from "node:os"
import { join } from "node:path"
import { Tokenizer } from "@huggingface/tokenizers"
import { Effect } from "effect"
import type { OnnxModelOptions } from "./OnnxModelOptions.ts"
import { type Output, pool } from "./pool.ts"
import { readSentenceModel } from "./SentenceModel.ts"

/** Of `onnxruntime-node`, which only operators of such models install, what is used here. */
interface Runtime {
  readonly InferenceSession: {
    readonly create: (
      file: string,
      options: { readonly intraOpNumThreads: number; readonly interOpNumThreads: number }
    ) => Promise<{
      readonly inputNames: ReadonlyArray<string>
      readonly outputNames: ReadonlyArray<string>
      readonly run: (feeds: Record<string, unknown>) => Promise<Record<string, Output & { readonly type: string }>>
    }>
  }
  readonly Tensor: new (type: "int64", data: BigInt64Array, dims: ReadonlyArray<number>) => unknown
}

/** Vectors one after the other, each as long as `width`. */
export interface Vectors {
  readonly vectors: Float32Array
  readonly width: number
}

export interface OnnxModel {
  readonly version: string
  /** Fails with what the model or its runtime says. */
  readonly embed: (texts: ReadonlyArray<string>) => Effect.Effect<Vectors, string>
}

const failed = (detail: string) => (cause: unknown) =>
  `${detail}: ${cause instanceof Error ? cause.message.split("\n")[0] : String(cause)}`

/** Makes ids of a text, cut to a bound, with what marks its end. */
const tokenize = (tokenizer: Tokenizer, maxTokens: number) => {
  const encode = (text: string): ReadonlyArray<number> => tokenizer.encode(text).ids
  // What stands around every text, and how much of it before the text.
  const frame = encode("")
  const word = encode("a")
  const before = frame.findIndex((id, i) => id !== word[i])
  const after = before === -1 ? [] : frame.slice(before)
  return (text: string): ReadonlyArray<number> => {
    const ids = encode(text)
    return ids.length <= maxTokens ? ids : [...ids.slice(0, maxTokens - after.length), ...after]
  }
}

/**
 * A model in the format of ONNX, run by `onnxruntime-node`. Both the tokenizer and the model hold up the thread that they are
 * called on, so that this is for a thread that serves nobody else. Fails with what is missing or wrong.
 */
export const loadOnnxModel = Effect.fnUntraced(function* (options: OnnxModelOptions) {
  const { runtime, threads = Math.max(1, Math.floor(availableParallelism() / 2)) } = options
  const { InferenceSession, Tensor } = yield* Effect.try({
    // What the package exports is what its documentation says of version 1.
    try: (): Runtime =>
      createRequire(runtime === undefined ? import.meta.url : join(runtime, "_.js"))("onnxruntime-node"),
    catch: failed("the package onnxruntime-node cannot be loaded; install it with npm install --ignore-scripts")
  })
  const model = yield* Effect.try({
    try: () => readSentenceModel(options),
    catch: failed("the directory cannot be read")
  })
  const idsOf = yield* Effect.try({
    try: () => tokenize(new Tokenizer(...model.tokenizer), model.maxTokens),
    catch: failed("the tokenizer is of a kind that is not known")
  })
  const session = yield* Effect.tryPromise({
    try: () => InferenceSession.create(model.file, { intraOpNumThreads: threads, interOpNumThreads: 1 }),
    catch: failed("model.onnx cannot be loaded")
  })

  const embed = Effect.fnUntraced(function* (texts: ReadonlyArray<string>) {
    const encoded = texts.map(idsOf)
    const longest = Math.max(1, ...encoded.map(({ length }) => length))
    const tensor = (value: (ids: ReadonlyArray<number>, token: number) => number) => {
      const data = new BigInt64Array(texts.length * longest)
      encoded.forEach((ids, text) => {
        for (let token = 0; token < longest; token++) data[text * longest + token] = BigInt(value(ids, token))
      })
      return new Tensor("int64", data, [texts.length, longest])
    }
    const inputs: Record<string, () => unknown> = {
      input_ids: () => tensor((ids, token) => ids[token] ?? 0),
      attention_mask: () => tensor((ids, token) => (token < ids.length ? 1 : 0)),
      token_type_ids: () => tensor(() => 0)
    }
    const unknown = session.inputNames.filter((name) => inputs[name] === undefined)
    if (unknown.length > 0) return yield* Effect.fail(`the model asks for what no text has: ${unknown.join(", ")}`)
    const feeds = Object.fromEntries(session.inputNames.map((name) => [name, inputs[name]?.()]))
    const outputs = yield* Effect.tryPromise({ try: () => session.run(feeds), catch: failed("the model failed") })
    const output = outputs["sentence_embedding"] ?? outputs[session.outputNames[0] ?? ""]
    const width = output?.dims.at(-1) ?? 0
    if (output?.type !== "float32" || output.dims[0] !== texts.length || width === 0) {
      const found = output === undefined ? "nothing" : `${output.type} of ${output.dims.join(" × ")}`
      return yield* Effect.fail(`the model gives ${found}, and no vectors`)
    }
    const vectors = new Float32Array(texts.length * width)
    encoded.forEach(({ length: tokens }, text) => {
      pool(output, { pooling: model.pooling, text, tokens }, vectors.subarray(text * width, (text + 1) * width))
    })
    if (!vectors.every(Number.isFinite)) return yield* Effect.fail("the model gives numbers that are none")
    return { vectors, width }
  })
  return { version: model.version, embed } satisfies OnnxModel
})
