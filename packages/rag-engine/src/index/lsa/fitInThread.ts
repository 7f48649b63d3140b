import { Worker } from "node:worker_threads"
import { Effect } from "effect"
import type { Corpus } from "./Corpus.ts"
import type { LsaOptions } from "./fitLsa.ts"
import type { LsaModel } from "./LsaModel.ts"

// Sources run as they are, packages are built: the thread is of the same kind as this module.
const source = new URL(import.meta.url.endsWith(".ts") ? "./fitThreadMain.ts" : "./fitThreadMain.js", import.meta.url)

/** Fits a space in a thread of its own, which ends with the effect, also when that is interrupted. Fails with what the thread said. */
export const fitInThread = (corpus: Corpus, options: LsaOptions): Effect.Effect<LsaModel, string> =>
  Effect.callback<LsaModel, string>((resume) => {
    const worker = new Worker(source, {
      workerData: { corpus, options },
      transferList: [corpus.starts.buffer, corpus.terms.buffer, corpus.counts.buffer] as Array<ArrayBuffer>,
      name: "resync-lsa"
    })
    worker.once("message", (model: LsaModel) => resume(Effect.succeed(model)))
    worker.once("error", (cause) => resume(Effect.fail(String(cause))))
    worker.once("exit", (code) => resume(Effect.fail(`the thread ended with code ${code}`)))
    return Effect.promise(() => worker.terminate())
  })
