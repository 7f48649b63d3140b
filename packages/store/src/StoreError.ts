import { Schema } from "effect"

/** Another process, or another layer of this one, owns the data directory. */
export class StoreLocked extends Schema.TaggedError<StoreLocked>()("StoreLocked", {
  dataDir: Schema.String,
  /** The process id of the owner as it wrote it down, in the owner's own pid namespace. */
  pid: Schema.optionalKey(Schema.Int)
}) {
  override get message() {
    const owner = this.pid === undefined ? "another process" : `process ${this.pid}`
    return `The data directory ${this.dataDir} is in use by ${owner}; one store has one owner`
  }
}

/** The data directory cannot be made, read or written. */
export class StoreUnwritable extends Schema.TaggedError<StoreUnwritable>()("StoreUnwritable", {
  dataDir: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return `The data directory ${this.dataDir} cannot be written: ${this.detail}`
  }
}

/** No space is left where the data directory is. */
export class StoreFull extends Schema.TaggedError<StoreFull>()("StoreFull", {
  dataDir: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return `No space left for the data directory ${this.dataDir}: ${this.detail}`
  }
}

/** What is in the data directory is no database that this version can read. */
export class StoreCorrupt extends Schema.TaggedError<StoreCorrupt>()("StoreCorrupt", {
  dataDir: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return `The database in ${this.dataDir} cannot be opened: ${this.detail}`
  }
}

/** The data directory was written by another major version of PostgreSQL. */
export class StoreVersionMismatch extends Schema.TaggedError<StoreVersionMismatch>()("StoreVersionMismatch", {
  dataDir: Schema.String,
  found: Schema.String,
  expected: Schema.String
}) {
  override get message() {
    return `The database in ${this.dataDir} is of PostgreSQL ${this.found}, this program reads ${this.expected}`
  }
}

/** The embedded database ended unexpectedly. The next query starts it again. */
export class StoreCrashed extends Schema.TaggedError<StoreCrashed>()("StoreCrashed", {
  detail: Schema.String
}) {
  override get message() {
    return `The embedded database ended unexpectedly: ${this.detail}`
  }
}

/** The server cannot be reached, or does not let us in. */
export class StoreUnreachable extends Schema.TaggedError<StoreUnreachable>()("StoreUnreachable", {
  /** Host, port and database, without credentials. */
  server: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return `The database server ${this.server} is not usable: ${this.detail}`
  }
}

/** The server has no pgvector of at least the version that is needed, and it could not be added. */
export class VectorMissing extends Schema.TaggedError<VectorMissing>()("VectorMissing", {
  server: Schema.String,
  needed: Schema.String,
  found: Schema.optionalKey(Schema.String),
  detail: Schema.optionalKey(Schema.String)
}) {
  override get message() {
    const found = this.found === undefined ? "has none" : `has ${this.found}`
    const detail = this.detail === undefined ? "" : ` (${this.detail})`
    return `The database server ${this.server} needs the extension pgvector ${this.needed} or newer and ${found}${detail}`
  }
}

/** A migration of one package failed; the schema is as it was before. */
export class MigrationFailed extends Schema.TaggedError<MigrationFailed>()("MigrationFailed", {
  /** Whose set of migrations. */
  owner: Schema.String,
  detail: Schema.String,
  cause: Schema.Defect()
}) {
  override get message() {
    return `The migrations of ${this.owner} failed: ${this.detail}`
  }
}

export const StoreErrorReason = Schema.Union([
  StoreLocked,
  StoreUnwritable,
  StoreFull,
  StoreCorrupt,
  StoreVersionMismatch,
  StoreCrashed,
  StoreUnreachable,
  VectorMissing,
  MigrationFailed
])
export type StoreErrorReason = typeof StoreErrorReason.Type

/**
 * The store cannot be opened. `reason` says why:
 *
 * ```ts
 * program.pipe(Effect.catchReason("StoreError", "StoreLocked", ({ pid }) => Effect.log(`in use by ${pid}`)))
 * ```
 *
 * Queries fail with `SqlError` of `effect/sql`. When the embedded database crashes, the `SqlError` is a
 * `ConnectionError` whose `cause` is a {@link StoreCrashed}.
 */
export class StoreError extends Schema.TaggedError<StoreError>()("StoreError", { reason: StoreErrorReason }) {
  override get message() {
    return this.reason.message
  }
}
