import { createHash } from "node:crypto"
import { Effect } from "effect"
import type { Chunk } from "../chunking/Chunk.ts"
import type { PreparedPassage } from "./PreparedPassages.ts"
import { readPassage } from "./readPassage.ts"
import { type Language, languageOf } from "./text/stopWords.ts"
import { fold, wordsOf } from "./text/Word.ts"

/** The words that a passage is embedded from. */
export const embeddedText = (title: string, { headings, text }: Pick<Chunk, "headings" | "text">): string =>
  [title, headings.join(" > "), text].filter((part) => part !== "").join("\n")

/** Read between two breaths of the event loop: about five milliseconds' worth. */
const slice = 16

/** The language of a document: that of its beginning, for tables and code that do not tell. */
const documentLanguage = (passages: ReadonlyArray<Chunk>): Language =>
  languageOf(passages.slice(0, 40).flatMap(({ text }) => wordsOf(text).map((word) => fold(word.text))))

/** Reads the terms and fields of a document's passages, letting others run in between. */
export const preparePassages = Effect.fnUntraced(function* (title: string, passages: ReadonlyArray<Chunk>) {
  const language = documentLanguage(passages)
  const prepared: Array<PreparedPassage> = []
  for (let from = 0; from < passages.length; from += slice) {
    for (const passage of passages.slice(from, from + slice)) {
      const own = languageOf(
        wordsOf(passage.text).map((word) => fold(word.text)),
        language
      )
      const contentHash = createHash("sha256").update(embeddedText(title, passage)).digest("hex")
      prepared.push({ ...passage, ...readPassage({ ...passage, title }, own), contentHash })
    }
    yield* Effect.yieldNow
  }
  return prepared
})
