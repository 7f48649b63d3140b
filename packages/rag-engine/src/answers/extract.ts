import { askedTerms, coverage } from "./coverage.ts"
import type { Evidence, Vocabulary } from "./Evidence.ts"
import { addressesModel } from "./injection.ts"
import { type Sentence, sentencesOf } from "./sentences.ts"

/** A sentence chosen for an answer, with the passage it stands in. */
export interface Chosen extends Sentence {
  readonly passage: Evidence
}

interface Candidate extends Chosen {
  /** Its own words, and those of the titles above it. */
  readonly own: ReadonlySet<string>
  readonly titles: ReadonlySet<string>
  readonly rank: number
  /** Its place within the passage. */
  readonly place: number
}

/** Passages further down count less. */
const decay = (rank: number) => 1 / (1 + rank / 4)

/** Sentences further down in a passage too: it begins with what it is about. */
const lead = (place: number) => 1 / (1 + place / 4)

/**
 * Chooses the sentences that together say most of what was asked: one at a time the sentence that adds the most weight of
 * words not yet said, long ones, late ones and those of lower passages at a discount; then those after the first, which most
 * often says what to do. They come back in the order of their passages.
 */
export const extract = (
  vocabulary: Vocabulary,
  question: string,
  evidence: ReadonlyArray<Evidence>,
  maxSentences = 5
): ReadonlyArray<Chosen> => {
  const asked = askedTerms(vocabulary, question)
  const candidates = evidence.flatMap((passage, rank): ReadonlyArray<Candidate> => {
    const titles = new Set(vocabulary.terms([passage.title, ...passage.headings].join("\n")))
    return sentencesOf(passage.text)
      .filter(({ text }) => !addressesModel(text))
      .map((sentence, place) => ({
        ...sentence,
        passage,
        rank,
        place,
        own: new Set(vocabulary.terms(sentence.text)),
        titles
      }))
  })
  const chosen: Array<Candidate> = []
  const said = new Set<string>()
  while (chosen.length < maxSentences) {
    const left = new Set([...asked].filter((term) => !said.has(term)))
    let best: Candidate | undefined
    let most = 0
    for (const candidate of candidates) {
      if (chosen.includes(candidate)) continue
      const own = coverage(vocabulary, left, candidate.own)
      // What only the titles say leads to a passage, and does not make a second sentence worth reading.
      const titles = chosen.length === 0 ? coverage(vocabulary, left, candidate.titles) : 0
      const value =
        ((own + titles / 2) * decay(candidate.rank) * lead(candidate.place)) / (1 + candidate.text.length / 600)
      if (value > most) {
        best = candidate
        most = value
      }
    }
    if (best === undefined) break
    chosen.push(best)
    for (const term of best.own) said.add(term)
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
