import { coverage } from "./coverage.ts"
import { type Evidence, type Vocabulary } from "./Evidence.ts"
import { addressesModel } from "./injection.ts"
import { type Sentence, sentencesOf } from "./sentences.ts"

/** A sentence chosen for an answer, with the passage it stands in. */
export interface Chosen extends Sentence {
  readonly passage: Evidence
}

interface Candidate extends Chosen {
  readonly terms: ReadonlySet<string>
  readonly rank: number
}

/** Passages further down count less. */
const decay = (rank: number) => 1 / (1 + rank / 4)

/**
 * Chooses the sentences that together say most of what was asked: one at a time the sentence that adds the most weight of
 * words not yet said, long ones and those of lower passages at a discount; then the sentence after the first, which most
 * often says what to do. They come back in the order of their passages.
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
      .map((sentence) => ({
        ...sentence,
        passage,
        rank,
        terms: new Set([...above, ...vocabulary.terms(sentence.text)])
      }))
  })
  const chosen: Array<Candidate> = []
  const said = new Set<string>()
  while (chosen.length < maxSentences) {
    let best: Candidate | undefined
    let gain = 0
    for (const candidate of candidates) {
      if (chosen.includes(candidate)) continue
      const left = new Set([...asked].filter((term) => !said.has(term)))
      const fresh = coverage(vocabulary, left, candidate.terms) * decay(candidate.rank)
      const value = fresh / (1 + candidate.text.length / 600)
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
