import { Schema } from "effect"

/**
 * A word of the scheduler's vocabulary that this version does not know: kept as it came, never fatal. Newer engines and
 * other members of the product family (z/OS, Universal Orchestrator) add words to the enumerations of the REST API.
 */
export const UnknownWord = Schema.String.pipe(Schema.brand("@resync/tws/UnknownWord"))
export type UnknownWord = typeof UnknownWord.Type

/**
 * An enumeration that stays open: the known words as literals, any other string as an {@link UnknownWord}. A `switch`
 * over it must therefore have a default, and no answer is lost to a word that was added after this was written.
 *
 * @example
 * ```ts
 * const Colour = openEnum(["RED", "GREEN"])
 * type Colour = typeof Colour.Type // "RED" | "GREEN" | UnknownWord
 * ```
 */
export const openEnum = <const Words extends ReadonlyArray<string>>(words: Words) =>
  Schema.Union([Schema.Literals(words), UnknownWord])
