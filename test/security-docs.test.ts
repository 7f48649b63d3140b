/**
 * The threat model and the table of OWASP's standard name tests as proof. What they name must be there: a file, and in it a
 * test or a group of tests whose name begins so.
 */
import { existsSync, readFileSync } from "node:fs"
import path from "node:path"
import { assert, describe, it } from "@effect/vitest"

const root = path.dirname(import.meta.dirname)
const read = (file: string) => readFileSync(path.join(root, file), "utf8")

/** The names that a file gives to its tests and groups of tests, as they stand in it. */
const namesIn = (file: string): ReadonlyArray<string> =>
  [...read(file).matchAll(/"([^"\n]+)"|`([^`]+)`/g)].map(([, plain, template]) => plain ?? template ?? "")

const proofs = (document: string) =>
  [...read(document).matchAll(/`([\w./-]+\.test\.ts)` "([^"]+)"/g)].map(([, file = "", name = ""]) => ({ file, name }))

const missing = (document: string) =>
  proofs(document)
    .filter(
      ({ file, name }) => !existsSync(path.join(root, file)) || !namesIn(file).some((one) => one.startsWith(name))
    )
    .map(({ file, name }) => `${file}: ${name}`)

const documents = ["docs/threat-model.md", "docs/asvs.md"]

for (const document of documents) {
  describe(document, () => {
    it("names tests that are there", () => {
      assert.isAbove(proofs(document).length, 40)
      assert.deepStrictEqual(missing(document), [])
    })

    it("names no test file without a test of it", () => {
      const named = read(document).match(/[\w./-]+\.test\.ts/g) ?? []
      assert.strictEqual(named.length, proofs(document).length)
    })

    it("leads to pages that are there", () => {
      const links = [...read(document).matchAll(/\]\(([^):]+\.md)\)/g)].map(([, link = ""]) => link)
      for (const link of links) assert.isTrue(existsSync(path.join(root, "docs", link)), link)
    })
  })
}

describe("docs/asvs.md", () => {
  const rows = [...read("docs/asvs.md").matchAll(/^\| (V[\dV., ]+) \| (.+?) \| (.+) \|$/gm)]

  it("says of each item once whether it holds", () => {
    const items = rows.flatMap(([, items = ""]) => items.split(", "))
    assert.strictEqual(new Set(items).size, items.length)
    // The items of levels 1 and 2 of version 5.0.0, without those of WebRTC.
    assert.strictEqual(items.length, 246)
  })

  it("shows what holds by a test or says why, and admits the rest in words", () => {
    for (const [row, , holds = "", how = ""] of rows) {
      assert.include(["yes", "part", "gap", "n/a"], holds, row)
      assert.isAbove(how.length, 10, row)
      // What does not hold in full is never left to a test to say.
      const words = how.replaceAll(/`[\w./-]+\.test\.ts` "[^"]+"/g, "")
      if (holds === "part" || holds === "gap") assert.isAbove(words.length, 20, row)
    }
  })
})

describe("docs/threat-model.md", () => {
  it("has a proof for every threat, and no kind of threat left out", () => {
    const rows = [...read("docs/threat-model.md").matchAll(/^\| ([STRIDE]) \| .+ \| (.+) \|$/gm)]
    for (const [row, , proof = ""] of rows) assert.match(proof, /\.test\.ts` "/, row)
    assert.deepStrictEqual(new Set(rows.map(([, kind]) => kind)), new Set("STRIDE"))
  })
})
