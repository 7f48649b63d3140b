import type { MessagePort } from "node:worker_threads"

/** What the thread of the embedded database is told at its start. */
export interface ThreadData {
  /** The directory of the database, or nothing for one in memory. */
  readonly directory: string | undefined
  /** Whether a commit waits until it is on the disk. */
  readonly durable: boolean
  /** Milliseconds after which a transaction in which nothing is asked is rolled back, and its connection ended. */
  readonly idleInTransactionTimeout: number
  /** A file that keeps what a new database in memory is made from, written by the first that finds it missing. */
  readonly template?: string | undefined
}

/** To the thread: a connection to serve, or to write everything down and end. */
export type ToThread = { readonly _tag: "Connect"; readonly port: MessagePort } | { readonly _tag: "Close" }

/** From the thread: open, or ended with what PostgreSQL last said. */
export type FromThread = { readonly _tag: "Ready" } | { readonly _tag: "Failed"; readonly detail: string }
