import { mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from "node:fs"
import { hostname } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { directory, start } from "@resync/service/testing/ServiceProcess"
import { Effect, Schedule } from "effect"
import { open } from "./RawSocket.ts"

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url))

const boundary = "----edge"
const beginning = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n${"x".repeat(200_000)}`
const half =
  `POST /api/v1/rag/documents HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=${boundary}\r\n` +
  `Content-Length: 1000000\r\n\r\n${beginning}`

describe("A gateway that is killed in the middle of an upload", () => {
  it.live(
    "leaves nothing of it beyond its next start, which touches nothing of others",
    () =>
      Effect.gen(function* () {
        const uploads = yield* directory
        const dataDir = yield* directory
        const gateway = start(main, {
          RESYNC_PORT: "0",
          RESYNC_DATA_DIR: dataDir,
          RESYNC_STORE_DURABLE: "false",
          RESYNC_UPLOAD_DIR: uploads,
          RESYNC_AUTH: "off",
          RAG_STARTER_CORPUS: "false",
          RESYNC_LOG_LEVEL: "warn"
        })
        const first = yield* gateway
        const socket = yield* open(Number(new URL(yield* first.url).port))
        yield* socket.write(half)
        const [left] = yield* Effect.repeat(
          Effect.sync(() => readdirSync(uploads)),
          {
            until: ([folder]) =>
              (statSync(join(uploads, folder ?? "none", "0"), { throwIfNoEntry: false })?.size ?? 0) > 0,
            schedule: Schedule.spaced("20 millis")
          }
        )
        yield* first.kill("SIGKILL")
        yield* first.exit
        assert.deepStrictEqual(readdirSync(uploads), [left])

        const machine = hostname().replaceAll(/[^\w.]/g, "_")
        const others = [`resync-upload-${process.pid}@${machine}@abcdef`, "resync-upload-1@elsewhere@abcdef", "else"]
        const old = "resync-upload-2@elsewhere@abcdef"
        for (const name of [...others, old]) {
          mkdirSync(join(uploads, name))
          writeFileSync(join(uploads, name, "0"), "x")
        }
        const long = new Date(Date.now() - 7_200_000)
        for (const place of [join(old, "0"), old]) utimesSync(join(uploads, place), long, long)

        const second = yield* gateway
        yield* second.url
        assert.deepStrictEqual(readdirSync(uploads).toSorted(), others.toSorted())
      }).pipe(Effect.scoped),
    120_000
  )
})
