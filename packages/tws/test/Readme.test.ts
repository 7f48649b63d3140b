import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { policyName } from "../src/SharedCachePolicy.ts"
import { TwsPolicies } from "../src/TwsPolicies.ts"

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), "utf8")

const readme = read("README.md")

describe("README", () => {
  // The examples are files that are checked and run, and the README shows them as they are.
  for (const file of ["examples/failed.ts", "test/Failed.test.ts"]) {
    it(`shows ${file} as it is`, () => {
      const [, shown] = readme.split(`<!-- ${file} -->\n\`\`\`ts\n`)
      assert.strictEqual(shown?.split("```")[0], read(file))
    })
  }

  it("names every policy, and no other", () => {
    const named = new Set(readme.match(/\btws_[a-z_]+[a-z]\b/g))
    named.delete("tws_http_client")
    assert.isTrue(named.delete(policyName))
    assert.deepStrictEqual([...named].toSorted(), Object.keys(TwsPolicies).toSorted())
  })

  it("names only variables that are read", () => {
    const sources = read("src/TwsOptions.ts")
    const named = new Set(readme.match(/\bTWS_[A-Z_]+\b/g))
    assert.isAbove(named.size, 5)
    for (const name of named) assert.include(sources, `"${name}"`)
  })
})
