import { assert, describe, it } from "@effect/vitest"
import type { Block } from "@resync/rag-engine/parsing/Block"
import { defaultLimits } from "@resync/rag-engine/parsing/DocumentParserOptions"
import type { ParsedDocument } from "@resync/rag-engine/parsing/ParsedDocument"
import { parse } from "@resync/rag-engine/parsing/parse"
import { Effect } from "effect"
import { zipSync } from "fflate"
import * as Samples from "./Samples.ts"

const utf8 = (text: string) => new TextEncoder().encode(text)

const read = (bytes: Uint8Array | string, name: string, limits = defaultLimits) =>
  parse(typeof bytes === "string" ? utf8(bytes) : bytes, name, limits)

const refusal = (bytes: Uint8Array | string, name: string, limits = defaultLimits) =>
  Effect.map(Effect.flip(read(bytes, name, limits)), ({ reason }) => reason)

/** Blocks as "kind text", headings with their level. */
const outline = ({ blocks, text }: ParsedDocument) =>
  blocks.map(
    (block: Block) =>
      `${block.kind}${block.kind === "heading" ? block.level : ""} ${text.slice(block.start, block.end)}`
  )

describe("documents are read by their content", () => {
  it.effect("PDF: titles by size, paragraphs by gaps, running heads left out", () =>
    Effect.gen(function* () {
      const bytes = yield* Effect.promise(() =>
        Samples.pdf(
          [
            {
              title: "Limits",
              lines: [
                "A job stays in READY while the limit of its work-",
                "station is 0.",
                "",
                "",
                "Set it with conman."
              ]
            },
            { title: "Fences", lines: ["Jobs under the fence wait."] },
            { title: "Links", lines: ["An unlinked agent gets no jobs."] }
          ],
          "Manual of operations"
        )
      )
      const document = yield* read(bytes, "manual.pdf")
      assert.strictEqual(document.mediaType, "application/pdf")
      assert.strictEqual(document.title, "Manual of operations")
      assert.deepStrictEqual(outline(document), [
        "heading1 Limits",
        "paragraph A job stays in READY while the limit of its workstation is 0.",
        "paragraph Set it with conman.",
        "heading1 Fences",
        "paragraph Jobs under the fence wait.",
        "heading1 Links",
        "paragraph An unlinked agent gets no jobs."
      ])
      assert.deepStrictEqual(
        document.blocks.map(({ page }) => page),
        [1, 1, 1, 2, 2, 3, 3]
      )
    })
  )

  it.effect("DOCX: styles make headings, lists and tables stay whole", () =>
    Effect.gen(function* () {
      const document = yield* read(yield* Effect.promise(Samples.docx), "recovery.docx")
      assert.strictEqual(document.title, "Recovery of job streams")
      assert.deepStrictEqual(outline(document), [
        "heading1 Recovery of job streams",
        "paragraph A stream in STUCK waits for an operator.",
        "heading2 Steps",
        "list - Look at the log\n- Rerun the job",
        "table Status | Meaning\nABEND | ended with an error"
      ])
    })
  )

  it.effect("XLSX: a section for each sheet", () =>
    Effect.gen(function* () {
      const document = yield* read(
        Samples.xlsx([
          ["Team", "Phone"],
          ["Payroll", "4711"]
        ]),
        "contacts.xlsx"
      )
      assert.deepStrictEqual(outline(document), ["heading2 Contacts", "table Team | Phone\nPayroll | 4711"])
    })
  )

  it.effect("HTML: the main part, without scripts and navigation", () =>
    Effect.gen(function* () {
      const document = yield* read(
        `<!doctype html><html><head><title>Runbook</title><script>x()</script></head><body><nav>Home</nav><main>
         <h1>ABEND</h1><p>Look at the <b>log</b><br>first.</p>text in between
         <ul><li>rerun<ul><li>with the same step</li></ul></li><li>cancel</li></ul>
         <dl><dt>EXEC</dt><dd>running</dd></dl>
         <pre>conman "rr 4711"\n  ok</pre>
         <table><tr><th>Code</th><th>Meaning</th></tr><tr><td>4</td><td>no input</td></tr></table>
         <table><tr><td><p>only layout</p></td></tr></table></main><footer>imprint</footer></body></html>`,
        "page"
      )
      assert.strictEqual(document.title, "Runbook")
      assert.deepStrictEqual(outline(document), [
        "heading1 ABEND",
        "paragraph Look at the log\nfirst.",
        "paragraph text in between",
        "list - rerun\n  - with the same step\n- cancel",
        "list - EXEC: running",
        'code conman "rr 4711"\n  ok',
        "table Code | Meaning\n4 | no input",
        "paragraph only layout"
      ])
    })
  )

  it.effect("Markdown, with front matter, tables and fenced code", () =>
    Effect.gen(function* () {
      const document = yield* read(
        "---\ntitle: Steering a plan\n---\n# Plan\n\nUse `conman`.\n\n1. one\n2. two\n   - deep\n\n> quoted\n\n```sh\nconman ss\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
        "plan.md"
      )
      assert.strictEqual(document.title, "Steering a plan")
      assert.deepStrictEqual(outline(document), [
        "heading1 Plan",
        "paragraph Use conman.",
        "list - one\n- two\n  - deep",
        "paragraph quoted",
        "code conman ss",
        "table a | b\n1 | 2"
      ])
    })
  )

  it.effect("plain text: underlined, numbered and capital titles, bullets, indented commands", () =>
    Effect.gen(function* () {
      const document = yield* read(
        "Title\n=====\n\n1.2 Second level\n\nWords in\na paragraph.\n\nCHECK LIST\n\n- first\n  goes on\n- second\n\n    conman sj\n    conman ss\n",
        "notes.txt"
      )
      assert.deepStrictEqual(outline(document), [
        "heading1 Title",
        "heading2 Second level",
        "paragraph Words in\na paragraph.",
        "heading2 CHECK LIST",
        "list - first goes on\n- second",
        "code     conman sj\n    conman ss"
      ])
    })
  )

  it.effect("CSV with any separator, recognised without its extension", () =>
    Effect.gen(function* () {
      const document = yield* read('job;owner\nA;"x; y"\nB;z\n', "export")
      assert.strictEqual(document.mediaType, "text/csv")
      assert.deepStrictEqual(outline(document), ["table job | owner\nA | x; y\nB | z"])
    })
  )

  it.effect("JSON, and one value on each line", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(outline(yield* read('{"limit": 10, "fence": {"a": 1}}', "x.json")), [
        "heading2 limit",
        "code 10",
        "heading2 fence",
        'code {\n  "a": 1\n}'
      ])
      const lines = yield* read('{"a":1}\n{"a":2}\n', "events.ndjson")
      assert.deepStrictEqual(outline(lines), ['code {\n  "a": 1\n}', 'code {\n  "a": 2\n}'])
    })
  )

  it.effect("job logs: header, output and footer apart, whatever the file is called", () =>
    Effect.gen(function* () {
      const document = yield* read(Samples.jobLog, "stdlist.txt")
      assert.strictEqual(document.mediaType, "text/vnd.workload-automation.job-log")
      assert.strictEqual(document.title, "Job log of FTA1#PAYROLL.CALC_NET, job number 1053422")
      assert.deepStrictEqual(
        document.blocks.map(({ kind }) => kind),
        ["heading", "log", "log", "log"]
      )
      assert.include(outline(document)[2], "log reading input\nERROR: cannot open /data/in.csv")
      assert.include(outline(document)[3], "Exit Status           : 4")
    })
  )

  it.effect("message catalogues: a section for each message", () =>
    Effect.gen(function* () {
      const document = yield* read(Samples.messages, "batchman.txt")
      assert.strictEqual(document.mediaType, "text/vnd.workload-automation.message-catalogue")
      assert.deepStrictEqual(
        outline(document)
          .filter((line) => line.startsWith("heading"))
          .map((line) => line.split(" ")[1]),
        ["AWSBHT001E", "AWSBHT002E", "AWSBHT003W"]
      )
    })
  )

  it.effect("definitions: a section for each object, kept whole", () =>
    Effect.gen(function* () {
      const document = yield* read(Samples.definitions, "jobs.txt")
      assert.strictEqual(document.mediaType, "text/vnd.workload-automation.job-definition")
      assert.deepStrictEqual(
        outline(document).filter((line) => line.startsWith("heading")),
        ["heading1 $JOBS", "heading2 FTA1#CALC_NET", "heading2 FTA1#PAY", "heading2 SCHEDULE FTA1#PAYROLL"]
      )
      assert.include(outline(document).at(-1), "FOLLOWS CALC_NET\nEND")
    })
  )

  it.effect("texts of Windows in Portuguese, and texts with a byte order mark", () =>
    Effect.gen(function* () {
      const latin = yield* read(Uint8Array.from(Buffer.from("A execução não terminou.", "latin1")), "nota.txt")
      assert.strictEqual(latin.text, "A execução não terminou.")
      const utf16 = yield* read(Uint8Array.from(Buffer.from("\ufeffPlano de produção", "utf16le")), "nota.txt")
      assert.strictEqual(utf16.text, "Plano de produção")
    })
  )

  it.effect("blocks lie in order within the text, and cuts within their block", () =>
    Effect.gen(function* () {
      for (const [text, name] of [
        [Samples.jobLog, "a"],
        [Samples.messages, "b"],
        [Samples.definitions, "c"],
        ["# A\n\n- x\n- y\n\n| a | b |\n|---|---|\n| 1 | 2 |\n", "d.md"]
      ] as const) {
        const document = yield* read(text, name)
        let at = 0
        for (const block of document.blocks) {
          assert.isAtLeast(block.start, at)
          assert.isAbove(block.end, block.start)
          if (block.kind !== "heading") {
            for (const cut of block.cuts) assert.isTrue(cut > block.start && cut < block.end)
          }
          at = block.end
        }
        assert.isAtMost(at, document.text.length)
      }
    })
  )
})

