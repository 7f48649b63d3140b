import { createHash } from "node:crypto"
import { closeSync, existsSync, openSync, readFileSync, readSync } from "node:fs"
import { join } from "node:path"
import { Option, Schema } from "effect"
import type { OnnxModelOptions } from "./OnnxModelOptions.ts"
import { isPooling, type Pooling } from "./pool.ts"

/** What a directory says of its model. */
export interface SentenceModel {
  readonly file: string
  /** The contents of `tokenizer.json` and `tokenizer_config.json`. */
  readonly tokenizer: readonly [object, object]
  readonly pooling: Pooling
  readonly maxTokens: number
  /** Changes with whatever changes the vectors: weights, tokenizer, pooling, bound. */
  readonly version: string
}

/** More than this no model of the kind reads; some say here that they have no bound. */
const most = 8192

const Pooled = Schema.Record(Schema.String, Schema.Unknown)
const Bound = Schema.Struct({ max_seq_length: Schema.optional(Schema.NullOr(Schema.Finite)) })
const TokenizerConfig = Schema.Struct({ model_max_length: Schema.optional(Schema.NullOr(Schema.Finite)) })

const read = (path: string): object => {
  const found: unknown = JSON.parse(readFileSync(path, "utf8"))
  if (typeof found !== "object" || found === null) throw new Error(`${path} holds no object`)
  return found
}

const readIf = (path: string): object | undefined => (existsSync(path) ? read(path) : undefined)

/** Sentence transformers switch their ways of pooling on one by one. None is the mean, which is what most do. */
const poolingOf = (config: object | undefined): Pooling => {
  const on = Object.entries(Schema.decodeUnknownSync(Pooled)(config ?? {})).flatMap(([name, value]) =>
    name === "pooling_mode" && typeof value === "string"
      ? [value]
      : name.startsWith("pooling_mode_") && value === true
        ? [name.slice("pooling_mode_".length).replace(/_tokens?$/, "")]
        : []
  )
  const [one = "mean", ...others] = on
  if (others.length > 0 || !isPooling(one)) throw new Error(`its pooling is not known: ${on.join(", ")}`)
  return one
}

/** The digest of files that are too large to be read at once. */
const digest = (files: ReadonlyArray<string>, rest: string): string => {
  const hash = createHash("sha256").update(rest)
  const piece = new Uint8Array(1 << 20)
  for (const file of files) {
    const open = openSync(file, "r")
    for (let length = readSync(open, piece); length > 0; length = readSync(open, piece)) {
      hash.update(piece.subarray(0, length))
    }
    closeSync(open)
  }
  return hash.digest("hex").slice(0, 12)
}

/** Reads a directory, of any size: for a thread that serves nobody else. Throws what is missing or wrong. */
export const readSentenceModel = ({ directory, maxTokens }: OnnxModelOptions): SentenceModel => {
  const at = (...parts: ReadonlyArray<string>) => join(directory, ...parts)
  const file = [at("model.onnx"), at("onnx", "model.onnx")].find((path) => existsSync(path))
  if (file === undefined) throw new Error(`there is no model.onnx in ${directory}, nor in its folder onnx`)
  const tokenizer = [read(at("tokenizer.json")), read(at("tokenizer_config.json"))] as const
  const pooling = poolingOf(readIf(at("1_Pooling", "config.json")))
  const bounds = [
    Schema.decodeUnknownOption(Bound)(readIf(at("sentence_bert_config.json"))).pipe(
      Option.map(({ max_seq_length }) => max_seq_length)
    ),
    Schema.decodeUnknownOption(TokenizerConfig)(tokenizer[1]).pipe(
      Option.map(({ model_max_length }) => model_max_length)
    )
  ].flatMap((bound) => Option.toArray(Option.filter(bound, (tokens) => typeof tokens === "number" && tokens <= most)))
  const tokens = maxTokens ?? bounds[0] ?? 256
  const weights = [file, `${file}_data`, `${file}.data`].filter((path) => existsSync(path))
  return {
    file,
    tokenizer,
    pooling,
    maxTokens: tokens,
    version: digest([...weights, at("tokenizer.json"), at("tokenizer_config.json")], `${pooling}:${tokens}:`)
  }
}
