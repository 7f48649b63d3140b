import { assert, describe, it } from "@effect/vitest"
import { expand, feedback } from "../../src/index/search/feedback.ts"

const asked = { id: 1, text: "spool", passages: 50, weight: 2, inTitles: 1, exact: false }
const passages = 100_000

/** What a question becomes when its best passage has these terms once each. */
const expanded = (having: ReadonlyArray<readonly [term: number, passages: number]>, how = feedback) => {
  const terms = having.map(([term]) => term)
  const counts = terms.map(() => 1)
  return expand([asked], [{ passage: 1, score: 1, terms, counts }], new Map(having), passages, how)
}

describe("feedback", () => {
  it("adds the rarest terms of the best passages, and leaves most of the weight to the question", () => {
    const more = expanded(
      [
        [1, 50],
        [2, 10],
        [3, 20],
        [4, 1]
      ],
      { ...feedback, terms: 2 }
    )
    assert.deepStrictEqual(
      more.map(({ id }) => id),
      [1, 2, 3]
    )
    const [own, second, third] = more.map(({ weight }) => weight)
    assert.approximately(own ?? 0, feedback.share, 1e-9)
    assert.approximately((second ?? 0) + (third ?? 0), 1 - feedback.share, 1e-9)
    assert.isAbove(second ?? 0, third ?? 0)
  })

  it("reads no more postings than it may, and passes by a term that has too many", () => {
    const how = { ...feedback, postings: 100 }
    assert.deepStrictEqual(
      expanded(
        [
          [2, 60],
          [3, 70],
          [4, 40],
          [5, 30]
        ],
        how
      ).map(({ id }) => id),
      [1, 5, 4]
    )
    assert.deepStrictEqual(expanded([[2, 101]], how), [asked])
  })
})
