import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), "utf8")

describe("README", () => {
  // The examples are files that are checked and run, and the README shows them as they are.
  for (const file of ["examples/quotes.ts", "test/Quotes.test.ts"]) {
    it(`shows ${file} as it is`, () => {
      const [, shown] = read("README.md").split(`<!-- ${file} -->\n\`\`\`ts\n`)
      assert.strictEqual(shown?.split("```")[0], read(file))
    })
  }
})
