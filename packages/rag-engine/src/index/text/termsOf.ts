import { stem } from "./stem.ts"
import { isStopWord, type Language, languageOf } from "./stopWords.ts"
import { fold, partsOf, type Word, wordsOf } from "./Word.ts"

/** A term that a text is found by, and the word it comes from. */
export interface Term extends Omit<Word, "text"> {
  readonly term: string
}

/** Whether a word is a name or an id, which is a term as a whole beside its parts. */
const isName = (word: string) => /[\p{N}_#@]/u.test(word) || /\p{Ll}\p{Lu}/u.test(word)

/** The terms of one word: the stems of its parts, and itself when it is a name made of several. */
const termsOfWord = (language: Language, { end, start, text }: Word): ReadonlyArray<Term> => {
  const parts = partsOf(text)
  const terms = parts.flatMap((part) => {
    const word = fold(part)
    const says = (word.length > 1 || /\p{N}/u.test(word)) && !isStopWord(language, word)
    return says ? [{ term: stem(language, word), start, end }] : []
  })
  return parts.length > 1 && isName(text) ? [...terms, { term: fold(text), start, end }] : terms
}

/** The language of a text; English where its small words do not tell. */
export const languageOfText = (text: string, fallback?: Language): Language =>
  languageOf(
    wordsOf(text).map((word) => fold(word.text)),
    fallback
  )

/**
 * The terms of a text in order: stems without accents, stop words left out, names and ids whole and split. A text and the
 * question that looks for it have to be read in one language; words of another one are cut a little differently.
 */
export const termsOf = (text: string, language: Language = languageOfText(text)): ReadonlyArray<Term> =>
  wordsOf(text).flatMap((word) => termsOfWord(language, word))
