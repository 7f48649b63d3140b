import { hostname } from "node:os"
import { Clock, Duration, Effect, FileSystem, Layer, Option, Path } from "effect"
import { GatewayConfig } from "../config/GatewayConfig.ts"

const prefix = "resync-upload-"

/** The machine in a form that a folder's name may have. */
const machine = hostname().replaceAll(/[^\w.]/g, "_")

/** What another machine has left is taken for dead when nothing was written to it for this long. */
const silence = Duration.toMillis("1 hour")

const directoryOf = (uploadDir: string) => (uploadDir === "" ? {} : { directory: uploadDir })

/** A folder for what arrives with one request, gone with the scope. Its name says whose it is. */
export const make = Effect.fnUntraced(function* (uploadDir: string) {
  const fs = yield* FileSystem.FileSystem
  return yield* fs.makeTempDirectoryScoped({
    prefix: `${prefix}${process.pid}@${machine}@`,
    ...directoryOf(uploadDir)
  })
})

const isRunning = (pid: number) => {
  // Before this process serves, a folder of its number is that of an earlier one.
  if (pid === process.pid) return false
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM"
  }
}

/** Removes the folders of processes that ended in the middle of an upload. To be called before this one serves. */
const sweep = Effect.gen(function* () {
  const { uploadDir } = yield* GatewayConfig
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const folder = uploadDir === "" ? path.dirname(yield* Effect.scoped(make(uploadDir))) : uploadDir
  const now = yield* Clock.currentTimeMillis

  const changedAt = (place: string) =>
    Effect.map(fs.stat(place), ({ mtime }) => Option.match(mtime, { onNone: () => 0, onSome: (at) => at.getTime() }))

  const isDead = Effect.fnUntraced(function* (name: string) {
    const [, pid, host] = /^resync-upload-(\d+)@([\w.]+)@/.exec(name) ?? []
    if (pid !== undefined && host === machine) return !isRunning(Number(pid))
    const place = path.join(folder, name)
    const files = yield* fs.readDirectory(place)
    const times = yield* Effect.forEach([place, ...files.map((file) => path.join(place, file))], changedAt)
    return now - Math.max(...times) > silence
  })

  const removed = yield* Effect.filter(
    (yield* fs.readDirectory(folder)).filter((name) => name.startsWith(prefix)),
    (name) =>
      isDead(name).pipe(
        Effect.tap((dead) => (dead ? fs.remove(path.join(folder, name), { recursive: true }) : Effect.void)),
        // It is somebody else's, or gone by now.
        Effect.catch((error) => Effect.as(Effect.logDebug(`${name} cannot be removed`, error), false))
      )
  )
  if (removed.length > 0) {
    yield* Effect.logInfo("Removed what uploads left that never ended").pipe(
      Effect.annotateLogs({ folders: removed.length })
    )
  }
}).pipe(Effect.catch((error) => Effect.logWarning("The folder of uploads cannot be looked through", error)))

/** Looks through the folder of uploads before the service starts. */
export const layerSweep = Layer.effectDiscard(sweep)
