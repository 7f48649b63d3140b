import { Schema } from "effect"

/** `*` stands for any number of characters, `?` for one; capital and small letters are the same. */
export const Pattern = Schema.NonEmptyString.check(
  Schema.isMaxLength(256),
  // Half a surrogate pair is no text, and PostgreSQL keeps none in a JSON document.
  Schema.isPattern(/^[^\p{Cc}\p{Cs}]*$/u, {
    expected: "a pattern without control characters and halves of surrogate pairs"
  })
).annotate({
  identifier: "Pattern",
  description: "A name in which * stands for any number of characters and ? for one. Case does not matter."
})
export type Pattern = typeof Pattern.Type

/**
 * Whether a name fits a pattern. Takes time in proportion to the product of both lengths at worst, whatever the pattern:
 * a regular expression made from one with many stars would not.
 */
export const matches = (pattern: Pattern, name: string): boolean => fits(pattern, name, () => true)

/**
 * Whether all that fits the inner pattern surely fits the outer one. `CPU*` covers `CPU1?` and `CPU*`; some that are covered
 * in a roundabout way are not found out.
 */
export const covers = (outer: Pattern, inner: Pattern): boolean =>
  // A star of the inner one may stand for more than the one character that a question mark takes.
  fits(outer, inner, (character) => character !== "*")

const fits = (pattern: Pattern, name: string, isOne: (character: string | undefined) => boolean): boolean => {
  const wanted = [...pattern.toUpperCase()]
  const given = [...name.toUpperCase()]
  let at = 0
  let star = -1
  let retry = 0
  for (let i = 0; i < given.length; ) {
    if (wanted[at] === "*") {
      star = at++
      retry = i
    } else if ((wanted[at] === "?" && isOne(given[i])) || (at < wanted.length && wanted[at] === given[i])) {
      at++
      i++
    } else if (star >= 0) {
      at = star + 1
      i = ++retry
    } else {
      return false
    }
  }
  while (wanted[at] === "*") at++
  return at === wanted.length
}
