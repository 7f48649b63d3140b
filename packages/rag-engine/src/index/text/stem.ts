import { stemmer as porter } from "@orama/stemmers/english"
import { stemPortuguese } from "./stemPortuguese.ts"
import type { Language } from "./stopWords.ts"

/** Stems of the words that were asked for last: texts repeat themselves, and Porter takes microseconds for each. */
const capacity = 50_000
const caches = { english: new Map<string, string>(), portuguese: new Map<string, string>() }
const stemmers = { english: porter, portuguese: stemPortuguese }

/** The stem of a word in small letters without accents. What holds a digit is a name or a number and stays as it is. */
export const stem = (language: Language, word: string): string => {
  const cache = caches[language]
  const known = cache.get(word)
  if (known !== undefined) return known
  const found = /^[a-z]{3,40}$/.test(word) ? stemmers[language](word) : word
  if (cache.size >= capacity) cache.clear()
  cache.set(word, found)
  return found
}
