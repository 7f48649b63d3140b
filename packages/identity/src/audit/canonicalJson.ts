import type { Schema } from "effect"

/** PostgreSQL keeps no NUL in a text, and no JSON with half a surrogate pair. */
const storable = (text: string) => text.replaceAll("\0", "\uFFFD").replaceAll(/\p{Surrogate}/gu, "\uFFFD")

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : a > b ? 1 : 0

/**
 * The one text of a JSON value, as RFC 8785 has it: members sorted by the UTF-16 units of their names, no white space, numbers
 * and strings as ECMAScript writes them. Characters that no database keeps are replaced by U+FFFD.
 *
 * ```ts
 * canonicalJson({ b: [1, true], a: "é" }) // => {"a":"é","b":[1,true]}
 * ```
 */
export const canonicalJson = (value: Schema.Json): string => {
  if (typeof value === "string") return JSON.stringify(storable(value))
  if (value === null || typeof value !== "object") return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`
  // Of names that are one after the replacement the last in order stays, however the value was built.
  const members = new Map(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(byName)
      .map(([name, member]) => [storable(name), member] as const)
  )
  const written = [...members].sort(byName).map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`)
  return `{${written.join(",")}}`
}
