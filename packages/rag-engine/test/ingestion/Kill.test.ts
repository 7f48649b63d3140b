import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Rag } from "@resync/rag/Rag"
import * as Postgres from "@resync/store/Postgres"
import * as TestStores from "@resync/store/testing/TestStores"
import { Config, Effect, Random, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import * as Corpse from "./Corpse.ts"
import { ended, folder, found } from "./TestEngine.ts"

const program = fileURLToPath(new URL("./Corpse.ts", import.meta.url))

/** Kills of a process with the embedded store, and with a server, where less can be lost. */
const kills = { embedded: 20, server: 8 }

/** When a life ends: so many of its messages after it has begun to work, and so many milliseconds. */
interface Moment {
  readonly messages: number
  readonly millis: number
}

/** One life, from its start to its end by SIGKILL. A machine that is slow has it as good as a fast one. */
const life = (options: Corpse.Options, first: number, moment: Moment) =>
  Effect.callback<ReadonlyArray<Corpse.Message>>((resume) => {
    const child = spawn(process.execPath, [program, JSON.stringify({ ...options, first })], {
      stdio: ["ignore", "pipe", "pipe"]
    })
    let said = ""
    let complaint = ""
    let killed = false
    const kill = () => {
      killed = true
      child.kill("SIGKILL")
    }
    let begun = false
    let due = false
    child.stdout.on("data", (piece: Buffer) => {
      said += piece.toString()
      const messages = said.split('"Begun"')[1]?.split("\n").length ?? 0
      if (due || messages === 0) return
      // When there is nothing left to do, it has no more to tell.
      if (!begun) setTimeout(kill, 30_000).unref()
      begun = true
      if (messages <= moment.messages) return
      due = true
      setTimeout(kill, moment.millis)
    })
    child.stderr.on("data", (piece: Buffer) => {
      complaint += piece.toString()
    })
    child.on("close", () => {
      // The last line may have been cut.
      const lines = said
        .split("\n")
        .slice(0, -1)
        .filter((line) => line.startsWith('{"_tag"'))
      resume(
        killed
          ? Effect.succeed(lines.map((line) => JSON.parse(line) as Corpse.Message))
          : Effect.die(new Error(`It ended by itself: ${said}${complaint}`))
      )
    })
    return Effect.sync(kill)
  })

const survive = (options: Corpse.Options, kills: number) =>
  Effect.gen(function* () {
    const accepted = new Map<number, string>()
    for (let at = 0; at < kills; at++) {
      const messages = yield* life(options, at * 3, {
        messages: yield* Random.nextIntBetween(0, 16),
        millis: yield* Random.nextIntBetween(0, 200)
      })
      for (const message of messages) {
        if (message._tag === "Found") assert.deepStrictEqual(message.halves, [], `half-indexed at start ${at}`)
        if (message._tag === "Accepted") accepted.set(message.n, message.jobId)
      }
    }
    yield* Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* Effect.gen(function* () {
        const rag = yield* Rag
        const { items } = yield* rag.jobs({ limit: 1000 })
        const jobs = yield* Effect.forEach(items, ({ id }) => ended(id))
        assert.deepStrictEqual(
          jobs.filter(({ state }) => state !== "completed"),
          []
        )
        const byId = new Map<string, string>(jobs.map(({ fileName, id }) => [id, fileName]))
        for (const [n, jobId] of accepted) assert.strictEqual(byId.get(jobId), `${n}.md`)
        // Each upload that was not cut off made one document, and no more.
        assert.strictEqual(new Set(byId.values()).size, items.length)
        const documents = (yield* rag.documents({ limit: 1000 })).items
        assert.strictEqual(documents.length, items.length)
        for (const { fileName, passages } of documents) {
          const n = Number.parseInt(fileName, 10)
          assert.strictEqual(passages, Corpse.passagesOf(n))
          assert.strictEqual((yield* found(`Document ${n} says`)).length, Math.min(10, passages))
        }
        // Or nothing of this would have been put to the test.
        assert.isAtLeast(accepted.size, kills / 2)
        assert.isAtLeast(Math.max(...jobs.map(({ attempts }) => attempts)), 2)
      }).pipe(Effect.provide(Corpse.ingesting(options)))
      assert.deepStrictEqual(yield* Corpse.halves, [])
      const [queue] = yield* sql`SELECT count(*)::int AS open FROM rag_queue WHERE state <> 'completed'`
      assert.deepStrictEqual(queue, { open: 0 })
    }).pipe(Effect.provide(Corpse.store(options)))
  })

const [, server] = await TestStores.all()

// Side by side: most of the time goes into starting processes, each on one core.
describe.concurrent("A process that is killed again and again", { timeout: 1_800_000 }, () => {
  it.live("loses no accepted document and leaves none half-indexed, with the embedded store", () =>
    Effect.scoped(Effect.flatMap(folder, (dataDir) => survive({ dataDir }, kills.embedded)))
  )

  it.live.skipIf(server?.skip !== undefined)("the same with a server", () =>
    Effect.gen(function* () {
      const url = yield* Config.String("DATABASE_URL").pipe(
        Config.withDefault("postgresql://postgres@127.0.0.1:5432/postgres")
      )
      const schema = `rag_kill_${process.pid}`
      yield* Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* Effect.acquireRelease(sql`CREATE SCHEMA ${sql(schema)}`, () =>
          Effect.orDie(sql`DROP SCHEMA ${sql(schema)} CASCADE`)
        )
        yield* survive({ dataDir: yield* folder, postgres: { url, schema } }, kills.server)
      }).pipe(Effect.scoped, Effect.provide(Postgres.layer({ url: Redacted.make(url) })))
    })
  )
})
