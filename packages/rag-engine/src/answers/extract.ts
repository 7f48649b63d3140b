import { coverage } from "./coverage.ts"
import { type Evidence, type Vocabulary } from "./Evidence.ts"
import { addressesModel } from "./injection.ts"
import { type Sentence, sentencesOf } from "./sentences.ts"

/** A sentence chosen for an answer, with the passage it stands in. */
export interface Chosen extends Sentence {
  readonly passage: Evidence
}

interface Candidate extends Chosen {
  /** Its words and those of the titles above it. */
  readonly terms: ReadonlySet<string>
  /** Its words alone. */
  readonly own: ReadonlySet<string>
  readonly rank: number
  /** Its place in the passage. */
  readonly place: number
}

/** What a further sentence has to add of the question, by weight. */
const minimumGain = 0.2

/** Passages further down count less. */
const decay = (rank: number) => 1 / (1 + rank / 4)

/**
 * Chooses the sentences that together say most of what was asked: one at a time the sentence that adds the most weight of
 * words not yet said, long ones and those of lower passages at a discount; then those after the first, which most often say
 * what to do. Where only the titles above say what was asked, a section speaks of it from its first sentence on. They come
 * back in the order of their passages.
 */
export const extract = (
  vocabulary: Vocabulary,
  question: string,
  evidence: ReadonlyArray<Evidence>,
  maxSentences = 5
): ReadonlyArray<Chosen> => {
  const asked = new Set(vocabulary.terms(question))
  const candidates = evidence.flatMap((passage, rank): ReadonlyArray<Candidate> => {
    const above = vocabulary.terms([passage.title, ...passage.headings].join("\n"))
    return sentencesOf(passage.text)
      .filter(({ text }) => !addressesModel(text))
      .map((sentence, place) => {
        const own = new Set(vocabulary.terms(sentence.text))
        return { ...sentence, passage, rank, place, own, terms: new Set([...above, ...own]) }
      })
  })
  const chosen: Array<Candidate> = []
  const said = new Set<string>()
  while (chosen.length < maxSentences) {
    let best: Candidate | undefined
    let gain = 0
    for (const candidate of candidates) {
      if (chosen.includes(candidate)) continue
      const adds = (terms: ReadonlySet<string>) =>
        coverage(vocabulary, asked, new Set([...terms].filter((term) => !said.has(term))))
      const fresh = adds(candidate.terms)
      if (chosen.length > 0 && fresh < minimumGain) continue
      const discount = adds(candidate.own) > 0 ? candidate.text.length / 600 : candidate.place
      const value = (fresh * decay(candidate.rank)) / (1 + discount)
      if (value > gain) {
        best = candidate
        gain = value
      }
    }
    if (best === undefined) break
    chosen.push(best)
    for (const term of best.terms) said.add(term)
  }
  const first = chosen[0]
  if (first !== undefined) {
    const at = candidates.indexOf(first)
    for (const next of candidates.slice(at + 1, at + 1 + maxSentences - chosen.length)) {
      if (next.passage === first.passage && !chosen.includes(next)) chosen.push(next)
    }
  }
  return chosen.toSorted((a, b) => a.rank - b.rank || a.start - b.start)
}
