import { readdirSync, readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"

const root = new URL("../", import.meta.url)

/** What takes real time, or chance that no seed repeats. */
const forbidden =
  /\bit\.live\b|\bsetTimeout\b|\bsetInterval\b|\bMath\.random\b|\bDate\.now\b|TestClock\.withLive|\blayer\(.*excludeTestServices/

const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter(
  // What talks to a real Redis has its own folder.
  (file) => file.endsWith(".ts") && !file.startsWith("redis/") && !file.endsWith("TC.test.ts")
)

describe("TC: the suite itself", () => {
  it("TC1: whole suite runs on a virtual clock with zero real sleeps and seeded Random; every test < 50 ms", () => {
    assert.isAbove(files.length, 60)
    assert.deepStrictEqual(
      files.filter((file) => forbidden.test(readFileSync(new URL(file, root), "utf8"))),
      []
    )
  })
})
