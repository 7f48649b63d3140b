import { basename } from "node:path"
import { Worker } from "node:worker_threads"
import { Effect, Fiber, type Scope, ScopedRef, Semaphore } from "effect"
import { EmbedderUnavailable } from "../../index/EmbedderUnavailable.ts"
import type { OnnxModelOptions } from "./OnnxModelOptions.ts"
import type { Answer } from "./onnxThreadMain.ts"

// Sources run as they are, packages are built: the thread is of the same kind as this module.
const source = new URL(import.meta.url.endsWith(".ts") ? "./onnxThreadMain.ts" : "./onnxThreadMain.js", import.meta.url)

interface Thread {
  readonly worker: Worker
  alive: boolean
}

/** A local model in a thread of its own. */
export interface OnnxThread {
  /** The model and the version of its files. */
  readonly name: string
  readonly embed: (
    texts: ReadonlyArray<string>
  ) => Effect.Effect<ReadonlyArray<ReadonlyArray<number>>, EmbedderUnavailable>
}

const start = (options: OnnxModelOptions): Effect.Effect<Thread, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      // It reads what an operator has put there: it needs no secret of ours.
      const worker = new Worker(source, { workerData: options, name: "resync-onnx", env: {} })
      const thread: Thread = { worker, alive: true }
      const ended = () => {
        thread.alive = false
      }
      worker.on("exit", ended).on("error", ended)
      return thread
    }),
    ({ worker }) => Effect.promise(() => worker.terminate())
  )

/** Asks a thread and waits for its answer. */
const ask = ({ worker }: Thread, texts: ReadonlyArray<string>): Effect.Effect<Answer> =>
  Effect.callback((resume) => {
    const settle = (answer: Answer) => {
      detach()
      resume(Effect.succeed(answer))
    }
    const onError = (cause: unknown) => settle({ detail: `its thread failed: ${String(cause)}` })
    const onExit = (code: number) => settle({ detail: `its thread ended with code ${code}` })
    const detach = () => worker.off("message", settle).off("error", onError).off("exit", onExit)
    worker.on("message", settle).on("error", onError).on("exit", onExit)
    worker.postMessage(texts)
    return Effect.sync(detach)
  })

/**
 * Loads a model in a thread, which ends with the scope; one that failed is replaced when it is next asked. Fails, and not for a
 * time, with what is missing or wrong: the package `onnxruntime-node`, a file, an output that is no vector.
 */
export const makeOnnxThread = Effect.fnUntraced(function* (options: OnnxModelOptions) {
  const model = `onnx:${basename(options.directory)}`
  const ref = yield* ScopedRef.fromAcquire(start(options))
  const scope = yield* Effect.scope
  const one = yield* Semaphore.make(1)

  const exchange = Effect.fnUntraced(function* (texts: ReadonlyArray<string>, embedder: string) {
    if (!ScopedRef.getUnsafe(ref).alive) yield* ScopedRef.set(ref, start(options))
    const thread = ScopedRef.getUnsafe(ref)
    const answer = yield* ask(thread, texts)
    if ("detail" in answer) {
      return yield* new EmbedderUnavailable({ embedder, detail: answer.detail, transient: !thread.alive })
    }
    return answer
  })

  // The thread computes to the end what it was asked, wanted or not. It is asked nothing else before, or what nobody waits for
  // any more would pile up in it.
  const put = (texts: ReadonlyArray<string>, embedder: string) =>
    Effect.uninterruptibleMask((restore) =>
      restore(one.take(1)).pipe(
        Effect.andThen(
          exchange(texts, embedder).pipe(
            Effect.ensuring(one.release(1)),
            Effect.forkIn(scope, { startImmediately: true })
          )
        ),
        Effect.flatMap((asked) => restore(Fiber.join(asked)))
      )
    )

  // Whether it gives vectors is known by the first one.
  const { version } = yield* put(["Workload automation"], model)
  const name = `${model}@${version}`
  const embed: OnnxThread["embed"] = Effect.fnUntraced(function* (texts) {
    const answer = yield* put(texts, name)
    if (answer.version !== version) {
      const detail = "its files have changed since the service was started; start it again"
      return yield* new EmbedderUnavailable({ embedder: name, detail, transient: false })
    }
    const { vectors, width } = answer
    return texts.map((_, text) => Array.from(vectors.subarray(text * width, (text + 1) * width)))
  })
  return { name, embed } satisfies OnnxThread
})
