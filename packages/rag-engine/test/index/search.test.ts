import { assert, describe, it } from "@effect/vitest"
import { PassageIndex } from "@resync/rag-engine/index/PassageIndex"
import * as TestStores from "@resync/store/testing/TestStores"
import { Effect, Layer } from "effect"
import { documentId, layerLsa, put } from "./Library.ts"

/** A few runbooks that differ in everything a filter asks for. */
const library = Effect.gen(function* () {
  yield* put(1, "# Payroll\n\n## EU-HQ1#PAYROLL.LOAD\n\nIf the load of the payroll fails, call the night shift.", {
    tags: ["payroll", "eu"],
    source: "wiki",
    authority: "approved",
    platform: "distributed",
    version: "10.2"
  })
  yield* put(
    2,
    "# Reports\n\nThe payroll report prints at night. The load is written in the load of EU-HQ1#REPORTS.PRINT.",
    {
      tags: ["reports"],
      source: "mail",
      authority: "working",
      platform: "z/OS",
      version: "9.5",
      mediaType: "text/plain"
    }
  )
  yield* put(
    3,
    "# Network\n\nThe night shift looks after the network, and calls nobody. Load balancers rest at night.",
    {
      tags: ["network", "eu"],
      source: "vendor",
      authority: "vendor"
    }
  )
  const index = yield* PassageIndex
  yield* index.maintain
  return index
})

for (const { engine, layer: store, skip } of await TestStores.all()) {
  const layer = Layer.provideMerge(layerLsa, store)
  describe.skipIf(skip)(`search on ${engine}`, () => {
    it.effect("lets through what a filter allows, in each kind of search", () =>
      Effect.gen(function* () {
        const index = yield* library
        const filters = [
          [{ tags: ["eu"] }, [1, 3]],
          [{ tags: ["reports", "network"] }, [2, 3]],
          [{ sources: ["mail"] }, [2]],
          [{ versions: ["10.2", "9.5"] }, [1, 2]],
          [{ platforms: ["z/OS"] }, [2]],
          [{ mediaTypes: ["text/plain"] }, [2]],
          [{ authorities: ["vendor", "approved"] }, [1, 3]],
          [{ documentIds: [documentId(3)] }, [3]],
          [{ tags: ["eu"], sources: ["wiki"] }, [1]],
          [{ tags: [] }, []],
          // What no store can hold is asked for as it would have been kept.
          [{ tags: ["eu\0", "\ud800"] }, [1, 3]],
          [{ sources: ["\0"], versions: ["\ud800"] }, []],
          [{}, [1, 2, 3]]
        ] as const
        for (const mode of ["hybrid", "lexical", "vector"] as const) {
          for (const [filter, expected] of filters) {
            const { hits } = yield* index.search({ query: "load at night", mode, filter })
            assert.sameMembers(
              hits.map((hit) => hit.documentId),
              expected.map(documentId),
              `${mode} ${JSON.stringify(filter)}`
            )
          }
        }
      }).pipe(Effect.provide(layer))
    )

    it.effect("puts the passages of a name first, whatever else says more of the words", () =>
      Effect.gen(function* () {
        const index = yield* library
        for (const query of ["load LOAD load load", "EU-HQ1#PAYROLL.LOAD load of the report at night"]) {
          const { hits } = yield* index.search({ query, explain: true })
          assert.strictEqual(hits[0]?.documentId, documentId(1), query)
          assert.isTrue(hits[0]?.explanation?.exact)
        }
      }).pipe(Effect.provide(layer))
    )

    it.effect("puts what says the words in quotation marks in their order first", () =>
      Effect.gen(function* () {
        const index = yield* library
        const { hits } = yield* index.search({ query: 'load "load balancers rest"' })
        assert.strictEqual(hits[0]?.documentId, documentId(3))
        const other = yield* index.search({ query: '"night shift looks"' })
        assert.strictEqual(other.hits[0]?.documentId, documentId(3))
      }).pipe(Effect.provide(layer))
    )

    it.effect("explains scores that add up, and marks the words they come from", () =>
      Effect.gen(function* () {
        const index = yield* library
        const { hits } = yield* index.search({ query: "who is called when the payroll fails", explain: true })
        assert.isAbove(hits.length, 0)
        for (const { explanation, highlights, score, text } of hits) {
          if (explanation === undefined) return assert.fail("no explanation")
          const terms = explanation.terms.reduce((sum, term) => sum + term.score, 0)
          assert.approximately(terms, explanation.lexical ?? 0, 1e-6 + (explanation.lexical ?? 0) * 1e-6)
          const { lexicalWeight, normalized } = explanation
          assert.approximately(
            score,
            lexicalWeight * normalized.lexical + (1 - lexicalWeight) * normalized.vector,
            1e-9
          )
          for (const { end, start } of highlights) assert.match(text.slice(start, end), /^(call|payroll|fail)/i)
        }
        assert.isAbove(hits[0]?.highlights.length ?? 0, 0)
      }).pipe(Effect.provide(layer))
    )

    it.effect("folds passages that say the same, and merges those next to each other", () =>
      Effect.gen(function* () {
        const index = yield* PassageIndex
        const long = (n: number) =>
          `# Pumps\n\n${Array.from({ length: 40 }, (_, i) => `Pump ${i} of hall ${n} has a crimson valve and a cobalt gauge number ${i * 7 + n}.`).join(" ")}`
        yield* put(1, long(1))
        yield* put(2, long(1), { authority: "vendor" })
        yield* put(3, "# Other\n\nNothing of the kind is written here.")
        const { hits } = yield* index.search({ query: "crimson valve of the pump" })
        assert.strictEqual(hits.length, 1)
        assert.strictEqual(hits[0]?.documentId, documentId(2))
        assert.deepStrictEqual(hits[0]?.duplicates, [documentId(1)])
        assert.isAbove(hits[0]?.passageIds.length ?? 0, 1)
        assert.strictEqual(hits[0]?.text.split("Pump 3 of").length, 2, "what passages share is shown once")
      }).pipe(Effect.provide(layer))
    )

    it.effect("gives an answer its passages, and weighs its words", () =>
      Effect.gen(function* () {
        const index = yield* library
        const { evidence, vocabulary } = yield* index.evidence("who is called when the payroll fails", {
          filter: { tags: ["payroll"] }
        })
        assert.deepStrictEqual(
          evidence.map((passage) => passage.documentId),
          [documentId(1)]
        )
        const [night = 0, payroll = 0, unknown = 0] = ["night", "payroll", "nowhere"].map((word) =>
          Math.max(...vocabulary.terms(word).map(vocabulary.weight))
        )
        assert.isBelow(night, payroll)
        assert.isBelow(payroll, unknown)
      }).pipe(Effect.provide(layer))
    )

    it.effect("has an answer for questions of which nothing is known", () =>
      Effect.gen(function* () {
        const index = yield* library
        for (const query of ["the of and", "zzz", "?!", '""', "'; DROP TABLE rag_passage; --", "x".repeat(2000)]) {
          for (const mode of ["hybrid", "lexical", "vector"] as const) {
            const { hits } = yield* index.search({ query, mode })
            assert.isAtMost(hits.length, 3, query)
          }
        }
        assert.deepStrictEqual((yield* index.search({ query: "zzz" })).hits, [])
      }).pipe(Effect.provide(layer))
    )
  })
}
