/** How well search finds on the collection of the repository, so that no change makes it worse without a word. */
import { spawnSync } from "node:child_process"
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"

const Measures = Schema.Struct({
  ndcg10: Schema.Finite,
  map: Schema.Finite,
  mrr10: Schema.Finite,
  recall100: Schema.Finite
})

const Report = Schema.fromJsonString(
  Schema.Struct({
    collections: Schema.Record(Schema.String, Schema.Struct({ lexical: Measures, vector: Measures, fused: Measures }))
  })
)

/** What was measured when this was written, less what another order of equal scores may cost. Raise it with the figures. */
const floors = {
  lexical: { ndcg10: 0.905, map: 0.875, mrr10: 0.91, recall100: 0.99 },
  vector: { ndcg10: 0.735, map: 0.685, mrr10: 0.71, recall100: 0.94 },
  fused: { ndcg10: 0.91, map: 0.88, mrr10: 0.905, recall100: 0.99 }
} as const

describe("npm run bench -- retrieval", () => {
  it("finds on the collection of the repository as well as it did", { timeout: 240_000 }, () => {
    const { status, stderr, stdout } = spawnSync(process.execPath, ["scripts/bench/retrieval/main.ts", "--json"], {
      cwd: new URL("..", import.meta.url),
      encoding: "utf8"
    })
    assert.strictEqual(status, 0, stderr)
    const { collections } = Schema.decodeUnknownSync(Report)(stdout)
    const found = collections["starter"]
    assert.isDefined(found)
    for (const kind of ["lexical", "vector", "fused"] as const) {
      for (const measure of ["ndcg10", "map", "mrr10", "recall100"] as const) {
        assert.isAtLeast(found?.[kind][measure] ?? 0, floors[kind][measure], `${kind} ${measure}`)
      }
    }
    assert.isAtLeast(found?.fused.ndcg10 ?? 0, found?.lexical.ndcg10 ?? 1, "vectors make search no worse")
  })
})
