import { readdirSync, readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"

const root = new URL("../", import.meta.url)
const readme = readFileSync(new URL("README.md", root), "utf8")
const sources = readdirSync(new URL("src/", root), { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .map((file) => readFileSync(new URL(`src/${file}`, root), "utf8"))
  .join("\n")

describe("README", () => {
  it("shows the example as it is compiled", () => {
    const [, shown] = /<!-- examples\/quotes\.ts -->\n```ts\n([\s\S]*?)```/.exec(readme) ?? []
    assert.strictEqual(shown, readFileSync(new URL("examples/quotes.ts", root), "utf8"))
  })

  it("names only variables that are read", () => {
    const names = new Set(readme.match(/\b(?:OTEL|RESYNC)_[A-Z_]*[A-Z]\b/g))
    assert.isAbove(names.size, 15)
    const dynamic = /^OTEL_(?:EXPORTER_OTLP_)?(?:TRACES|METRICS|LOGS)_|^OTEL_(?:BSP|BLRP)_/
    const suffixes = ["ENDPOINT", "PROTOCOL", "HEADERS", "TIMEOUT", "COMPRESSION"].map(
      (end) => `OTEL_EXPORTER_OTLP_${end}`
    )
    for (const name of names) {
      assert.isTrue(sources.includes(name) || dynamic.test(name) || suffixes.includes(name), name)
    }
  })
})
