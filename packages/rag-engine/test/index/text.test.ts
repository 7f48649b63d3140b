import { assert, describe, it } from "@effect/vitest"
import { languageOfText, termsOf } from "@resync/rag-engine/index/text/termsOf"

const terms = (text: string) => termsOf(text).map(({ term }) => term)

describe("termsOf", () => {
  it("leaves out words that say nothing, and brings forms of a word together", () => {
    assert.deepStrictEqual(terms("The jobs were scheduled by the scheduling of a job"), [
      "job",
      "schedul",
      "schedul",
      "job"
    ])
  })

  it("keeps names and ids whole, and reads what they are made of", () => {
    assert.deepStrictEqual(terms("AWSBHT001E"), ["awsbht001e"])
    assert.deepStrictEqual(terms("max_objectAffected"), ["max", "object", "affect", "max_objectaffected"])
    assert.deepStrictEqual(terms("EU-HQ1#PAYROLL.LOAD"), ["eu", "hq1", "payrol", "load", "eu-hq1#payroll.load"])
    assert.deepStrictEqual(terms("high-speed"), ["high", "speed"])
    assert.deepStrictEqual(terms("limit 0"), ["limit", "0"])
  })

  it("tells AWSBHT001E from AWSBHT002E", () => {
    assert.notDeepEqual(terms("AWSBHT001E"), terms("AWSBHT002E"))
  })

  it("reads Portuguese with and without accents", () => {
    assert.strictEqual(languageOfText("por que o trabalho não executa na estação"), "portuguese")
    const forms = [
      "a execução do trabalho",
      "as execuções dos trabalhos",
      "a execucao do trabalho",
      "foi executado o trabalho"
    ]
    for (const form of forms) assert.deepStrictEqual(terms(form), ["execu", "trabalh"])
    assert.deepStrictEqual(terms("das dependências não resolvidas"), terms("da dependencia não resolvida"))
  })

  it("says where each word stands", () => {
    const text = "A ação: reexecutar 'LOAD_1'."
    for (const { end, start, term } of termsOf(text, "portuguese")) {
      assert.isTrue(text.slice(start, end).length >= 2 && term.length >= 1)
    }
    assert.deepStrictEqual(
      termsOf(text, "portuguese").map(({ end, start }) => text.slice(start, end)),
      ["ação", "reexecutar", "LOAD_1", "LOAD_1", "LOAD_1"]
    )
  })
})
