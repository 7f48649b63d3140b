import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, layer } from "@effect/vitest"
import * as Embedded from "@resync/store/Embedded"
import { Deferred, Effect, Fiber, Layer } from "effect"
import { SqlClient } from "effect/sql"

const store = Layer.unwrap(
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "resync-idle-"))),
      (dataDir) => Effect.sync(() => rmSync(dataDir, { recursive: true, force: true }))
    ),
    (dataDir) => Embedded.layer({ dataDir, durable: false, idleInTransactionTimeout: "1 second" })
  )
)

layer(store, { timeout: "60 seconds", excludeTestServices: true })(
  "a transaction of the embedded store that asks nothing",
  (it) => {
    it.effect("is rolled back after a while, and the others are served", () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* sql`CREATE TABLE entry (id int)`
        const never = yield* Deferred.make<void>()
        const waiting = yield* sql`INSERT INTO entry VALUES (1)`.pipe(
          Effect.andThen(Deferred.await(never)),
          Effect.andThen(sql`INSERT INTO entry VALUES (2)`),
          sql.withTransaction,
          Effect.forkChild({ startImmediately: true })
        )
        assert.deepStrictEqual(yield* sql`SELECT id FROM entry`, [])
        // Whoever held it up is told so as soon as it asks again.
        yield* Deferred.succeed(never, undefined)
        const exit = yield* Fiber.await(waiting)
        assert.isTrue(exit._tag === "Failure")
        assert.include(String(exit), "SqlError")
        yield* sql`INSERT INTO entry VALUES (3)`
        assert.deepStrictEqual(yield* sql`SELECT id FROM entry`, [{ id: 3 }])
      })
    )

    it.effect("is left alone as long as it asks now and then", () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* sql`CREATE TABLE note (id int)`
        yield* Effect.forEach(
          Array.from({ length: 13 }, (_, n) => n),
          (n) => Effect.andThen(sql`INSERT INTO note VALUES (${n})`, Effect.sleep("100 millis"))
        ).pipe(sql.withTransaction)
        assert.lengthOf(yield* sql`SELECT id FROM note`, 13)
      })
    )
  }
)
