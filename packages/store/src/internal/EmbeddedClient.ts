import * as PgClient from "@effect/sql-pg/PgClient"
import { Duration } from "effect"
import type { DatabaseThread } from "./DatabaseThread.ts"

/** A client on one connection, which is all that the embedded database has. */
export const make = (thread: DatabaseThread, searchPath?: string) =>
  PgClient.make({
    stream: thread.connect,
    username: "postgres",
    database: "postgres",
    ssl: false,
    applicationName: "resync",
    ...(searchPath === undefined ? {} : { startupParameters: { search_path: searchPath } }),
    maxConnections: 1,
    minConnections: 1,
    idleTimeout: Duration.infinity,
    // A connection waits for the query that is running; that the thread is gone shows by itself.
    connectTimeout: Duration.infinity,
    maxMessageSize: 1_073_741_823
  })
