/** A word of a text, where it stands (UTF-16, the end not included), as it was written. */
export interface Word {
  readonly text: string
  readonly start: number
  readonly end: number
}

/** Letters and digits, held together by the marks that names and numbers are made with. */
const pattern = /[\p{L}\p{N}][\p{L}\p{M}\p{N}]*(?:[._\-/#@$&:'’]+[\p{L}\p{N}][\p{L}\p{M}\p{N}]*)*/gu
const parts = /[\p{L}\p{N}][\p{L}\p{M}\p{N}]*/gu
/** Where a name in camel case is made of several: between small and capital, and before the last of several capitals. */
const humps = /(?<=[\p{Ll}\p{N}])(?=\p{Lu}\p{Ll})|(?<=\p{Ll})(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll}{2})/u

/** The words of a text. What is joined by a mark is one word: `EU-HQ1#PAYROLL.LOAD`, `high-speed`, `job's`. */
export const wordsOf = (text: string): ReadonlyArray<Word> =>
  [...text.matchAll(pattern)].map(({ 0: word, index }) => ({ text: word, start: index, end: index + word.length }))

/** What a word is made of: `max_objectAffected` of `max`, `object` and `Affected`. */
export const partsOf = (word: string): ReadonlyArray<string> =>
  (word.match(parts) ?? []).flatMap((part) =>
    /\p{Ll}\p{Lu}|\p{Lu}{2}\p{Ll}{2}/u.test(part) ? part.split(humps) : [part]
  )

/** Small letters without accents: the same for `Ação`, `AÇÃO` and `acao`. */
export const fold = (word: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what is ASCII already is most of all words
  /^[\x00-\x7f]*$/.test(word) ? word.toLowerCase() : word.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase()
