/** The thread that a space is fitted in: is given a corpus, answers with the model, and ends. */
import { parentPort, workerData } from "node:worker_threads"
import type { Corpus } from "./Corpus.ts"
import { fitLsa, type LsaOptions } from "./fitLsa.ts"

const { corpus, options } = workerData as { readonly corpus: Corpus; readonly options: LsaOptions }
const model = fitLsa(corpus, options)
parentPort?.postMessage(model, [
  model.terms.buffer as ArrayBuffer,
  model.weights.buffer as ArrayBuffer,
  model.directions.buffer as ArrayBuffer
])
