/** The thread that a local model runs in: is asked with texts, one question after the other, and answers with vectors. */
import { parentPort, workerData } from "node:worker_threads"
import { Effect } from "effect"
import { loadOnnxModel, type Vectors } from "./OnnxModel.ts"
import type { OnnxModelOptions } from "./OnnxModelOptions.ts"

export interface Question {
  readonly id: number
  readonly texts: ReadonlyArray<string>
}

export type Answer = { readonly id: number } & (
  | ({ readonly version: string } & Vectors)
  /** What is wrong. */
  | { readonly detail: string }
)

// What is missing may be put there later: only a model that was loaded is kept.
let loaded: Effect.Success<ReturnType<typeof loadOnnxModel>> | undefined

const answer = ({ id, texts }: Question): Effect.Effect<Answer> =>
  Effect.gen(function* () {
    loaded ??= yield* loadOnnxModel(workerData as OnnxModelOptions)
    const found = yield* loaded.embed(texts)
    return { id, version: loaded.version, ...found }
  }).pipe(
    Effect.catchDefect((defect) => Effect.fail(`the model failed: ${String(defect)}`)),
    Effect.catch((detail) => Effect.succeed({ id, detail }))
  )

parentPort?.on("message", (question: Question) => {
  Effect.runCallback(answer(question), {
    onExit: (exit) => {
      if (exit._tag === "Failure") return
      parentPort?.postMessage(exit.value, "vectors" in exit.value ? [exit.value.vectors.buffer as ArrayBuffer] : [])
    }
  })
})
