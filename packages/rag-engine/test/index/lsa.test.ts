import { assert, describe, it } from "@effect/vitest"
import { fitInThread } from "@resync/rag-engine/index/lsa/fitInThread"
import { fitLsa } from "@resync/rag-engine/index/lsa/fitLsa"
import { decodeModel, encodeModel, project } from "@resync/rag-engine/index/lsa/LsaModel"
import type { SparseRows } from "@resync/rag-engine/index/lsa/SparseRows"
import { truncatedSvd } from "@resync/rag-engine/index/lsa/truncatedSvd"
import { Effect, Schema } from "effect"

/** A matrix as rows of few entries. */
const sparse = (rows: ReadonlyArray<ReadonlyArray<number>>): SparseRows => {
  const columns = rows[0]?.length ?? 0
  return {
    rows: rows.length,
    columns,
    starts: Int32Array.from({ length: rows.length + 1 }, (_, i) => i * columns),
    indices: Int32Array.from({ length: rows.length * columns }, (_, i) => i % columns),
    values: Float32Array.from(rows.flat())
  }
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0)

/** Passages as lists of term ids. */
const corpus = (passages: ReadonlyArray<ReadonlyArray<number>>) => ({
  starts: Int32Array.from(passages, (_, i) => passages.slice(0, i).flat().length),
  terms: Int32Array.from(passages.flat()),
  counts: Int16Array.from(passages.flat(), () => 1)
})

describe("truncatedSvd", () => {
  const entry = Schema.Int.check(Schema.isBetween({ minimum: -5, maximum: 5 }))
  const row = Schema.Tuple([entry, entry, entry, entry])
  const matrix = Schema.Array(row).check(Schema.isMinLength(4), Schema.isMaxLength(9))

  it.prop("has all of a matrix when it has as many directions", [matrix], ([rows]) => {
    const { dimensions, right, singular } = truncatedSvd(sparse(rows), { dimensions: 10, iterations: 4 })
    const all = rows.flat().reduce((sum, x) => sum + x * x, 0)
    const squares = singular.reduce((sum, x) => sum + x * x, 0)
    assert.approximately(squares, all, 1e-3 * (1 + all))
    for (let j = 0; j < dimensions; j++) {
      if ((singular[j] ?? 0) < 1e-2) continue
      const column = Float64Array.from({ length: 4 }, (_, i) => right[i * dimensions + j] ?? 0)
      assert.approximately(dot(column, column), 1, 1e-3)
    }
  })

  it("finds the greatest directions, greatest first, the same each time", () => {
    const rows = [
      [9, 0, 0],
      [0, 4, 0],
      [0, 0, 1]
    ]
    const first = truncatedSvd(sparse(rows), { dimensions: 2 })
    assert.deepStrictEqual(first, truncatedSvd(sparse(rows), { dimensions: 2 }))
    assert.approximately(first.singular[0] ?? 0, 9, 1e-4)
    assert.approximately(first.singular[1] ?? 0, 4, 1e-4)
  })
})

// Terms 1 and 2 never stand together, but both stand with 3 and 4; 11 and 12 are of another subject.
const subjects = corpus([
  ...Array.from({ length: 30 }, (_, i) => [1, 3, 4, 20 + (i % 5)]),
  ...Array.from({ length: 30 }, (_, i) => [2, 3, 4, 20 + (i % 5)]),
  ...Array.from({ length: 60 }, (_, i) => [11, 12, 13, 20 + (i % 5)])
])

describe("fitLsa", () => {
  it("brings words together that stand in like passages", () => {
    const model = fitLsa(subjects, { dimensions: 4 })
    const place = (term: number) => project(model, [term], [1])?.vector ?? []
    assert.isAbove(dot(place(1), place(2)), 0.8)
    assert.isBelow(Math.abs(dot(place(1), place(11))), 0.3)
  })

  it("has no place for what it does not know, and says how much it knows of the rest", () => {
    const model = fitLsa(subjects)
    assert.isUndefined(project(model, [999], [1]))
    assert.strictEqual(project(model, [1, 999], [1, 3])?.known, 0.25)
    assert.approximately(
      dot(project(model, [1, 3], [2, 1])?.vector ?? [], project(model, [1, 3], [2, 1])?.vector ?? []),
      1,
      1e-5
    )
  })

  it("survives an empty collection", () => {
    assert.isUndefined(project(fitLsa(corpus([])), [1], [1]))
  })

  it("is the same after it was written down", () => {
    const model = fitLsa(subjects)
    // Bytes of a database lie anywhere.
    const bytes = new Uint8Array(encodeModel(model).length + 3)
    bytes.set(encodeModel(model), 3)
    assert.deepStrictEqual(decodeModel(bytes.subarray(3)), model)
  })

  it.effect("is the same in a thread", () =>
    Effect.gen(function* () {
      const given = {
        ...subjects,
        starts: subjects.starts.slice(),
        terms: subjects.terms.slice(),
        counts: subjects.counts.slice()
      }
      assert.deepStrictEqual(yield* fitInThread(given, { dimensions: 8 }), fitLsa(subjects, { dimensions: 8 }))
    })
  )
})
