import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { Effect, Option, Schema } from "effect"
import { StoreError, StoreLocked, StoreUnwritable } from "../StoreError.ts"

/** `SQLITE_BUSY`: somebody else holds the lock. */
const busy = Schema.is(Schema.Struct({ errcode: Schema.Literal(5) }))

const ownerOf = (dataDir: string) =>
  Option.liftThrowable(() => Number.parseInt(readFileSync(join(dataDir, "store.pid"), "utf8"), 10))().pipe(
    Option.filter(Number.isSafeInteger)
  )

/**
 * Owns a directory until the scope closes or the process ends, however it ends.
 *
 * The lock is the kernel's, on the file `store.lock`, so that a killed owner leaves none behind, the reuse of a process
 * id fools nobody, and two that start at once cannot both win. Node has no call for it, but the SQLite that is part of
 * Node has: an exclusive transaction on an empty database. `store.pid` only names the owner for people.
 */
export const acquire = (dataDir: string) =>
  Effect.acquireRelease(
    Effect.try({
      try: () => {
        const lock = new DatabaseSync(join(dataDir, "store.lock"))
        try {
          lock.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE")
        } catch (cause) {
          lock.close()
          throw cause
        }
        writeFileSync(join(dataDir, "store.pid"), `${process.pid}\n`)
        return lock
      },
      catch: (cause) =>
        new StoreError({
          reason: busy(cause)
            ? new StoreLocked({
                dataDir,
                ...Option.match(ownerOf(dataDir), { onNone: () => ({}), onSome: (pid) => ({ pid }) })
              })
            : new StoreUnwritable({ dataDir, detail: String(cause) })
        })
    }),
    (lock) => Effect.sync(() => lock.close())
  )
