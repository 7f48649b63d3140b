import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { NodeHttpClient } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Rag } from "@resync/rag/Rag"
import * as RagHttp from "@resync/rag/RagHttp"
import * as Resilience from "@resync/resilience/Resilience"
import { directory, start } from "@resync/service/testing/ServiceProcess"
import { Effect, Layer, Stream } from "effect"

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url))

/** Runs the program with arguments to its end. */
const run = (env: Readonly<Record<string, string>>, ...args: ReadonlyArray<string>) =>
  Effect.callback<{ readonly code: number | null; readonly output: string }>((resume) => {
    const child = spawn(process.execPath, [main, ...args], { env })
    let output = ""
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (piece) => {
        output += String(piece)
      })
    }
    child.on("close", (code) => resume(Effect.succeed({ code, output })))
    return Effect.sync(() => child.kill("SIGKILL"))
  })

describe("npm run rag-service -- rebuild", () => {
  it.live(
    "has every document read again by the next service, and says so when one runs",
    () =>
      Effect.gen(function* () {
        const env = {
          RAG_PORT: "0",
          RESYNC_DATA_DIR: yield* directory,
          RESYNC_STORE_DURABLE: "false",
          RAG_STARTER_CORPUS: "false",
          RESYNC_LOG_LEVEL: "warn"
        }
        const ended = (id: Parameters<Rag["Service"]["job"]>[0]) =>
          Effect.flatMap(Rag, (rag) => Stream.runLast(rag.followJob(id))).pipe(Effect.flatMap(Effect.fromOption))
        const withService = <A, E>(use: Effect.Effect<A, E, Rag>) =>
          Effect.gen(function* () {
            const service = yield* start(main, env)
            const client = RagHttp.layer({ url: new URL(yield* service.url) }).pipe(
              Layer.provide([NodeHttpClient.layerUndici, Resilience.layer()])
            )
            const found = yield* Effect.provide(use, client)
            yield* service.kill("SIGTERM")
            assert.deepStrictEqual(yield* service.exit, { code: 0 })
            return found
          }).pipe(Effect.scoped)

        const { jobId } = yield* withService(
          Effect.gen(function* () {
            const rag = yield* Rag
            const content = Stream.encodeText(Stream.succeed("alpha"))
            const accepted = yield* rag.upload({ fileName: "a.txt", metadata: {}, content })
            assert.deepInclude(yield* ended(accepted.jobId), { state: "completed", attempts: 1 })
            const refused = yield* run(env, "rebuild")
            assert.strictEqual(refused.code, 1)
            assert.match(refused.output, /^rag-service: The data directory \S+ is in use by process \d+/)
            return accepted
          })
        )
        assert.deepStrictEqual(yield* run(env, "rebuild"), { code: 0, output: "1 document to be read again\n" })
        assert.deepInclude(yield* withService(ended(jobId)), { state: "completed", attempts: 2 })

        const unknown = yield* run(env, "rebuilt")
        assert.strictEqual(unknown.code, 1)
        assert.match(unknown.output, /rebuilt is no command/)
      }).pipe(Effect.scoped),
    120_000
  )
})
