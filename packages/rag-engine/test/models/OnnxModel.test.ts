import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Embedder, type Given } from "@resync/rag-engine/index/Embedder"
import { Effect } from "effect"

/** A directory as an operator fills it. */
const directory = Effect.acquireRelease(
  Effect.sync(() => {
    const made = mkdtempSync(join(tmpdir(), "resync-onnx-"))
    for (const file of ["tokenizer.json", "tokenizer_config.json"]) writeFileSync(join(made, file), "{}")
    return made
  }),
  (made) => Effect.sync(() => rmSync(made, { recursive: true }))
)

/** In place of the packages: a token is a letter, and its vector has a one where the letter stands in the alphabet. */
const packages = (fed: Array<unknown>) => (name: string) =>
  Promise.resolve(
    name === "onnxruntime-node"
      ? {
          Tensor: class {
            readonly data: BigInt64Array
            readonly dims: ReadonlyArray<number>
            constructor(_: string, data: BigInt64Array, dims: ReadonlyArray<number>) {
              this.data = data
              this.dims = dims
            }
          },
          InferenceSession: {
            create: () =>
              Promise.resolve({
                inputNames: ["input_ids", "attention_mask"],
                outputNames: ["last_hidden_state"],
                run: (
                  feeds: Record<string, { readonly data: BigInt64Array; readonly dims: ReadonlyArray<number> }>
                ) => {
                  fed.push(feeds)
                  const ids = feeds["input_ids"]
                  const data = new Float32Array((ids?.data.length ?? 0) * 26)
                  ids?.data.forEach((id, i) => {
                    data[i * 26 + Number(id)] = 1
                  })
                  return Promise.resolve({ last_hidden_state: { data, dims: [...(ids?.dims ?? []), 26] } })
                }
              })
          }
        }
      : {
          Tokenizer: class {
            encode(text: string) {
              return { ids: [...text].map((letter) => letter.charCodeAt(0) - 97) }
            }
          }
        }
  )

/** The embedder that a layer gives. */
const made = (options: Parameters<typeof Embedder.layerOnnx>[0]) =>
  Effect.map(Effect.provide(Embedder, Embedder.layerOnnx(options)), (embedder) => embedder as Given)

describe("Embedder.layerOnnx", () => {
  it.effect("says which package is missing, and that waiting does not help", () =>
    Effect.gen(function* () {
      const embedder = yield* made({ directory: yield* directory })
      const error = yield* Effect.flip(embedder.embed(["a"]))
      assert.strictEqual(error._tag, "EmbedderUnavailable")
      assert.match(error.message, /onnxruntime-node cannot be loaded; install it/)
      assert.isFalse(error.transient)
    })
  )

  it.effect("says which file is missing", () =>
    Effect.gen(function* () {
      const embedder = yield* made({ directory: "/nowhere", load: packages([]) })
      assert.match((yield* Effect.flip(embedder.embed(["a"]))).message, /tokenizer.json cannot be read/)
    })
  )

  it.effect("gives each text the mean of its tokens, whatever else is in the batch", () =>
    Effect.gen(function* () {
      const fed: Array<unknown> = []
      const embedder = yield* made({ directory: yield* directory, load: packages(fed), maxTokens: 4 })
      const [short, long] = yield* embedder.embed(["b", "cdddzzzz"])
      assert.strictEqual(fed.length, 1)
      assert.deepStrictEqual(short?.slice(0, 4), [0, 1, 0, 0], "what fills up a short text counts for nothing")
      assert.approximately((long?.[3] ?? 0) / (long?.[2] ?? 1), 3, 1e-6)
      assert.strictEqual(long?.[25], 0, "more than the bound is not read")
      assert.approximately(Math.hypot(...(long ?? [])), 1, 1e-9)
    })
  )
})
