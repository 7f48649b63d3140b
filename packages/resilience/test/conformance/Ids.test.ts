import { readdirSync, readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"

const here = new URL(".", import.meta.url)

const read = (folder: string): ReadonlyArray<string> =>
  readdirSync(new URL(folder, here))
    .filter((file) => file.endsWith(".ts") && file !== "Ids.test.ts")
    .map((file) => readFileSync(new URL(`${folder}/${file}`, here), "utf8"))

/** The ids that tests and scripted cases say they prove: `"CW1: …"` and `id: "CW1"`. */
const proved = [...read("."), ...read("cases")].flatMap((text) =>
  [...text.matchAll(/["'`]([A-Z]{2}\d+): |id: "([A-Z]{2}\d+)"/g)].map(([, title, scripted]) => title ?? scripted)
)

const ids: ReadonlyArray<string> = JSON.parse(readFileSync(new URL("ids.json", here), "utf8"))

describe("ids", () => {
  it("each case is proved, once", () => {
    assert.deepStrictEqual(
      ids.filter((id) => !proved.includes(id)),
      []
    )
    assert.deepStrictEqual(
      proved.filter((id, index) => proved.indexOf(id) !== index),
      []
    )
  })

  it("each test that names a case names one that there is", () => {
    assert.deepStrictEqual(
      proved.filter((id) => id === undefined || !ids.includes(id)),
      []
    )
  })
})
