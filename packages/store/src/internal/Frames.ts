/** Messages of PostgreSQL's protocol, version 3: https://www.postgresql.org/docs/18/protocol-message-formats.html */
import { Buffer } from "node:buffer"

const startup = 196_608

/** The first message of a connection has no type, only its length and the version of the protocol. */
export const isStartup = (bytes: Uint8Array) =>
  bytes.length >= 8 && new DataView(bytes.buffer, bytes.byteOffset).getInt32(4) === startup

/** What a connection asks for at its start, after the length and the version: names and values, each ended by a NUL. */
export const startupParameters = (bytes: Uint8Array): ReadonlyMap<string, string> => {
  const texts = Buffer.from(bytes.subarray(8)).toString().split("\0")
  const parameters = new Map<string, string>()
  for (let at = 0; at + 1 < texts.length && texts[at] !== ""; at += 2) {
    parameters.set(texts[at] as string, texts[at + 1] as string)
  }
  return parameters
}

/**
 * Puts chunks together to batches of whole messages, the startup message alone. What comes in one chunk stays in one
 * batch: a statement is several messages, and PGlite answers a batch at once.
 */
export const splitter = () => {
  let rest: Uint8Array = new Uint8Array(0)
  let started = false
  return (chunk: Uint8Array): ReadonlyArray<Uint8Array> => {
    const bytes = rest.length === 0 ? chunk : new Uint8Array(Buffer.concat([rest, chunk]))
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    const batches: Array<Uint8Array> = []
    let from = 0
    if (!started) {
      if (bytes.length < 4 || bytes.length < view.getInt32(0)) {
        rest = bytes
        return []
      }
      started = true
      from = view.getInt32(0)
      batches.push(bytes.slice(0, from))
    }
    let to = from
    while (to + 5 <= bytes.length && to + 1 + view.getInt32(to + 1) <= bytes.length) to += 1 + view.getInt32(to + 1)
    if (to > from) batches.push(bytes.slice(from, to))
    rest = bytes.slice(to)
    return batches
  }
}

/** Pieces of an answer in as few as make sense: at most 1 MiB each, so that a large answer flows while it is read. */
export const gather = (pieces: ReadonlyArray<Uint8Array>): ReadonlyArray<Uint8Array<ArrayBuffer>> => {
  const wholes: Array<Uint8Array<ArrayBuffer>> = []
  let held: Array<Uint8Array> = []
  let size = 0
  const flush = () => {
    if (size > 0) wholes.push(new Uint8Array(Buffer.concat(held)))
    held = []
    size = 0
  }
  for (const piece of pieces) {
    if (size + piece.length > 1_048_576) flush()
    held.push(piece)
    size += piece.length
  }
  flush()
  return wholes
}

const frame = (type: string, text: string) => {
  const body = Buffer.from(text)
  const head = Buffer.alloc(5)
  head.write(type)
  head.writeInt32BE(body.length + 4, 1)
  return new Uint8Array(Buffer.concat([head, body]))
}

const query = (text: string) => frame("Q", `${text}\0`)

const sync = new Uint8Array([0x53, 0, 0, 0, 4])

/** Ends what another connection left open, and forgets its settings, prepared statements and temporary tables. */
export const reset: ReadonlyArray<Uint8Array> = [sync, query("ROLLBACK"), query("DISCARD ALL")]

/** Where unqualified names are looked up. PGlite does not read it from the startup message, as a server does. */
export const searchPath = (names: string): Uint8Array =>
  query(`SELECT pg_catalog.set_config('search_path', '${names.replaceAll("'", "''")}', false)`)

const [readyForQuery, idle] = Buffer.from("ZI")

/** Whether an answer is done and leaves its connection within a transaction, as the last message of it says. */
export const leavesTransaction = (answer: Uint8Array): boolean =>
  answer[answer.length - 6] === readyForQuery && answer[answer.length - 1] !== idle

/** What a server says to a connection that it ends since nothing was asked within its transaction for too long. */
export const idleInTransaction = frame(
  "E",
  "SFATAL\0VFATAL\0C25P03\0Mterminating connection due to idle-in-transaction timeout\0\0"
)
