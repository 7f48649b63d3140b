import { readFileSync } from "node:fs"
import { assert, it } from "@effect/vitest"

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), "utf8")

it("the README shows the example as it is checked", () => {
  const shown = read("README.md").match(/<!-- (\S+) -->\n```ts\n([\s\S]*?)```/)
  assert.strictEqual(shown?.[2], read(shown?.[1] ?? ""))
})
