/**
 * A process that takes in one document and does not come to the end of it before the file `go` is in its folder. Tells its
 * parent, by lines of JSON on its standard output, when it works on it. Ends in order by SIGTERM.
 */

import { existsSync } from "node:fs"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { NodeRuntime } from "@effect/platform-node"
import { Rag } from "@resync/rag/Rag"
import { Effect, Layer, Schedule } from "effect"
import * as Corpse from "./Corpse.ts"
import { engine, file } from "./TestEngine.ts"

/** Long enough for a machine that is busy. */
export const lease = "3 seconds"

const tell = (message: object) => Effect.sync(() => process.stdout.write(`${JSON.stringify(message)}\n`))

/** As a call that does not hear that it is to stop. */
const waiting = (dataDir: string) =>
  tell({ _tag: "Working" }).pipe(
    Effect.andThen(
      Effect.repeat(
        Effect.sync(() => existsSync(path.join(dataDir, "go"))),
        { until: (there) => there, schedule: Schedule.spaced("20 millis") }
      )
    ),
    Effect.asVoid,
    Effect.uninterruptible
  )

const live = (options: Corpse.Options) =>
  Effect.gen(function* () {
    yield* (yield* Rag).upload(file("a.txt", "one"))
    return yield* Effect.never
  }).pipe(
    Effect.provide(
      engine({ dataDir: options.dataDir, lease, embed: () => waiting(options.dataDir) }).pipe(
        Layer.provide(Corpse.store(options))
      )
    )
  )

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  NodeRuntime.runMain(live(JSON.parse(process.argv[2] ?? "") as Corpse.Options))
}
