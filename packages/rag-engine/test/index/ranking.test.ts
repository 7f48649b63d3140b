import { assert, describe, it } from "@effect/vitest"
import { chunkDocument } from "@resync/rag-engine/chunking/chunkDocument"
import type { FoundPassage } from "@resync/rag-engine/index/search/FoundPassage"
import { expand } from "@resync/rag-engine/index/search/feedback"
import { foldDuplicates } from "@resync/rag-engine/index/search/foldDuplicates"
import { type Candidate, fuse, fuseByRank } from "@resync/rag-engine/index/search/fuse"
import { mergeNeighbours } from "@resync/rag-engine/index/search/mergeNeighbours"
import { lexicalWeight, margin } from "@resync/rag-engine/index/search/weigh"
import { parseMarkdown } from "@resync/rag-engine/parsing/formats/markdown"
import { Schema } from "effect"
import { documentId } from "./Library.ts"

const between = (minimum: number, maximum: number) => Schema.Finite.check(Schema.isBetween({ minimum, maximum }))

const candidates = Schema.Array(
  Schema.Struct({
    lexical: between(0, 40),
    vector: between(-1, 1),
    exact: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 3 }))
  })
).check(Schema.isMaxLength(40))

describe("fuse", () => {
  it.prop(
    "keeps scores between 0 and 1, and puts passages with more of the ids first",
    [candidates, between(0, 1)],
    ([scores, lexicalWeight]) => {
      const found = scores.map((one, passage) => ({ ...one, passage }))
      for (const bring of [fuse, fuseByRank]) {
        const ranked = bring(found, { lexicalWeight, identifiers: 3 })
        assert.sameMembers(
          ranked.map(({ passage }) => passage),
          found.map(({ passage }) => passage)
        )
        ranked.forEach(({ exact, score }, i) => {
          assert.isTrue(score >= 0 && score <= 1)
          const next = ranked[i + 1]
          // With the best mean of all a passage may reach the worst of those with one id more.
          assert.isTrue(next === undefined || next.score < score || (next.score === score && next.exact <= exact + 1))
          assert.isTrue(next === undefined || next.exact <= exact || next.score === score)
        })
      }
    }
  )

  it("is one kind of search alone at either end of the weight", () => {
    const found: ReadonlyArray<Candidate> = [
      { passage: 1, lexical: 9, vector: 0.1, exact: 0 },
      { passage: 2, lexical: 3, vector: 0.9, exact: 0 }
    ]
    assert.strictEqual(fuse(found, { lexicalWeight: 1, identifiers: 0 })[0]?.passage, 1)
    assert.strictEqual(fuse(found, { lexicalWeight: 0, identifiers: 0 })[0]?.passage, 2)
  })
})

describe("lexicalWeight", () => {
  const signals = { queryClass: "semantic", coverage: 1, lexicalMargin: 0.2, vectorMargin: 0.2 } as const

  it("leaves more to meaning where words are missing, and to the ranking that singles out a passage", () => {
    assert.isBelow(lexicalWeight({ ...signals, coverage: 0.5 }), lexicalWeight(signals))
    assert.isAbove(lexicalWeight({ ...signals, lexicalMargin: 0.5 }), lexicalWeight(signals))
    assert.isBelow(lexicalWeight({ ...signals, vectorMargin: 0.5 }), lexicalWeight(signals))
    assert.isAbove(lexicalWeight({ ...signals, queryClass: "exact" }), lexicalWeight(signals))
  })

  it("measures how far the best stands out", () => {
    assert.strictEqual(margin([]), 0)
    assert.strictEqual(margin([3, 3, 3]), 0)
    assert.strictEqual(margin([1, 4, 1]), 0.75)
  })
})

describe("expand", () => {
  const query = [{ id: 1, text: "wing", passages: 10, weight: 2, inTitles: 1, exact: false }]
  const passages = [
    { passage: 1, terms: [1, 7, 8], counts: [1, 3, 1], score: 1 },
    { passage: 2, terms: [7, 9], counts: [2, 1], score: 0.5 }
  ]
  const having = new Map([
    [1, 10],
    [7, 10],
    [8, 10],
    [9, 1]
  ])

  it("adds what the best passages have in common, and leaves most to the question", () => {
    const expanded = new Map(expand(query, passages, having, 100).map(({ id, weight }) => [id, weight]))
    assert.isAbove(expanded.get(1) ?? 0, 0.75)
    assert.isAbove(expanded.get(7) ?? 0, expanded.get(8) ?? 0)
    assert.isFalse(expanded.has(9), "a term of one passage leads to that passage alone")
    assert.approximately(
      [...expanded.values()].reduce((sum, weight) => sum + weight, 0),
      1,
      1e-9
    )
  })

  it("leaves a question alone that nothing is known of", () => {
    assert.deepStrictEqual(expand(query, [], having, 100), query)
  })
})

