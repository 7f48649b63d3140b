import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { DocumentParser } from "@resync/rag-engine/parsing/DocumentParser"
import { Effect, Fiber } from "effect"
import * as Samples from "./Samples.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(path.join(tmpdir(), "parser-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
)

const write = Effect.fnUntraced(function* (name: string, content: string | Uint8Array) {
  const file = path.join(yield* folder, name)
  writeFileSync(file, content)
  return { path: file, name }
})

/** Takes the parser of HTML far longer than it gets: tags that are opened and never closed. */
const slow = `<html>${"<div><ul><li><table><tr><td>".repeat(20_000)}`

/** Processes are started and ended here, which a busy machine does slowly. */
describe("DocumentParser", { timeout: 60_000 }, () => {
  it.live("reads documents in processes, several at a time", () =>
    Effect.gen(function* () {
      const parser = yield* DocumentParser
      const log = yield* write("a.log", Samples.jobLog)
      const docx = yield* write("b.docx", yield* Effect.promise(Samples.docx))
      const documents = yield* Effect.forEach([log, docx, log, docx], parser.parse, { concurrency: "unbounded" })
      assert.deepStrictEqual(
        documents.map(({ title }) => title),
        [0, 1].flatMap(() => ["Job log of FTA1#PAYROLL.CALC_NET, job number 1053422", "Recovery of job streams"])
      )
    }).pipe(Effect.provide(DocumentParser.layer()), Effect.scoped)
  )

  it.live("a document that takes too long is refused, and the next one is read", () =>
    Effect.gen(function* () {
      const parser = yield* DocumentParser
      const refused = yield* Effect.flip(parser.parse(yield* write("slow.html", slow)))
      assert.strictEqual(refused.reason, "timed-out")
      assert.strictEqual((yield* parser.parse(yield* write("a.log", Samples.jobLog))).blocks.length, 4)
    }).pipe(Effect.provide(DocumentParser.layer({ processes: 1, timeout: "5 seconds" })), Effect.scoped)
  )

  it.live("a document that takes too much memory is refused, and the next one is read", () =>
    Effect.gen(function* () {
      const parser = yield* DocumentParser
      const large = yield* write("large.json", `[${"[0],".repeat(3_000_000)}0]`)
      assert.strictEqual((yield* Effect.flip(parser.parse(large))).reason, "out-of-memory")
      assert.strictEqual((yield* parser.parse(yield* write("a.log", Samples.jobLog))).blocks.length, 4)
    }).pipe(Effect.provide(DocumentParser.layer({ processes: 1, memory: 64 })), Effect.scoped)
  )

  it.live("an interrupted reading leaves no process behind that others would wait for", () =>
    Effect.gen(function* () {
      const parser = yield* DocumentParser
      const reading = yield* Effect.forkChild(parser.parse(yield* write("slow.html", slow)))
      yield* Effect.sleep("300 millis")
      yield* Fiber.interrupt(reading)
      assert.strictEqual((yield* parser.parse(yield* write("a.log", Samples.jobLog))).blocks.length, 4)
    }).pipe(Effect.provide(DocumentParser.layer({ processes: 1 })), Effect.scoped)
  )

  it.live("a file that is gone is refused", () =>
    Effect.gen(function* () {
      const parser = yield* DocumentParser
      assert.strictEqual((yield* Effect.flip(parser.parse({ path: "/nowhere", name: "a.txt" }))).reason, "corrupt")
    }).pipe(Effect.provide(DocumentParser.layer({ processes: 1 })))
  )
})
