import { Effect, Schema } from "effect"

/** The file cannot be read, or is not what it has to be. */
export class ListUnusable extends Schema.TaggedError<ListUnusable>()("ListUnusable", {
  file: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return `${this.file} ${this.detail}`
  }
}

/** What of an open file is used. */
export interface Handle {
  read(
    buffer: Buffer<ArrayBuffer>,
    offset: number,
    length: number,
    position: number
  ): Promise<{ readonly buffer: Buffer; readonly bytesRead: number }>
}

/** A file of lines `HASH` or `HASH:COUNT`, each hash once and the least first, as `haveibeenpwned.com` gives them out. */
export interface HashFile {
  readonly name: string
  readonly handle: Handle
  readonly size: number
}

const line = /^([0-9A-F]{40})(?::\d+)?\r?$/i

/** Longer than any line, its end included. */
const chunk = 256

/** What is no wider than this is read at once. */
const page = 4_096

/** How many lines are looked at to see whether a file is in order. */
const samples = 256

const lineFeed = 10

const unusable = ({ name }: Pick<HashFile, "name">, detail: string) => new ListUnusable({ file: name, detail })

/** What is done with a file, and why it cannot be. */
export const trying = <A>(file: string, use: () => Promise<A>) =>
  Effect.tryPromise({
    try: use,
    catch: (cause) =>
      new ListUnusable({ file, detail: `cannot be read: ${cause instanceof Error ? cause.message : String(cause)}` })
  })

/** Bytes of a file from a position on, fewer at its end. */
export const read = ({ handle, name }: Pick<HashFile, "name" | "handle">, position: number, length: number) =>
  Effect.map(
    trying(name, () => handle.read(Buffer.alloc(length), 0, length, position)),
    ({ buffer, bytesRead }) => buffer.subarray(0, bytesRead)
  )

/** The hash of a line, or nothing when it is none. */
export const hashOf = (text: string): string | undefined => line.exec(text)?.[1]?.toUpperCase()

/** The first line that begins at a position or after it, with where it begins. */
const lineFrom = Effect.fnUntraced(function* (file: HashFile, position: number) {
  // The byte before tells whether one begins here.
  const from = Math.max(0, position - 1)
  const bytes = yield* read(file, from, 2 * chunk)
  const begin = position === 0 ? 0 : bytes.indexOf(lineFeed) + 1
  if (position > 0 && begin === 0 && from + bytes.length < file.size) return yield* unusable(file, "has lines too long")
  if ((position > 0 && begin === 0) || from + begin >= file.size) return undefined
  const end = bytes.indexOf(lineFeed, begin)
  const hash = hashOf(bytes.toString("latin1", begin, end === -1 ? bytes.length : end))
  if (hash === undefined) return yield* unusable(file, "has lines that are no SHA-1 hash")
  return { hash, start: from + begin }
})

/** Whether a hash is in the file, of which some thirty pieces are read, however long it is. */
export const has = Effect.fnUntraced(function* (file: HashFile, hash: string) {
  const wanted = hash.toUpperCase()
  // Where it is, its line begins at `low` or after it and before `high`.
  let low = 0
  let high = file.size
  while (high - low > page) {
    const middle = low + Math.floor((high - low) / 2)
    const found = yield* lineFrom(file, middle)
    if (found?.hash === wanted) return true
    if (found === undefined || found.start >= high || found.hash > wanted) high = middle
    else low = found.start
  }
  const bytes = yield* read(file, low, high - low + chunk)
  return bytes
    .toString("latin1")
    .split("\n")
    .some((text) => hashOf(text) === wanted)
})

/** Fails where lines that are looked at, from all over the file, are no hashes or not in order. */
export const check = Effect.fnUntraced(function* (file: HashFile) {
  let before = ""
  let position = 0
  for (let n = 0; n <= samples; n++) {
    position = Math.max(position, Math.floor((file.size * n) / samples))
    const found = yield* lineFrom(file, position)
    if (found === undefined) return
    if (found.hash <= before) return yield* unusable(file, "is not ordered by hash")
    before = found.hash
    position = found.start + 1
  }
})
