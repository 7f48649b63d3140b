/**
 * Makes a test for a pattern in which `@` stands for any text and `?` for one character. Linear in the length of the
 * text for each wildcard, so no pattern can make it slow.
 */
export const like = (pattern: string): ((text: string) => boolean) => {
  if (!pattern.includes("@") && !pattern.includes("?")) return (text) => text === pattern
  return (text) => {
    let t = 0
    let p = 0
    let wildcard = -1
    let resume = 0
    while (t < text.length) {
      const c = pattern[p]
      if (c !== "@" && (c === "?" || c === text[t])) {
        t++
        p++
      } else if (c === "@") {
        wildcard = p++
        resume = t
      } else if (wildcard >= 0) {
        p = wildcard + 1
        t = ++resume
      } else return false
    }
    while (pattern[p] === "@") p++
    return p === pattern.length
  }
}
