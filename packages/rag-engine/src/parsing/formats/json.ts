import { Effect } from "effect"
import { DocumentText } from "../DocumentText.ts"
import { corrupt } from "../DocumentUnreadable.ts"

const parsed = (text: string): ReadonlyArray<unknown> => {
  try {
    return [JSON.parse(text)]
  } catch (cause) {
    const lines = text.split("\n").filter((line) => line.trim() !== "")
    if (lines.length < 2 || !/^\s*[[{]/.test(lines[0] ?? "")) throw cause
    return lines.map((line) => JSON.parse(line) as unknown)
  }
}

const isList = (value: unknown): value is ReadonlyArray<unknown> => Array.isArray(value)

const pretty = (value: unknown) => JSON.stringify(value, null, 2)

/** JSON, or one JSON value on each line. Each member of the outermost object or list is a block that is kept whole. */
export const parseJson = (text: string) =>
  Effect.try({ try: () => parsed(text), catch: (cause) => corrupt("JSON", cause) }).pipe(
    Effect.map((values) => {
      const document = new DocumentText()
      const outer = values.length === 1 ? values[0] : values
      if (isList(outer)) for (const value of outer) document.code(pretty(value))
      else if (typeof outer === "object" && outer !== null) {
        for (const [key, value] of Object.entries(outer)) {
          document.heading(2, key)
          document.code(pretty(value))
        }
      } else document.code(pretty(outer))
      return document.finish("application/json")
    })
  )

/** Whether `text` could be JSON by how it begins and ends. */
export const looksLikeJson = (text: string): boolean => /^\s*(?:\{[\s\S]*\}|\[[\s\S]*\])\s*$/.test(text)
