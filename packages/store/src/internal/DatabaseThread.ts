import type { Duplex } from "node:stream"
import { MessageChannel, type MessagePort, Worker } from "node:worker_threads"
import { Deferred, type Duration, Effect, Exit, type Scope } from "effect"
import { StoreCrashed } from "../StoreError.ts"
import * as PortStream from "./PortStream.ts"
import type { FromThread, ThreadData, ToThread } from "./ThreadMessage.ts"

/** The embedded database in a thread of its own. */
export interface DatabaseThread {
  /** A connection. There is one session: a second connection waits until the first one is closed. */
  readonly connect: () => Duplex
}

interface Running {
  readonly worker: Worker
  readonly opened: Deferred.Deferred<void, StoreCrashed>
  readonly ended: Deferred.Deferred<void>
  /** Why it ended, as soon as that is known. */
  failure: StoreCrashed | undefined
  readonly connections: Set<Duplex>
}

// Sources run as they are, packages are built: the thread is of the same kind as this module.
const source = new URL(import.meta.url.endsWith(".ts") ? "./pgliteThread.ts" : "./pgliteThread.js", import.meta.url)

const start = (data: ThreadData): Running => {
  const worker = new Worker(source, { workerData: data, name: "resync-store", stdout: false })
  const running: Running = {
    worker,
    opened: Deferred.makeUnsafe(),
    ended: Deferred.makeUnsafe(),
    failure: undefined,
    connections: new Set()
  }
  const over = (detail: string) => {
    running.failure ??= new StoreCrashed({ detail })
    Deferred.doneUnsafe(running.opened, Exit.fail(running.failure))
    for (const connection of running.connections) connection.destroy(running.failure)
  }
  worker.on("message", (message: FromThread) => {
    if (message._tag === "Ready") Deferred.doneUnsafe(running.opened, Exit.void)
    else over(message.detail)
  })
  worker.on("error", (cause) => over(String(cause)))
  worker.on("exit", (code) => {
    over(`its thread ended with code ${code}`)
    Deferred.doneUnsafe(running.ended, Exit.void)
  })
  return running
}

const send = (running: Running, message: ToThread, transfer: ReadonlyArray<MessagePort>) =>
  running.worker.postMessage(message, [...transfer])

const close = (running: Running, patience: Duration.Input) =>
  Effect.suspend(() => {
    send(running, { _tag: "Close" }, [])
    return Deferred.await(running.ended)
  }).pipe(
    Effect.timeoutOrElse({
      duration: patience,
      orElse: () =>
        Effect.andThen(
          Effect.logWarning("The embedded database did not close in time"),
          Effect.promise(() => running.worker.terminate())
        )
    })
  )

/**
 * Opens the database, which takes seconds the first time. A thread that ended is started again by the next connection.
 * When the scope closes, what is committed is written down and the thread ends, cut after `closeTimeout`.
 */
export const make = Effect.fnUntraced(function* (
  options: ThreadData & { readonly closeTimeout: Duration.Input }
): Effect.fn.Return<DatabaseThread, StoreCrashed, Scope.Scope> {
  let running: Running = yield* Effect.acquireRelease(
    Effect.sync(() => start(options)),
    () => Effect.suspend(() => close(running, options.closeTimeout))
  )
  yield* Deferred.await(running.opened)
  return {
    connect: () => {
      if (running.failure !== undefined) running = start(options)
      const thread = running
      const { port1, port2 } = new MessageChannel()
      const stream = PortStream.make(port1, () => thread.failure ?? new StoreCrashed({ detail: "it hung up" }))
      thread.connections.add(stream)
      stream.once("close", () => thread.connections.delete(stream))
      send(thread, { _tag: "Connect", port: port2 }, [port2])
      return stream
    }
  }
})
