/** Plurals, longest first: what a word ends with, what it ends with then, and how long the rest has to be. */
const plurals: ReadonlyArray<readonly [string, string, number]> = [
  ["coes", "cao", 2],
  ["soes", "sao", 2],
  ["oes", "ao", 3],
  ["aes", "ao", 3],
  ["ais", "al", 2],
  ["eis", "el", 2],
  ["ois", "ol", 2],
  ["ns", "m", 2],
  ["res", "r", 3],
  ["zes", "z", 2],
  ["s", "", 3]
]

/** Endings of nouns, adjectives and verbs, longest first, with the least length of what is left. */
const endings: ReadonlyArray<readonly [string, number]> = [
  ["amentos", 3],
  ["imentos", 3],
  ["amento", 3],
  ["imento", 3],
  ["adores", 3],
  ["idades", 4],
  ["adora", 3],
  ["idade", 4],
  ["mente", 4],
  ["acao", 3],
  ["icao", 4],
  ["ador", 3],
  ["edor", 3],
  ["idor", 3],
  ["ante", 3],
  ["encia", 3],
  ["ancia", 3],
  ["avel", 3],
  ["ivel", 3],
  ["ando", 3],
  ["endo", 3],
  ["indo", 3],
  ["aram", 3],
  ["eram", 3],
  ["iram", 3],
  ["aria", 3],
  ["cao", 3],
  ["sao", 3],
  ["ado", 3],
  ["ada", 3],
  ["ido", 3],
  ["ida", 3],
  ["ou", 3],
  ["eu", 4],
  ["iu", 3],
  ["am", 3],
  ["em", 3],
  ["ar", 3],
  ["er", 3],
  ["ir", 3],
  ["a", 3],
  ["e", 3],
  ["o", 3]
]

/**
 * A light stem of a Portuguese word, given in small letters without accents: the plural is taken off, then one ending. It
 * brings forms of one word together (`execucao`, `execucoes`, `executado`, `executar` become `execu` or `execut`).
 */
export const stemPortuguese = (word: string): string => {
  let stem = word
  const plural = plurals.find(([ending, , rest]) => stem.endsWith(ending) && stem.length - ending.length >= rest)
  if (plural !== undefined) stem = stem.slice(0, -plural[0].length) + plural[1]
  const ending = endings.find(([ending, rest]) => stem.endsWith(ending) && stem.length - ending.length >= rest)
  if (ending !== undefined) stem = stem.slice(0, -ending[0].length)
  return stem.length > 4 && stem.endsWith("ut") ? stem.slice(0, -1) : stem
}
