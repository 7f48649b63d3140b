import { spawn } from "node:child_process"
import { writeFileSync } from "node:fs"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Rag } from "@resync/rag/Rag"
import * as Postgres from "@resync/store/Postgres"
import * as TestStores from "@resync/store/testing/TestStores"
import { Config, Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import * as Corpse from "./Corpse.ts"
import { lease } from "./Sleeper.ts"
import { ended, engine, folder, found } from "./TestEngine.ts"

const program = fileURLToPath(new URL("./Sleeper.ts", import.meta.url))

const beyondLease = "5 seconds"

/** The other process, once it works on its document. */
const sleeper = (options: Corpse.Options) =>
  Effect.acquireRelease(
    Effect.callback<{
      readonly kill: (signal: NodeJS.Signals) => Effect.Effect<void>
      readonly exit: Effect.Effect<number | null>
    }>((resume) => {
      const child = spawn(process.execPath, [program, JSON.stringify(options)], { stdio: ["ignore", "pipe", "pipe"] })
      let said = ""
      const exit = new Promise<number | null>((resolve) => child.on("close", resolve))
      for (const stream of [child.stdout, child.stderr]) {
        stream.on("data", (piece) => {
          said += String(piece)
          if (!said.includes('{"_tag":"Working"}')) return
          resume(
            Effect.succeed({
              kill: (signal) => Effect.sync(() => child.kill(signal)),
              exit: Effect.promise(() => exit)
            })
          )
        })
      }
      child.on("close", () => resume(Effect.die(new Error(`It ended by itself: ${said}`))))
    }),
    ({ exit, kill }) => Effect.andThen(kill("SIGKILL"), exit)
  )

const [, server] = await TestStores.all()

describe.skipIf(server?.skip !== undefined)("Two processes on one database server", { timeout: 300_000 }, () => {
  it.live("a job whose process has stopped saying that it lives is done by the other one, and seen once", () =>
    Effect.gen(function* () {
      const url = yield* Config.String("DATABASE_URL").pipe(
        Config.withDefault("postgresql://postgres@127.0.0.1:5432/postgres")
      )
      const schema = `rag_lease_${process.pid}`
      const dataDir = yield* folder
      const options = { dataDir, postgres: { url, schema } }
      yield* Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* Effect.acquireRelease(sql`CREATE SCHEMA ${sql(schema)}`, () =>
          Effect.orDie(sql`DROP SCHEMA ${sql(schema)} CASCADE`)
        )
        const other = yield* sleeper(options)
        yield* Effect.gen(function* () {
          const rag = yield* Rag
          const [job] = (yield* rag.jobs({})).items
          const id = job?.id as never
          assert.deepInclude(job, { state: "embedding", attempts: 1 })
          // It lives, and waits for longer than a lease: nobody takes its job away.
          yield* Effect.sleep(beyondLease)
          assert.deepInclude(yield* rag.job(id), { state: "embedding", attempts: 1 })

          yield* other.kill("SIGSTOP")
          const done = yield* ended(id)
          assert.deepInclude(done, { state: "completed", attempts: 2, failure: null })
          assert.deepStrictEqual(yield* found("one"), ["one"])

          // It wakes up, goes on with what it has, and makes nothing of it visible.
          writeFileSync(path.join(dataDir, "go"), "")
          yield* other.kill("SIGCONT")
          yield* other.kill("SIGTERM")
          assert.isNotNull(yield* other.exit)
          assert.deepStrictEqual(yield* rag.job(id), done)
          assert.deepStrictEqual(yield* found("one"), ["one"])
          assert.deepInclude((yield* rag.documents({})).items[0], { revision: 1, passages: 1 })
        }).pipe(Effect.provide(Layer.provideMerge(engine({ dataDir, lease }), Corpse.store(options))))
      }).pipe(Effect.scoped, Effect.provide(Postgres.layer({ url: Redacted.make(url) })))
    }).pipe(Effect.scoped)
  )
})
