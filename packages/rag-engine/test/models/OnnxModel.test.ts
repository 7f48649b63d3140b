import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { Worker } from "node:worker_threads"
import { assert, describe, it } from "@effect/vitest"
import { Embedder, type Given } from "@resync/rag-engine/index/Embedder"
import type { OnnxModelOptions } from "@resync/rag-engine/models/onnx/OnnxModelOptions"
import { Effect, Fiber, Layer } from "effect"
import { vi } from "vitest"
import * as TinyOnnx from "./TinyOnnx.ts"

const { runtime } = TinyOnnx

/** The embedder of a directory, for as long as the test. */
const made = (options: OnnxModelOptions) =>
  Effect.map(Layer.build(Embedder.layerOnnx(options)), ({ mapUnsafe }) => mapUnsafe.values().next().value as Given)

const refused = (options: OnnxModelOptions) => Effect.flip(made(options))

const words = { job: [1, 0, 0], limit: [0, 1, 0], zero: [0, 0, 1] }

const rounded = (vectors: ReadonlyArray<ReadonlyArray<number>>) =>
  vectors.map((vector) => vector.map((x) => Math.round(x * 1000) / 1000))

describe("Embedder.layerOnnx without its runtime", () => {
  it.live("says that the package is missing, and that waiting does not help", () =>
    Effect.gen(function* () {
      const directory = yield* TinyOnnx.directory({ words })
      const error = yield* refused({ directory, runtime: directory })
      assert.strictEqual(error._tag, "EmbedderUnavailable")
      assert.match(error.message, /onnxruntime-node cannot be loaded; install it with npm install --ignore-scripts/)
      assert.isFalse(error.transient)
    })
  )
})

describe.skipIf(TinyOnnx.skip)("Embedder.layerOnnx with onnxruntime-node", () => {
  it.live("gives each text the mean of its tokens, of length 1, whatever else is in the batch", () =>
    Effect.gen(function* () {
      const embedder = yield* made({ directory: yield* TinyOnnx.directory({ words }), runtime })
      const vectors = yield* embedder.embed(["Job", "limit zero limit", "job job limit"])
      assert.deepStrictEqual(rounded(vectors), [
        [1, 0, 0],
        [0, 0.894, 0.447],
        [0.894, 0.447, 0]
      ])
    })
  )

  it.live("pools as the directory says", () =>
    Effect.gen(function* () {
      const pooled = Effect.fnUntraced(function* (config: object) {
        const directory = yield* TinyOnnx.directory({
          words,
          frame: [
            [3, 4, 0],
            [0, 0, -1]
          ],
          files: { "1_Pooling/config.json": config }
        })
        return rounded(yield* (yield* made({ directory, runtime })).embed(["job zero"]))
      })
      assert.deepStrictEqual(yield* pooled({ pooling_mode_cls_token: true, pooling_mode_mean_tokens: false }), [
        [0.6, 0.8, 0]
      ])
      assert.deepStrictEqual(yield* pooled({ pooling_mode: "lasttoken" }), [[0, 0, -1]])
      assert.deepStrictEqual(yield* pooled({ pooling_mode_max_tokens: true }), [[0.588, 0.784, 0.196]])
    })
  )

  it.live("cuts what is longer than the directory says, and leaves the mark of the end", () =>
    Effect.gen(function* () {
      const directory = yield* TinyOnnx.directory({
        words,
        frame: [
          [0, 0, 0],
          [0, 0, 1]
        ],
        files: { "sentence_bert_config.json": { max_seq_length: 4 } }
      })
      const [cut] = yield* (yield* made({ directory, runtime })).embed(["job job limit limit limit"])
      assert.deepStrictEqual(rounded([cut ?? []]), [[0.894, 0, 0.447]])
    })
  )

  it.live("other files are another embedder, the same ones the same", () =>
    Effect.gen(function* () {
      const directory = yield* TinyOnnx.directory({ words })
      const name = Effect.scoped(Effect.map(made({ directory, runtime }), (embedder) => embedder.name))
      const first = yield* name
      assert.match(first, /^onnx:resync-onnx-\w+@[0-9a-f]{12}$/)
      assert.strictEqual(yield* name, first)
      TinyOnnx.write(directory, { words: { ...words, job: [0.5, 0.5, 0] } })
      assert.notStrictEqual(yield* name, first)
    })
  )

  it.live("says what is missing or wrong in the directory", () =>
    Effect.gen(function* () {
      assert.match((yield* refused({ directory: "/nowhere", runtime })).message, /there is no model.onnx in \/nowhere/)
      const odd = { "1_Pooling/config.json": { pooling_mode_weightedmean_tokens: true } }
      const pooled = yield* TinyOnnx.directory({ words, files: odd })
      assert.match((yield* refused({ directory: pooled, runtime })).message, /its pooling is not known: weightedmean/)
      const broken = yield* TinyOnnx.directory({ words })
      writeFileSync(join(broken, "onnx/model.onnx"), "no model")
      assert.match((yield* refused({ directory: broken, runtime })).message, /model.onnx cannot be loaded: /)
      const unread = yield* TinyOnnx.directory({ words })
      writeFileSync(join(unread, "tokenizer.json"), "{")
      assert.match((yield* refused({ directory: unread, runtime })).message, /the directory cannot be read: /)
    })
  )

  it.live("lets others run meanwhile, and answers those who come after one that was given up", () =>
    Effect.gen(function* () {
      const embedder = yield* made({ directory: yield* TinyOnnx.directory({ words }), runtime, maxTokens: 8192 })
      const long = Array.from({ length: 64 }, () => "job limit zero ".repeat(2000))
      const order: Array<string> = []
      const given = yield* Effect.forkChild(
        Effect.andThen(
          embedder.embed(long),
          Effect.sync(() => order.push("vectors"))
        ),
        { startImmediately: true }
      )
      // Were it done on this thread, no turn of the event loop would come before it.
      for (let turn = 0; turn < 3; turn++)
        yield* Effect.callback<void>((resume) => void setImmediate(() => resume(Effect.void)))
      order.push("turns")
      yield* Fiber.interrupt(given)
      assert.deepStrictEqual(order, ["turns"])
      // Who gives up while the thread is still at it leaves it nothing to do.
      const posted = vi.spyOn(Worker.prototype, "postMessage")
      const next = yield* Effect.forkChild(embedder.embed(["limit"]), { startImmediately: true })
      yield* Fiber.interrupt(next)
      assert.strictEqual(posted.mock.calls.length, 0)
      posted.mockRestore()
      assert.deepStrictEqual(rounded(yield* embedder.embed(["zero"])), [[0, 0, 1]])
    })
  )
})
