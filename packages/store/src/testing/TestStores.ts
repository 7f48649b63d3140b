import { tmpdir } from "node:os"
import { join } from "node:path"
import { Config, Effect, Layer, Option, Redacted, Scope } from "effect"
import * as Reactivity from "effect/reactivity/Reactivity"
import { SqlClient } from "effect/sql"
import type { SqlError } from "effect/sql/SqlError"
import * as DatabaseThread from "../internal/DatabaseThread.ts"
import * as EmbeddedClient from "../internal/EmbeddedClient.ts"
import * as Vector from "../internal/Vector.ts"
import * as Postgres from "../Postgres.ts"
import * as Store from "../Store.ts"
import { StoreCrashed, StoreError } from "../StoreError.ts"

/** An engine to run tests on. */
export interface TestStore {
  readonly engine: Store.StoreEngine
  /** An empty store for each time it is built: a schema of its own, dropped at the end. Hold one: a second waits for it. */
  readonly layer: Layer.Layer<SqlClient.SqlClient | Store.Store, StoreError>
  /** Why tests on this engine are to be skipped, which in `CI` they never are. */
  readonly skip: string | undefined
}

/** An archive of an empty database, kept for later runs once it was made. */
export const template = join(tmpdir(), "resync-store-0.5.14.tar")

/** One database in memory for all tests of a process, since making one takes longer than most tests. */
const thread = Effect.runSync(
  Effect.cached(
    Effect.suspend(() =>
      DatabaseThread.make({
        directory: undefined,
        durable: false,
        idleInTransactionTimeout: 300_000,
        template,
        closeTimeout: "1 second"
      }).pipe(Scope.provide(Scope.makeUnsafe()))
    )
  )
)

let last = 0

/** How many embedded stores are in use. */
let held = 0

/** A schema that nobody else uses. */
const schema = Effect.fnUntraced(function* (sql: SqlClient.SqlClient) {
  const name = `test_${process.pid}_${++last}`
  yield* sql`DROP SCHEMA IF EXISTS ${sql(name)} CASCADE`
  yield* sql`CREATE SCHEMA ${sql(name)}`
  return { name, drop: Effect.orDie(sql`DROP SCHEMA ${sql(name)} CASCADE`) }
})

const storeError = (error: SqlError) => new StoreError({ reason: new StoreCrashed({ detail: Vector.detailOf(error) }) })

const embedded: TestStore = {
  engine: "embedded",
  skip: undefined,
  layer: Layer.effectContext(
    Effect.gen(function* () {
      const database = yield* thread
      if (held > 0) yield* Effect.logWarning("a store of this process is held: this one waits until it is closed")
      held++
      yield* Effect.addFinalizer(() => Effect.sync(() => held--))
      const made = yield* Effect.scoped(
        Effect.gen(function* () {
          const sql = yield* EmbeddedClient.make(database)
          yield* Vector.ensure(sql, "memory")
          return (yield* schema(sql)).name
        })
      )
      yield* Effect.addFinalizer(() =>
        Effect.scoped(
          Effect.flatMap(EmbeddedClient.make(database), (sql) => sql`DROP SCHEMA ${sql(made)} CASCADE`)
        ).pipe(Effect.orDie)
      )
      const sql = yield* EmbeddedClient.make(database, `${made}, public`)
      return Store.context({ engine: "embedded", location: "memory" }, sql)
    }).pipe(Effect.catchTags({ SqlError: storeError, StoreCrashed: (reason) => new StoreError({ reason }) }))
  ).pipe(Layer.provide(Reactivity.layer))
}

const postgres = (url: Redacted.Redacted): TestStore["layer"] =>
  Layer.unwrap(
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const made = yield* Effect.acquireRelease(Effect.mapError(schema(sql), storeError), ({ drop }) => drop)
      return Postgres.layer({ url, searchPath: `${made.name}, public`, maxConnections: 5 })
    })
  ).pipe(Layer.provide(Postgres.layer({ url, maxConnections: 1 })))

const settings = Config.all({
  ci: Config.option(Config.String("CI")),
  url: Config.Redacted("TEST_DATABASE_URL").pipe(
    Config.withDefault(Redacted.make("postgresql://postgres@127.0.0.1:5432/postgres"))
  )
})

/**
 * The embedded store, and the PostgreSQL server of `TEST_DATABASE_URL`, by default the one at 127.0.0.1:5432. Where it does
 * not answer the second is to be skipped, except in `CI`, where its tests fail:
 *
 * ```ts
 * for (const { engine, layer, skip } of await TestStores.all()) {
 *   describe.skipIf(skip)(`documents on ${engine}`, () => {
 *     it.effect("…", () => program.pipe(Effect.provide(layer)))
 *   })
 * }
 * ```
 */
export const all = (): Promise<ReadonlyArray<TestStore>> =>
  Effect.runPromise(
    Effect.gen(function* () {
      const { ci, url } = yield* settings
      // Made here, it takes no test's time.
      yield* thread
      const layer = postgres(url)
      const reached = yield* Effect.exit(Effect.scoped(Layer.build(Postgres.layer({ url }))))
      const skip =
        reached._tag === "Success" || Option.isSome(ci) ? undefined : `no PostgreSQL with pgvector: ${reached.cause}`
      return [embedded, { engine: "postgres", layer, skip } satisfies TestStore]
    })
  )