describe("what cannot be read is refused with its reason", () => {
  it.effect("nothing, or nothing but blanks", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* refusal("", "a.txt"), "empty")
      assert.strictEqual(yield* refusal(" \n\t\n", "a.txt"), "empty")
    })
  )

  it.effect("a name that promises another kind than the content", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* refusal("just words", "a.pdf"), "type-mismatch")
      const bytes = yield* Effect.promise(Samples.docx)
      assert.strictEqual(yield* refusal(bytes, "a.pdf"), "type-mismatch")
    })
  )

  it.effect("pictures, programs and old office files", () =>
    Effect.gen(function* () {
      const png = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52])
      assert.strictEqual(yield* refusal(png, "scan.png"), "unsupported-type")
      assert.strictEqual(
        yield* refusal(
          Uint8Array.from({ length: 400 }, (_, i) => i % 7),
          "core"
        ),
        "unsupported-type"
      )
      const cfb = Uint8Array.from([
        0xd0,
        0xcf,
        0x11,
        0xe0,
        0xa1,
        0xb1,
        0x1a,
        0xe1,
        ...Array.from({ length: 504 }, () => 0)
      ])
      assert.strictEqual(yield* refusal(cfb, "old.doc"), "unsupported-type")
      const locked = Uint8Array.from([...cfb, ...Buffer.from("EncryptedPackage", "utf16le")])
      assert.strictEqual(yield* refusal(locked, "locked.docx"), "encrypted")
    })
  )

  it.effect("broken files of each kind", () =>
    Effect.gen(function* () {
      const pdf = yield* Effect.promise(() => Samples.pdf([{ lines: ["x"] }]))
      assert.strictEqual(yield* refusal(pdf.slice(0, 40), "a.pdf"), "corrupt")
      const docx = yield* Effect.promise(Samples.docx)
      assert.strictEqual(yield* refusal(docx.slice(0, docx.length - 200), "a.docx"), "corrupt")
      assert.strictEqual(yield* refusal(zipSync({ "a.txt": utf8("x") }), "a.xlsx"), "corrupt")
      assert.strictEqual(yield* refusal('{"a": ', "a.json"), "corrupt")
    })
  )

  it.effect("a PDF of too many pages, before any of them is read", () =>
    Effect.gen(function* () {
      const bytes = yield* Effect.promise(() => Samples.pdf(Array.from({ length: 4 }, () => ({ lines: ["x"] }))))
      assert.strictEqual(yield* refusal(bytes, "a.pdf", { ...defaultLimits, maxPages: 3 }), "too-many-pages")
    })
  )

  it.effect("a PDF without text", () =>
    Effect.gen(function* () {
      const { PDFDocument } = yield* Effect.promise(() => import("pdf-lib"))
      const document = yield* Effect.promise(() => PDFDocument.create())
      document.addPage()
      assert.strictEqual(yield* refusal(yield* Effect.promise(() => document.save()), "scan.pdf"), "no-text")
    })
  )

  it.effect("an archive that swells", () =>
    Effect.gen(function* () {
      const bomb = Samples.xlsx([["a"]], { "xl/media/zeros.bin": new Uint8Array(60_000_000) })
      assert.isBelow(bomb.length, 100_000)
      assert.strictEqual(yield* refusal(bomb, "bomb.xlsx"), "too-large")
      assert.strictEqual(
        yield* refusal(bomb, "bomb.xlsx", { ...defaultLimits, maxRatio: 1e6, maxUnpackedBytes: 50_000_000 }),
        "too-large"
      )
    })
  )
})
