import { existsSync, mkdirSync, mkdtempSync, utimesSync, writeFileSync } from "node:fs"
import { hostname, tmpdir } from "node:os"
import { join } from "node:path"
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Layer } from "effect"
import * as UploadFolder from "../src/commands/UploadFolder.ts"
import { GatewayConfig } from "../src/config/GatewayConfig.ts"

const machine = hostname().replaceAll(/[^\w.]/g, "_")

const folderOf = (home: string, name: string, minutesAgo = 0) => {
  const folder = join(home, name)
  const at = new Date(Date.now() - minutesAgo * 60_000)
  mkdirSync(folder)
  writeFileSync(join(folder, "part"), "half of it")
  for (const place of [join(folder, "part"), folder]) utimesSync(place, at, at)
  return folder
}

/** Looks through a folder as a start does. */
const sweep = (uploadDir: string) =>
  Layer.build(
    UploadFolder.layerSweep.pipe(
      Layer.provide([NodeServices.layer, GatewayConfig.layer]),
      Layer.provide(ConfigProvider.layer(ConfigProvider.fromUnknown({ RESYNC_UPLOAD_DIR: uploadDir })))
    )
  )

describe("the folder of uploads", () => {
  it.live("loses what processes left that ended in the middle of an upload, and nothing else", () =>
    Effect.gen(function* () {
      const home = mkdtempSync(join(tmpdir(), "resync-test-"))
      // No process has a number that large.
      const dead = folderOf(home, `resync-upload-4194999@${machine}@a`)
      // Before this process serves, a folder of its number is that of an earlier one.
      const earlier = folderOf(home, `resync-upload-${process.pid}@${machine}@b`)
      const living = folderOf(home, `resync-upload-${process.ppid}@${machine}@c`)
      const silent = folderOf(home, "resync-upload-7@elsewhere@d", 61)
      const busy = folderOf(home, "resync-upload-7@elsewhere@e", 59)
      const foreign = folderOf(home, "something-else", 600)
      yield* sweep(home)
      assert.deepStrictEqual([dead, earlier, silent].filter(existsSync), [])
      assert.deepStrictEqual([living, busy, foreign].filter(existsSync), [living, busy, foreign])
    }).pipe(Effect.scoped)
  )

  it.live("that cannot be read keeps no service from starting", () =>
    Effect.scoped(sweep(join(tmpdir(), "resync-not-there", String(process.pid))))
  )
})
