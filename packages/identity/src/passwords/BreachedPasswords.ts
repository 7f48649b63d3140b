import { createHash } from "node:crypto"
import { open } from "node:fs/promises"
import { Effect } from "effect"
import * as HashFile from "./HashFile.ts"
import { ListUnusable } from "./HashFile.ts"

/** A file of passwords themselves is read from its beginning, and may be no longer. */
const longest = 64 * 2 ** 20

/** So much of it at a time, in bytes. */
export const piece = 64 * 2 ** 10

const head = 4_096
const lineFeed = 10
const carriageReturn = 13

const opened = Effect.fnUntraced(function* (name: string) {
  const handle = yield* Effect.acquireRelease(
    HashFile.trying(name, () => open(name)),
    (handle) => Effect.promise(() => handle.close())
  )
  const { size } = yield* HashFile.trying(name, () => handle.stat())
  return { name, handle, size } satisfies HashFile.HashFile
})

const isText = (bytes: Uint8Array): boolean => {
  if (bytes.includes(0)) return false
  try {
    // The end may be in the middle of a character.
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true })
    return true
  } catch {
    return false
  }
}

/** Whether a file is one of hashes or one of passwords, by its first line. */
const kindOf = Effect.fnUntraced(function* (file: HashFile.HashFile) {
  const bytes = yield* HashFile.read(file, 0, head)
  const refuse = (detail: string) => new ListUnusable({ file: file.name, detail })
  if (bytes.length === 0) return yield* refuse("is empty")
  if (!isText(bytes)) return yield* refuse("is no text in UTF-8")
  const [first = ""] = bytes.toString().split("\n")
  // It would be part of the first line, which nobody would then find.
  if (first.startsWith("\uFEFF")) return yield* refuse("begins with a byte order mark, which has to go")
  if (HashFile.hashOf(first) !== undefined) return "hashes"
  if (/^[0-9a-f]+(:\d+)?\r?$/i.test(first) && /[0-9a-f]{32}/i.test(first)) {
    return yield* refuse("begins with a hash that is no SHA-1")
  }
  if (file.size > longest)
    return yield* refuse("is too long for passwords themselves: SHA-1 hashes are needed, in order")
  return "passwords"
})

/** Whether a text is one of the lines of a stretch of a file, which may begin or end with it. */
const hasLine = (
  bytes: Buffer,
  text: Buffer,
  { begins, ends }: { readonly begins: boolean; readonly ends: boolean }
) => {
  for (let at = bytes.indexOf(text); at !== -1; at = bytes.indexOf(text, at + 1)) {
    const next = bytes[at + text.length]
    const isBegun = at === 0 ? begins : bytes[at - 1] === lineFeed
    if (isBegun && (next === undefined ? ends : next === lineFeed || next === carriageReturn)) return true
  }
  return false
}

/** Whether one of the texts is a line of the file. */
const hasOne = Effect.fnUntraced(function* (file: HashFile.HashFile, texts: ReadonlyArray<string>) {
  const wanted = texts.map((text) => Buffer.from(text))
  // Enough of the next piece to see all of a line whose line feed before it is the last of this one, and what ends it.
  const also = Math.max(...wanted.map(({ length }) => length)) + 1
  for (let position = 0; position < file.size; position += piece) {
    const bytes = yield* HashFile.read(file, position, piece + also)
    const edges = { begins: position === 0, ends: position + bytes.length >= file.size }
    if (wanted.some((text) => hasLine(bytes, text, edges))) return true
  }
  return false
})

const sha1 = (text: string) => createHash("sha1").update(text).digest("hex")

/**
 * Fails when a file is no list of breached passwords. It may hold the passwords themselves, one a line, or their SHA-1 hashes
 * in order.
 */
export const check = (name: string): Effect.Effect<void, ListUnusable> =>
  Effect.scoped(
    Effect.gen(function* () {
      const file = yield* opened(name)
      if ((yield* kindOf(file)) === "hashes") yield* HashFile.check(file)
    })
  )

/** Whether a password is in a file, as it is or in small letters. The file is opened each time: a new one counts at once. */
export const has = (name: string, password: string): Effect.Effect<boolean, ListUnusable> =>
  Effect.scoped(
    Effect.gen(function* () {
      const file = yield* opened(name)
      const forms = [...new Set([password, password.toLowerCase()])]
      if ((yield* kindOf(file)) === "passwords") return yield* hasOne(file, forms)
      for (const form of forms) if (yield* HashFile.has(file, sha1(form))) return true
      return false
    })
  )
