import { Array as Arr } from "effect"
import type { Grounded, Source } from "./compose.ts"
import { coverage } from "./coverage.ts"
import type { Evidence, Vocabulary } from "./Evidence.ts"
import { addressesModel } from "./injection.ts"
import { sentencesOf } from "./sentences.ts"

/** The sentence of a passage that says most of what a claim says. */
const bestSentence = (vocabulary: Vocabulary, claim: ReadonlySet<string>, passage: Evidence) => {
  const above = vocabulary.terms([passage.title, ...passage.headings].join("\n"))
  return sentencesOf(passage.text)
    .map((sentence) => ({
      sentence,
      share: coverage(vocabulary, claim, new Set([...above, ...vocabulary.terms(sentence.text)]))
    }))
    .reduce((best, next) => (next.share > best.share ? next : best), {
      sentence: { text: passage.text, start: 0, end: passage.text.length },
      share: 0
    })
}

/** Ids, numbers and names in a claim: a model may say other words than the passage, but not another id. */
const identifiers = (text: string): ReadonlyArray<string> =>
  text.match(/\b(?:[A-Z]{3,}\d+[A-Z]?|[A-Z][A-Z0-9_]{2,}#?[A-Z0-9_]+|\d{2,})\b/g) ?? []

/**
 * Binds a sentence that a model wrote to the passages it cites. A cited passage that says too little of it is dropped, and
 * so is a sentence that no passage is left for, that names an id or number that stands in none of them, that has nothing to do
 * with the question, or that rests on words of a passage that speak to the model and not to the reader.
 *
 * @param minimum the share of the claim's words, by weight, that a passage has to hold
 */
export const ground = (
  vocabulary: Vocabulary,
  question: string,
  sentence: string,
  evidence: ReadonlyArray<Evidence>,
  minimum = 0.4
): Grounded | undefined => {
  const numbers = [...sentence.matchAll(/\[(\d{1,3})\]/g)].map(([, number]) => Number(number))
  const text = sentence.replaceAll(/\s*\[\d{1,3}\]/g, "").trim()
  const asked = new Set(vocabulary.terms(question))
  const claim = new Set(vocabulary.terms(text))
  if (claim.size === 0) return undefined
  const sources = Arr.dedupe(numbers).flatMap((number): ReadonlyArray<Source> => {
    const passage = evidence[number - 1]
    if (passage === undefined) return []
    const whole = new Set(vocabulary.terms([passage.title, ...passage.headings, passage.text].join("\n")))
    if (coverage(vocabulary, claim, whole) < minimum) return []
    const { sentence } = bestSentence(vocabulary, claim, passage)
    const near = vocabulary.terms([passage.title, ...passage.headings, sentence.text].join("\n"))
    if (addressesModel(sentence.text) || coverage(vocabulary, asked, new Set([...claim, ...near])) === 0) return []
    return [{ passage, quote: sentence.text, at: sentence.start }]
  })
  const said = sources.map(({ passage }) => [passage.title, ...passage.headings, passage.text].join("\n")).join("\n")
  if (!identifiers(text).every((identifier) => said.includes(identifier))) return undefined
  return Arr.isReadonlyArrayNonEmpty(sources) ? { text, sources } : undefined
}
