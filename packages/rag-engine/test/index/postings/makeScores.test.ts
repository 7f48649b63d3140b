import { assert, describe, it } from "@effect/vitest"
import { makeScores } from "@resync/rag-engine/index/postings/makeScores"
import { encodePostings } from "@resync/rag-engine/index/postings/Posting"
import { bm25 } from "@resync/rag-engine/index/query/Bm25"
import { Schema } from "effect"

const int = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

/** Passages next to each other, at the borders of pages, and far apart. */
const Passage = Schema.Literals([1, 2, 3, 255, 256, 257, 511, 512, 4000, 1_000_000, 2_147_483_646, 2_147_483_647])

const Posting = Schema.Struct({
  passage: Passage,
  body: int(0, 40),
  title: int(0, 3),
  heading: int(0, 3),
  length: int(1, 400)
})

const Term = Schema.Struct({
  weight: Schema.Finite.check(Schema.isBetween({ minimum: 0.01, maximum: 9 })),
  inTitles: Schema.Literals([1, 4]),
  exact: Schema.Boolean,
  blocks: Schema.Array(Schema.Array(Posting).check(Schema.isMaxLength(12))).check(Schema.isMaxLength(3))
})

const averageLength = 80

describe("makeScores", () => {
  it.prop(
    "finds what going through all passages finds, in the same order",
    [
      Schema.Array(Term).check(Schema.isMaxLength(6)),
      int(1, 6),
      Schema.Array(Passage).check(Schema.isMaxLength(4)),
      Schema.NullOr(Schema.Array(Passage))
    ],
    ([asked, limit, also, allowed]) => {
      const scores = makeScores(bm25, averageLength)
      const expected = new Map<number, { passage: number; score: number; exact: number }>()
      asked.forEach(({ blocks, exact, inTitles, weight }, id) => {
        for (const block of blocks) {
          scores.add({ id, text: "", passages: 1, weight, inTitles, exact }, encodePostings(block))
          for (const { body, heading, length, passage, title } of block) {
            const often =
              body / (1 - bm25.b + (bm25.b / averageLength) * length) +
              inTitles * (bm25.title * title + bm25.heading * heading)
            const one = expected.get(passage) ?? { passage, score: 0, exact: 0 }
            one.score += (weight * (bm25.k1 + 1) * often) / (often + bm25.k1)
            one.exact += exact ? 1 : 0
            expected.set(passage, one)
          }
        }
      })
      const ranked = [...expected.values()]
        .filter(({ passage }) => allowed?.some((one) => one === passage) !== false)
        .toSorted((a, b) => b.exact - a.exact || b.score - a.score || a.passage - b.passage)
      assert.deepStrictEqual(
        scores.best({ limit, also, allowed: allowed === null ? undefined : new Set(allowed) }),
        ranked.filter(({ passage }, place) => place < limit || also.some((one) => one === passage))
      )
    }
  )

  it("takes the memory of the passages that are found, however far apart they are", () => {
    const found = 1000
    const apart = Math.floor(2 ** 31 / found)
    const postings = encodePostings(
      Array.from({ length: found }, (_, i) => ({ passage: i * apart, body: 1, title: 0, heading: 0, length: 80 }))
    )
    const before = process.memoryUsage().arrayBuffers
    const scores = makeScores(bm25, averageLength)
    scores.add({ id: 1, text: "", passages: found, weight: 1, inTitles: 1, exact: false }, postings)
    assert.isBelow(process.memoryUsage().arrayBuffers - before, 3_000_000)
    assert.strictEqual(scores.best({ limit: found, also: [], allowed: undefined }).length, found)
  })
})
