import { mkdirSync, readFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { Duration, Effect, Layer, Option, Schedule } from "effect"
import * as Reactivity from "effect/reactivity/Reactivity"
import type { SqlClient } from "effect/sql"
import * as DatabaseThread from "./internal/DatabaseThread.ts"
import * as DirectoryLock from "./internal/DirectoryLock.ts"
import * as EmbeddedClient from "./internal/EmbeddedClient.ts"
import * as Vector from "./internal/Vector.ts"
import * as Store from "./Store.ts"
import {
  StoreCorrupt,
  StoreCrashed,
  StoreError,
  type StoreErrorReason,
  StoreFull,
  StoreUnwritable,
  StoreVersionMismatch
} from "./StoreError.ts"

/** The major version of the PostgreSQL inside PGlite. */
export const major = "18"

/** How the embedded store is kept. */
export interface EmbeddedOptions {
  /** The directory that this process will own. It is made when it is not there. */
  readonly dataDir: string
  /**
   * Whether a commit waits until it is on the disk, default true. Without it a commit takes a third of the time and
   * still survives the end of the process, but not that of the machine.
   */
  readonly durable?: boolean | undefined
  /** The pause between two rounds of `VACUUM (ANALYZE)`, for which queries wait, default 6 hours. */
  readonly maintenance?: Duration.Input | undefined
  /** How long closing may take before it is cut, which loses nothing that is committed, default 30 seconds. */
  readonly closeTimeout?: Duration.Input | undefined
  /**
   * How long a transaction may wait without asking anything, default 5 minutes. Nobody else is served meanwhile, so it is
   * rolled back then and its connection replaced: PostgreSQL's `idle_in_transaction_session_timeout`.
   */
  readonly idleInTransactionTimeout?: Duration.Input | undefined
}

const unwritable = (dataDir: string) => (cause: unknown) =>
  new StoreError({ reason: new StoreUnwritable({ dataDir, detail: String(cause) }) })

/** What the end of the thread at its start means. */
const startFailure = (dataDir: string, { detail }: StoreCrashed): StoreErrorReason => {
  if (/ENOSPC|No space left|could not (?:extend|write).*space/i.test(detail)) return new StoreFull({ dataDir, detail })
  if (/EACCES|EPERM|EROFS|Permission denied|Read-only/i.test(detail)) return new StoreUnwritable({ dataDir, detail })
  return new StoreCorrupt({ dataDir, detail })
}

/** Makes the directory, and looks at what can be known before PostgreSQL does. */
const prepare = Effect.fnUntraced(function* (dataDir: string, database: string) {
  yield* Effect.try({ try: () => mkdirSync(dataDir, { recursive: true, mode: 0o700 }), catch: unwritable(dataDir) })
  yield* DirectoryLock.acquire(dataDir)
  const found = Option.liftThrowable(() => readFileSync(join(database, "PG_VERSION"), "utf8").trim())()
  if (Option.isSome(found) && found.value !== major) {
    return yield* new StoreError({
      reason: new StoreVersionMismatch({ dataDir, found: found.value, expected: major })
    })
  }
})

const maintain = (sql: SqlClient.SqlClient, pause: Duration.Input) =>
  sql`VACUUM (ANALYZE)`.unprepared.pipe(
    Effect.catchCause((cause) => Effect.logWarning("The maintenance of the embedded database failed", cause)),
    Effect.schedule(Schedule.spaced(pause)),
    Effect.forkScoped
  )

const build = Effect.fnUntraced(function* (
  facts: { readonly directory: string | undefined; readonly location: string },
  options: Omit<EmbeddedOptions, "dataDir">
) {
  const thread = yield* DatabaseThread.make({
    directory: facts.directory,
    durable: facts.directory !== undefined && options.durable !== false,
    idleInTransactionTimeout: Duration.toMillis(options.idleInTransactionTimeout ?? "5 minutes"),
    closeTimeout: options.closeTimeout ?? "30 seconds"
  })
  const sql = yield* EmbeddedClient.make(thread)
  yield* Vector.ensure(sql, facts.location)
  yield* maintain(sql, options.maintenance ?? "6 hours")
  return Store.context({ engine: "embedded", location: facts.location }, sql)
})

/**
 * A PostgreSQL inside this process: PGlite in a thread of its own, with its files in `<dataDir>/postgres`. It has one
 * connection, so that a transaction holds up every other query until it ends. Do not query while a stream of rows is
 * being read, other than from that transaction.
 *
 * One process owns the directory at a time; a second one fails with `StoreLocked`. A statement that is interrupted runs
 * to its end all the same, since PGlite cannot cancel one, and the next statement waits for it.
 */
export const layer = (options: EmbeddedOptions): Layer.Layer<SqlClient.SqlClient | Store.Store, StoreError> => {
  const dataDir = resolve(options.dataDir)
  const directory = join(dataDir, "postgres")
  return Layer.effectContext(
    Effect.andThen(prepare(dataDir, directory), build({ directory, location: dataDir }, options)).pipe(
      Effect.catchTags({
        StoreCrashed: (crash) => new StoreError({ reason: startFailure(dataDir, crash) }),
        SqlError: (error) =>
          new StoreError({ reason: startFailure(dataDir, new StoreCrashed({ detail: Vector.detailOf(error) })) })
      })
    )
  ).pipe(Layer.provide(Reactivity.layer))
}

/** A PostgreSQL in memory, which is gone with its scope. */
export const layerMemory: Layer.Layer<SqlClient.SqlClient | Store.Store, StoreError> = Layer.effectContext(
  build({ directory: undefined, location: "memory" }, {}).pipe(
    Effect.catchTags({
      StoreCrashed: (reason) => new StoreError({ reason }),
      SqlError: (error) => new StoreError({ reason: new StoreCrashed({ detail: Vector.detailOf(error) }) })
    })
  )
).pipe(Layer.provide(Reactivity.layer))
