import { fieldTerm, nameKinds } from "../fields/fieldTerm.ts"
import { recognize } from "../fields/recognize.ts"
import { stem } from "../text/stem.ts"
import { type Language, languageOf } from "../text/stopWords.ts"
import { termsOf } from "../text/termsOf.ts"
import { fold, wordsOf } from "../text/Word.ts"
import { synonymsOf } from "./synonyms.ts"

/** What is looked for. Terms are counted by how often they are asked for. */
export interface ParsedQuery {
  readonly text: string
  /** The words of the question. */
  readonly terms: ReadonlyMap<string, number>
  /** Terms that mean the same, and how much they count beside those of the question. */
  readonly related: ReadonlyMap<string, number>
  /** Message ids, return codes, commands and names that the question shows to be such, as terms. */
  readonly fields: ReadonlySet<string>
  /** Words that are names if the index knows them as such, as terms of each kind of name. */
  readonly names: ReadonlySet<string>
  /** Words in quotation marks, which have to stand next to each other, folded. */
  readonly phrases: ReadonlyArray<string>
}

/** How much a synonym counts beside the word itself. */
const synonymWeight = 0.25

/** A word that is written as names of the plan are: in capitals, or with digits or underscores in it. */
const mayBeName = (word: string) => /^[\p{Lu}\p{N}_#@/.-]{3,}$/u.test(word) || /\p{L}[\p{L}-]*[\p{N}_#]/u.test(word)

/** Reads a question. Its language is that of its small words; where they do not tell, its words are read in both. */
export const parseQuery = (text: string): ParsedQuery => {
  const words = wordsOf(text)
  const folded = words.map((word) => fold(word.text))
  const language: Language = languageOf(folded)
  const told = languageOf(folded, "portuguese") === language
  const terms = new Map<string, number>()
  for (const { term } of termsOf(text, language)) terms.set(term, (terms.get(term) ?? 0) + 1)
  const related = new Map<string, number>()
  const relate = (term: string, weight: number) => {
    if (!terms.has(term)) related.set(term, Math.max(weight, related.get(term) ?? 0))
  }
  if (!told) {
    for (const word of folded) if (terms.has(stem("english", word))) relate(stem("portuguese", word), 1)
  }
  for (const term of [...terms.keys()]) for (const synonym of synonymsOf(term)) relate(synonym, synonymWeight)
  const fields = new Set(recognize(text).map(({ kind, value }) => fieldTerm(kind, value)))
  const names = new Set(
    words
      .filter((word) => mayBeName(word.text))
      .flatMap((word) => [word.text, ...word.text.split(/[#./]/)])
      .filter((name) => name.length > 1)
      .flatMap((name) => nameKinds.map((kind) => fieldTerm(kind, name)))
  )
  const phrases = [...text.matchAll(/["“”«]([^"“”«»]{2,200})["“”»]/g)]
    .map(([, phrase = ""]) =>
      wordsOf(phrase)
        .map((word) => fold(word.text))
        .join(" ")
    )
    .filter((phrase) => phrase.includes(" "))
  return { text, terms, related, fields, names, phrases }
}
