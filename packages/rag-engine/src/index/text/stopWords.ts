/** Words that say nothing of what a text is about, accents taken off. */
const english = new Set(
  `a about above after again against all also although am an and any are as at be because been before being below between both but by
  can could did do does doing done down during each either few for from further had has have having he her here hers him his how i if in into
  is it its itself just like may me might more most must my no nor not of off on once only or other our out over own per rather same shall
  she should since so some such than that the their them then there these they this those through thus to too under until up upon us very
  was we were what when where whether which while who whom whose why will with within without would you your yours`.split(
    /\s+/
  )
)

const portuguese = new Set(
  `a ao aos apos aquela aquelas aquele aqueles aquilo as ate cada com como da das de dela delas dele deles depois do dos e ela elas ele
  eles em entao entre era eram essa essas esse esses esta estao estas estava este estes eu foi for foram ha isso isto ja la lhe lhes mais mas
  me mesma mesmo meu meus minha muito muitos na nao nas nem no nos nossa nosso num numa o onde os ou para pela pelas pelo pelos perante pode
  podem por porem porque qual quais quando que quem se seja sem sendo ser sera seu seus sob sobre sua suas tambem tao te tem ter toda todas
  todo todos tu um uma umas uns voce voces`.split(/\s+/)
)

/** The languages that are read. */
export type Language = "english" | "portuguese"

const byLanguage = { english, portuguese }

/** Whether a word, in small letters without accents, says nothing by itself. */
export const isStopWord = (language: Language, word: string): boolean => byLanguage[language].has(word)

/** How words end in Portuguese only: execucao, execucoes, conexao, divisoes. */
const portugueseEnding = /[csx](?:ao|oes)$/

/**
 * The language of a text by the small words in it, and by endings that only one has; `fallback` where they do not tell.
 * Words that are in both lists, as "as" and "no", count for neither.
 */
export const languageOf = (words: ReadonlyArray<string>, fallback: Language = "english"): Language => {
  let balance = 0
  for (const word of words) {
    const en = english.has(word)
    const pt = portuguese.has(word) || portugueseEnding.test(word)
    if (en !== pt) balance += en ? 1 : -1
  }
  return balance === 0 ? fallback : balance > 0 ? "english" : "portuguese"
}
