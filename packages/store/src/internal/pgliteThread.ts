/** The thread of the embedded database: PGlite runs on the thread that calls it, and a long query would block it. */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import { type MessagePort, parentPort, workerData } from "node:worker_threads"
import { PGlite } from "@electric-sql/pglite"
import { NodeFS } from "@electric-sql/pglite/nodefs"
import { vector } from "@electric-sql/pglite-pgvector"
import * as Frames from "./Frames.ts"
import type { FromThread, ThreadData, ToThread } from "./ThreadMessage.ts"
import * as Turns from "./Turns.ts"

// The one who starts this thread passes these.
const { directory, durable, idleInTransactionTimeout, template } = workerData as ThreadData
const parent = parentPort as MessagePort

/** The last lines of PostgreSQL's log, which say more than what PGlite throws. */
const log: Array<string> = []

const fail = (cause: unknown): never => {
  const said = log.filter((line) => /FATAL|PANIC|ERROR|HINT|No space|denied/.test(line)).slice(-3)
  const thrown = cause instanceof Error ? `${cause.message}${"code" in cause ? ` (${String(cause.code)})` : ""}` : ""
  const detail = [...said, thrown].filter((line) => line !== "").join("; ")
  parent.postMessage({ _tag: "Failed", detail: detail === "" ? String(cause) : detail } satisfies FromThread)
  return process.exit(1)
}

/** `fsync` reaches the disk, which the file system of PGlite 0.5 leaves out. */
class DurableFS extends NodeFS {
  override init(...[pg, options]: Parameters<NodeFS["init"]>) {
    return super.init(pg, options).then(({ emscriptenOpts }) => ({
      emscriptenOpts: {
        ...emscriptenOpts,
        preRun: [
          ...(emscriptenOpts.preRun ?? []),
          (module: {
            readonly FS: { readonly filesystems: Record<string, { stream_ops: Record<string, unknown> }> }
          }) => {
            const node = module.FS.filesystems["NODEFS"]
            if (node !== undefined) {
              node.stream_ops["fsync"] = ({ nfd }: { readonly nfd: number }) => {
                fsyncSync(nfd)
                return 0
              }
            }
          }
        ]
      }
    }))
  }
}

// `-F` switches fsync off. What PostgreSQL writes with `fdatasync` never leaves PGlite, `fsync` does.
const startParams = [
  ...PGlite.defaultStartParams.filter((parameter) => !(durable && parameter === "-F")),
  ...(durable ? ["-c", "wal_sync_method=fsync"] : [])
]

/** Thrown by PGlite to reach PostgreSQL's handler of errors; everything else that is thrown there is the end. */
const longJump = 100

const open = (at: string | undefined, from?: Blob) =>
  PGlite.create({
    ...(from === undefined ? {} : { loadDataDir: from }),
    ...(at === undefined ? {} : { fs: durable ? new DurableFS(at) : new NodeFS(at) }),
    extensions: { vector },
    startParams,
    onStderr: (line) => {
      log.push(line)
      if (log.length > 50) log.shift()
      return false
    }
  }).then((pg) => {
    const module = pg.Module as unknown as { _PostgresMainLoopOnce: () => void }
    const step = module._PostgresMainLoopOnce
    // PGlite swallows what is thrown here and calls again, for ever when the database is gone.
    module._PostgresMainLoopOnce = () => {
      try {
        step()
      } catch (cause) {
        if ((cause as { readonly status?: unknown } | null)?.status === longJump) throw cause
        fail(cause)
      }
    }
    return pg
  })

const syncDirectory = (path: string) => {
  const handle = openSync(path, "r")
  fsyncSync(handle)
  closeSync(handle)
}

/** A new database is made beside its place and moved there, so that one that was cut short is never taken for whole. */
const create = (at: string) => {
  const unfinished = `${at}.new`
  rmSync(unfinished, { recursive: true, force: true })
  return open(unfinished)
    .then((pg) => pg.close())
    .then(() => {
      renameSync(unfinished, at)
      syncDirectory(dirname(at))
    })
}

const openMemory = () => {
  if (template === undefined) return open(undefined)
  if (existsSync(template)) return open(undefined, new Blob([readFileSync(template)]))
  return open(undefined).then((pg) =>
    pg
      .exec("CREATE EXTENSION vector")
      .then(() => pg.dumpDataDir("none"))
      .then((dump) => dump.arrayBuffer())
      .then((bytes) => {
        const unfinished = `${template}.${process.pid}`
        writeFileSync(unfinished, new Uint8Array(bytes))
        renameSync(unfinished, template)
        return pg
      })
  )
}

const openDirectory = (at: string) => (existsSync(at) ? Promise.resolve() : create(at)).then(() => open(at))

const opened = directory === undefined ? openMemory() : openDirectory(directory)

opened
  .then((pg) => {
    const answer = (bytes: Uint8Array, onRawData: (bytes: Uint8Array) => void) => {
      // Runs to its end before it returns: with `syncToFs` off nothing in it waits.
      pg.execProtocolRawStream(bytes, { syncToFs: false, onRawData }).catch(fail)
    }
    const reset = () => Frames.reset.forEach((frame) => answer(frame, () => {}))
    // PGlite has one session: two connections in it would undo each other's transactions and settings.
    const turns = Turns.make()
    const serve = (port: MessagePort) => {
      const frames = Frames.splitter()
      const turn = turns.join()
      // Nobody else is served while a transaction waits for what may never come.
      let idle: NodeJS.Timeout | undefined
      const end = () => {
        port.postMessage(Frames.idleInTransaction)
        port.close()
      }
      port.on("message", (bytes: Uint8Array) => {
        clearTimeout(idle)
        for (const batch of frames(bytes)) {
          turn.run(() => {
            if (Frames.isStartup(batch)) {
              reset()
              const names = Frames.startupParameters(batch).get("search_path")
              if (names !== undefined) answer(Frames.searchPath(names), () => {})
            }
            const answers: Array<Uint8Array> = []
            answer(batch, (piece) => answers.push(piece.slice()))
            const wholes = Frames.gather(answers)
            const last = wholes.at(-1)
            if (last !== undefined && Frames.leavesTransaction(last)) {
              // There are no effects in this thread.
              // @effect-diagnostics-next-line globalTimers:off
              idle = setTimeout(end, idleInTransactionTimeout)
            }
            for (const whole of wholes) port.postMessage(whole, [whole.buffer])
          })
        }
      })
      port.on("close", () => {
        clearTimeout(idle)
        turn.leave(() => pg.ready && reset())
      })
    }
    parent.on("message", (message: ToThread) => {
      if (message._tag === "Connect") serve(message.port)
      else pg.close().then(() => process.exit(0), fail)
    })
    parent.postMessage({ _tag: "Ready" } satisfies FromThread)
  })
  .catch(fail)
