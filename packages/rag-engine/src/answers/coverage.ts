import type { Evidence, Vocabulary } from "./Evidence.ts"

/** The share of `asked`, by weight, that is among `found`; 0 when nothing was asked. */
export const coverage = (vocabulary: Vocabulary, asked: ReadonlySet<string>, found: ReadonlySet<string>): number => {
  let all = 0
  let hit = 0
  for (const term of asked) {
    const weight = vocabulary.weight(term)
    all += weight
    if (found.has(term)) hit += weight
  }
  return all === 0 ? 0 : hit / all
}

/** What a passage talks about: its words and those of the titles above it. */
export const termsOf = (vocabulary: Vocabulary, { headings, text, title }: Evidence): ReadonlySet<string> =>
  new Set(vocabulary.terms([title, ...headings, text].join("\n")))

/** Words that only say that something is asked, in English and Portuguese. No passage answers by holding them. */
const asking =
  "mean means meaning explain explanation describe description define definition happen happens tell show know significa significado explica explique descreva define acontece"

/** What a question is about: its words, without those that only ask, unless it has no others. */
export const askedTerms = (vocabulary: Vocabulary, question: string): ReadonlySet<string> => {
  const all = new Set(vocabulary.terms(question))
  const idle = new Set(vocabulary.terms(asking))
  const about = new Set([...all].filter((term) => !idle.has(term)))
  return about.size === 0 ? all : about
}

/**
 * How well the passages speak of what was asked: the best coverage of the question's words, by weight, that one passage
 * reaches. Scores of retrieval are comparable within one question only and say nothing of this.
 */
export const strength = (vocabulary: Vocabulary, question: string, evidence: ReadonlyArray<Evidence>): number => {
  const asked = askedTerms(vocabulary, question)
  return Math.max(0, ...evidence.map((passage) => coverage(vocabulary, asked, termsOf(vocabulary, passage))))
}
