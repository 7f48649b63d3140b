import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { Effect } from "effect"

/** Where `.ci/onnx` puts `onnxruntime-node`. */
export const runtime = fileURLToPath(new URL("../../../../node_modules/.cache/onnxruntime", import.meta.url))

/** Why tests of real models are to be skipped, which in `CI` they never are. */
export const skip =
  process.env["CI"] === undefined && !existsSync(join(runtime, "node_modules/onnxruntime-node"))
    ? "onnxruntime-node is not there: .ci/onnx brings it"
    : undefined

/** Fields of a message of protocol buffers: a number, a text, bytes, or a message within. */
const varint = (value: number): Array<number> =>
  value < 128 ? [value] : [(value & 127) | 128, ...varint(Math.floor(value / 128))]
const int = (field: number, value: number) => [...varint(field << 3), ...varint(value)]
const bytes = (field: number, value: ArrayLike<number>) => [
  ...varint((field << 3) | 2),
  ...varint(value.length),
  ...Array.from(value)
]
const text = (field: number, value: string) => bytes(field, new TextEncoder().encode(value))
const message = (field: number, ...parts: ReadonlyArray<ReadonlyArray<number>>) => bytes(field, parts.flat())

const float = 1
const int64 = 7

/** A `ValueInfoProto`: a tensor whose dimensions have a length or a name. */
const value = (field: number, name: string, type: number, dims: ReadonlyArray<number | string>) =>
  message(
    field,
    text(1, name),
    message(
      2,
      message(
        1,
        int(1, type),
        message(2, ...dims.map((dim) => message(1, typeof dim === "number" ? int(1, dim) : text(2, dim))))
      )
    )
  )

/** A real model in the format of ONNX: one `Gather` from a table, a row of which is the vector of a token. */
const gather = (rows: ReadonlyArray<ReadonlyArray<number>>) => {
  const width = rows[0]?.length ?? 0
  const raw = new Uint8Array(Float32Array.from(rows.flat()).buffer)
  const table = message(5, int(1, rows.length), int(1, width), int(2, float), text(8, "table"), bytes(9, raw))
  const node = message(1, text(1, "table"), text(1, "input_ids"), text(2, "last_hidden_state"), text(4, "Gather"))
  const graph = message(
    7,
    node,
    text(2, "tiny"),
    table,
    value(11, "input_ids", int64, ["batch", "sequence"]),
    value(11, "attention_mask", int64, ["batch", "sequence"]),
    value(12, "last_hidden_state", float, ["batch", "sequence", width])
  )
  return Uint8Array.from([...int(1, 8), ...graph, ...message(8, int(2, 13))])
}

const special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]

export interface Tiny {
  /** Words with their vectors, all of one length. Other words have none. */
  readonly words: Readonly<Record<string, ReadonlyArray<number>>>
  /** What `[CLS]` and `[SEP]` have. Default: nothing but noughts. */
  readonly frame?: readonly [cls: ReadonlyArray<number>, sep: ReadonlyArray<number>] | undefined
  /** Further files of the directory. */
  readonly files?: Readonly<Record<string, object>> | undefined
}

/** Writes a directory as models for sentences are published. */
export const write = (directory: string, { files = {}, frame, words }: Tiny): void => {
  const nought = Object.values(words)[0]?.map(() => 0) ?? []
  const [cls, sep] = frame ?? [nought, nought]
  const vocab = Object.fromEntries([...special, ...Object.keys(words)].map((word, id) => [word, id]))
  const token = (id: string) => ({ SpecialToken: { id, type_id: 0 } })
  const template = [token("[CLS]"), { Sequence: { id: "A", type_id: 0 } }, token("[SEP]")]
  const all: Record<string, object> = {
    "tokenizer.json": {
      version: "1.0",
      added_tokens: special.map((content, id) => ({
        id,
        content,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
        special: true
      })),
      normalizer: { type: "BertNormalizer", clean_text: true, handle_chinese_chars: true, lowercase: true },
      pre_tokenizer: { type: "BertPreTokenizer" },
      post_processor: {
        type: "TemplateProcessing",
        single: template,
        pair: template,
        special_tokens: Object.fromEntries(["[CLS]", "[SEP]"].map((id) => [id, { id, ids: [vocab[id]], tokens: [id] }]))
      },
      decoder: null,
      model: {
        type: "WordPiece",
        unk_token: "[UNK]",
        continuing_subword_prefix: "##",
        max_input_chars_per_word: 100,
        vocab
      }
    },
    "tokenizer_config.json": { tokenizer_class: "BertTokenizer", unk_token: "[UNK]", model_max_length: 512 },
    ...files
  }
  for (const [name, content] of Object.entries(all)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true })
    writeFileSync(join(directory, name), JSON.stringify(content))
  }
  mkdirSync(join(directory, "onnx"), { recursive: true })
  writeFileSync(join(directory, "onnx/model.onnx"), gather([nought, nought, cls, sep, ...Object.values(words)]))
}

/** A directory with such a model, gone with the scope. */
export const directory = (tiny: Tiny) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const made = mkdtempSync(join(tmpdir(), "resync-onnx-"))
      write(made, tiny)
      return made
    }),
    (made) => Effect.sync(() => rmSync(made, { recursive: true }))
  )
