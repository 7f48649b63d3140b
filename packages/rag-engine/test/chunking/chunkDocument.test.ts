import { assert, describe, it } from "@effect/vitest"
import { chunkDocument } from "@resync/rag-engine/chunking/chunkDocument"
import { countTokens } from "@resync/rag-engine/chunking/tokens"
import { DocumentText } from "@resync/rag-engine/parsing/DocumentText"
import { Arbitrary, Schema } from "effect"

const document = (build: (text: DocumentText) => void) => {
  const text = new DocumentText()
  build(text)
  return text.finish("text/plain")
}

const sentence = (n: number) => `Sentence number ${n} says that a job waits for its limit.`
const sentences = (count: number, from = 0) => Array.from({ length: count }, (_, n) => sentence(from + n)).join(" ")

describe("chunkDocument", () => {
  it("keeps the titles above a passage and never crosses one", () => {
    const passages = chunkDocument(
      "d",
      document((text) => {
        text.heading(1, "Manual")
        text.paragraph("Intro.")
        text.heading(2, "Jobs")
        text.heading(3, "Cancel")
        text.paragraph("How to cancel.")
        text.paragraph("And what follows.")
        text.heading(2, "Streams")
        text.paragraph("About streams.")
        text.heading(2, "To come")
      })
    )
    assert.deepStrictEqual(
      passages.map(({ headings, text }) => [headings.join(" > "), text]),
      [
        ["Manual", "Intro."],
        ["Manual > Jobs > Cancel", "How to cancel.\n\nAnd what follows."],
        ["Manual > Streams", "About streams."],
        ["Manual > To come", "To come"]
      ]
    )
  })

  it("cuts a long paragraph between sentences and repeats the last of them", () => {
    const passages = chunkDocument(
      "d",
      document((text) => text.paragraph(sentences(40))),
      { maxTokens: 120, overlapTokens: 30 }
    )
    assert.isAbove(passages.length, 3)
    for (const [index, { end, text, tokens }] of passages.entries()) {
      assert.isAtMost(tokens, 120)
      assert.match(text, /^Sentence number \d+ .*limit\.$/)
      const next = passages[index + 1]
      if (next !== undefined) {
        assert.isBelow(next.start, end)
        assert.isTrue(text.endsWith(next.text.slice(0, end - next.start).trim()))
      }
    }
  })

  it("repeats the header in each part of a long table and overlaps no rows", () => {
    const rows = Array.from({ length: 60 }, (_, n) => [`AWSBHT${String(n).padStart(3, "0")}E`, `meaning number ${n}`])
    const passages = chunkDocument(
      "d",
      document((text) => text.table([["Id", "Meaning"], ...rows])),
      { maxTokens: 100 }
    )
    assert.isAbove(passages.length, 3)
    for (const { text } of passages) assert.strictEqual(text.split("\n")[0], "Id | Meaning")
    assert.deepStrictEqual(
      passages.flatMap(({ text }) => text.split("\n").slice(1)),
      rows.map((row) => row.join(" | "))
    )
  })

  it("keeps a table, a list and code whole where they fit", () => {
    const passages = chunkDocument(
      "d",
      document((text) => {
        text.paragraph(sentences(3))
        text.code("conman ss\nconman sj")
        text.list(["one", "two"])
        text.table([
          ["a", "b"],
          ["1", "2"]
        ])
      }),
      { maxTokens: 50 }
    )
    for (const whole of ["conman ss\nconman sj", "- one\n- two", "a | b\n1 | 2"]) {
      assert.strictEqual(passages.filter(({ text }) => text.includes(whole)).length, 1, whole)
    }
  })

  it("cuts a line that is longer than a passage, and loses nothing of it", () => {
    const line = Array.from({ length: 500 }, (_, n) => `word${n}`).join(" ")
    const passages = chunkDocument(
      "d",
      document((text) => text.code(line, "log")),
      { maxTokens: 60, overlapTokens: 0 }
    )
    assert.strictEqual(passages.map(({ text }) => text).join(" "), line)
  })

  it("an edit changes the ids of what it touches, and of nothing else", () => {
    const build = (middle: string) =>
      chunkDocument(
        "d",
        document((text) => {
          for (const title of ["A", "B", "C"]) {
            text.heading(1, title)
            text.paragraph(title === "B" ? middle : `The words of ${title}.`)
          }
        })
      ).map(({ id }) => id)
    const before = build("Old words.")
    const after = build("New words, and more of them.")
    assert.deepStrictEqual(
      before.map((id, index) => id === after[index]),
      [true, false, true]
    )
  })

  it("equal words under equal titles are two passages with two ids", () => {
    const passages = chunkDocument(
      "d",
      document((text) => {
        for (const _ of [1, 2]) {
          text.heading(1, "Note")
          text.paragraph("Restart the agent.")
        }
      })
    )
    assert.strictEqual(new Set(passages.map(({ id }) => id)).size, 2)
  })

  const Block = Schema.Union([
    Schema.Struct({
      kind: Schema.Literal("heading"),
      level: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 4 })),
      size: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 5 }))
    }),
    Schema.Struct({
      kind: Schema.Literals(["paragraph", "list", "table", "code"]),
      size: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 80 }))
    })
  ])

  it.prop(
    "whatever the document: within bounds, in order, every word in some passage",
    {
      blocks: Arbitrary.array(Arbitrary.schema(Block), { maxLength: 12 }),
      maxTokens: Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 20, maximum: 120 }))),
      overlapTokens: Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 40 })))
    },
    ({ blocks, maxTokens, overlapTokens }) => {
      let next = 0
      const word = () => `w${next++}`
      const words = (count: number) => Array.from({ length: count }, word)
      const source = document((text) => {
        for (const block of blocks) {
          if (block.kind === "heading") text.heading(block.level, words(block.size).join(" "))
          else if (block.kind === "paragraph") text.paragraph(words(block.size).join(". "))
          else if (block.kind === "list") text.list(words(block.size))
          else if (block.kind === "code") text.code(words(block.size).join("\n"))
          else text.table(words(block.size).map((cell) => [cell, word()]))
        }
      })
      const passages = chunkDocument("d", source, { maxTokens, overlapTokens })
      const found = new Set(
        passages.flatMap(({ headings, text }) => [...headings, text].join(" ").match(/w\d+/g) ?? [])
      )
      assert.strictEqual(found.size, next)
      for (const [index, { end, ordinal, start, text, tokens }] of passages.entries()) {
        assert.strictEqual(ordinal, index)
        assert.isBelow(start, end)
        assert.strictEqual(tokens, countTokens(text))
        assert.isAtMost(tokens, maxTokens)
        assert.isTrue(text.endsWith(source.text.slice(start, end).trimEnd()))
        const before = passages[index - 1]
        if (before !== undefined) assert.isAbove(start, before.start)
      }
    },
    { arbitrary: { runs: 200 } }
  )
})
