import { Schema } from "effect"

/** `*` stands for any number of characters, `?` for one; capital and small letters are the same. */
export const Pattern = Schema.NonEmptyString.check(Schema.isMaxLength(256)).annotate({
  identifier: "Pattern",
  description: "A name in which * stands for any number of characters and ? for one. Case does not matter."
})
export type Pattern = typeof Pattern.Type

/**
 * Whether a name fits a pattern. Takes time in proportion to the product of both lengths at worst, whatever the pattern:
 * a regular expression made from one with many stars would not.
 */
export const matches = (pattern: Pattern, name: string): boolean => {
  const wanted = [...pattern.toUpperCase()]
  const given = [...name.toUpperCase()]
  let at = 0
  let star = -1
  let retry = 0
  for (let i = 0; i < given.length; ) {
    if (wanted[at] === "*") {
      star = at++
      retry = i
    } else if (wanted[at] === "?" || (at < wanted.length && wanted[at] === given[i])) {
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