/** The passages of a text as search reads them. */
const passagesOf = (text: string, maxTokens: number, document = 1): ReadonlyArray<FoundPassage> =>
  chunkDocument(String(document), parseMarkdown(text), { maxTokens, overlapTokens: 8 }).map((chunk, key) => ({
    key: document * 1000 + key,
    id: chunk.id as FoundPassage["id"],
    documentId: documentId(document),
    title: "T",
    source: null,
    authority: "working",
    ordinal: chunk.ordinal,
    headings: chunk.headings,
    page: null,
    text: chunk.text,
    lead: chunk.lead ?? 0,
    start: chunk.start,
    end: chunk.end,
    contentHash: chunk.id,
    length: 1,
    terms: chunk.text.split(/\W+/).map((word) => word.length * 31 + word.charCodeAt(0))
  }))

const rank = { passage: 0, lexical: 1, vector: 0, exact: 0, normalized: { lexical: 1, vector: 0 }, score: 1 }
const found = (passage: FoundPassage) => ({ passage, rank, duplicates: [] })

describe("mergeNeighbours", () => {
  const sentence = Schema.Literals([
    "The gauge is cobalt and round.",
    "A lever moves it.",
    "Nobody is to touch the dial.",
    "It rests."
  ])
  const paragraph = Schema.Array(sentence).check(Schema.isMinLength(1), Schema.isMaxLength(12))
  const paragraphs = Schema.Array(paragraph).check(Schema.isMinLength(1), Schema.isMaxLength(6))

  it.prop("makes of passages next to each other the text that they were cut from", [paragraphs], ([written]) => {
    const text = `# One\n\n${written.map((sentences) => sentences.join(" ")).join("\n\n")}`
    const document = parseMarkdown(text).text
    for (const { end, passages, start, text: merged } of mergeNeighbours(passagesOf(text, 24).map(found), 50)) {
      assert.isAtMost(passages.length, 4)
      assert.strictEqual(merged, document.slice(start, end).trimEnd())
    }
  })

  it("repeats the header of a table once", () => {
    const rows = Array.from({ length: 12 }, (_, i) => `| code ${i} | what number ${i} means |`).join("\n")
    const passages = passagesOf(`# Codes\n\n| Code | Meaning |\n| --- | --- |\n${rows}`, 60)
    assert.isAbove(passages.length, 1)
    for (const { text } of mergeNeighbours(passages.map(found), 10))
      assert.strictEqual(text.split("Code | Meaning").length, 2)
  })

  it("never merges across headings or documents, whatever the order they were found in", () => {
    const text = "# One\n\nFirst.\n\n## Two\n\nSecond."
    const all = [...passagesOf(text, 24), ...passagesOf(text, 24, 2)].toReversed()
    assert.strictEqual(mergeNeighbours(all.map(found), 10).length, all.length)
  })
})

describe("foldDuplicates", () => {
  const text =
    "# One\n\nThe gauge of the boiler is cobalt and the lever next to it moves the crimson valve of the pump twice a day."

  it("folds what says the same into the word of higher authority, and names the other documents", () => {
    const [first] = passagesOf(text, 100)
    const [second] = passagesOf(text, 100, 2)
    if (first === undefined || second === undefined) return assert.fail()
    const folded = foldDuplicates([
      [first, rank],
      [{ ...second, authority: "vendor" }, rank]
    ])
    assert.deepStrictEqual(
      folded.map(({ duplicates, passage }) => [passage.documentId, duplicates]),
      [[documentId(2), [documentId(1)]]]
    )
  })

  it("keeps what differs", () => {
    const [first] = passagesOf(text, 100)
    const [second] = passagesOf(
      text.replace("cobalt and the lever next to it moves", "gone; call the night shift before you open"),
      100,
      2
    )
    if (first === undefined || second === undefined) return assert.fail()
    assert.strictEqual(
      foldDuplicates([
        [first, rank],
        [second, rank]
      ]).length,
      2
    )
  })
})
