/** The thread that a local model runs in: is asked with texts, one question after the other, and answers with vectors. */
import { parentPort, workerData } from "node:worker_threads"
import { Effect } from "effect"
import { loadOnnxModel, type Vectors } from "./OnnxModel.ts"
import type { OnnxModelOptions } from "./OnnxModelOptions.ts"

export type Answer =
  | ({ readonly version: string } & Vectors)
  /** What is wrong. */
  | { readonly detail: string }

// What is missing may be put there later: only a model that was loaded is kept.
let loaded: Effect.Success<ReturnType<typeof loadOnnxModel>> | undefined

const answer = (texts: ReadonlyArray<string>): Effect.Effect<Answer> =>
  Effect.gen(function* () {
    loaded ??= yield* loadOnnxModel(workerData as OnnxModelOptions)
    const found = yield* loaded.embed(texts)
    return { version: loaded.version, ...found }
  }).pipe(
    Effect.catchDefect((defect) => Effect.fail(`the model failed: ${String(defect)}`)),
    Effect.catch((detail) => Effect.succeed({ detail }))
  )

parentPort?.on("message", (texts: ReadonlyArray<string>) => {
  Effect.runCallback(answer(texts), {
    onExit: (exit) => {
      if (exit._tag === "Failure") return
      parentPort?.postMessage(exit.value, "vectors" in exit.value ? [exit.value.vectors.buffer as ArrayBuffer] : [])
    }
  })
})
