import { assert, describe, it } from "@effect/vitest"
import { cleanMetadata } from "@resync/rag-engine/ingestion/fileNameOf"

describe("metadata", () => {
  it("loses what no database holds, and what is nothing without it", () => {
    assert.deepStrictEqual(
      cleanMetadata({ title: "a\0b", source: "\0", tags: ["\0", "night\0", "\ud800"], authority: "vendor" }),
      { title: "a b", authority: "vendor", tags: ["night", "\ufffd"] }
    )
  })

  it("is left as it is otherwise", () => {
    const metadata = { title: "Ünïcødé 工作", tags: ["payroll"], platform: "z/OS", version: "10.2" }
    assert.deepStrictEqual(cleanMetadata(metadata), metadata)
    assert.deepStrictEqual(cleanMetadata({}), {})
  })
})
