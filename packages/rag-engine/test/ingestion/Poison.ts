/** Files that no parser can read, each for a reason of its own, made while the test runs. */
import type { IngestionFailure } from "@resync/rag/model/IngestionJob"
import { Document, Packer } from "docx"
import { unzipSync, zipSync } from "fflate"
import { PDFDocument } from "pdf-lib"
import * as Samples from "../parsing/Samples.ts"

const utf8 = (text: string) => new TextEncoder().encode(text)

/** A PDF by hand: what `pdf-lib` takes long for, or does not write. */
const rawPdf = (objects: ReadonlyArray<string>, trailer = ""): Uint8Array => {
  let text = "%PDF-1.4\n"
  const at: Array<number> = []
  objects.forEach((object, index) => {
    at.push(text.length)
    text += `${index + 1} 0 obj\n${object}\nendobj\n`
  })
  const start = text.length
  const rows = at.map((offset) => `${String(offset).padStart(10, "0")} 00000 n \n`).join("")
  return utf8(
    `${text}xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${rows}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R ${trailer} >>\nstartxref\n${start}\n%%EOF\n`
  )
}

const pages = (count: number): ReadonlyArray<string> => [
  "<< /Type /Catalog /Pages 2 0 R >>",
  `<< /Type /Pages /Count ${count} /Kids [${Array.from({ length: count }, (_, n) => `${n + 3} 0 R`).join(" ")}] >>`,
  ...Array.from({ length: count }, () => "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] >>")
]

const lockedPdf = () => {
  const secret = `<${"5a".repeat(32)}>`
  return rawPdf(
    [...pages(1), `<< /Filter /Standard /V 1 /R 2 /O ${secret} /U ${secret} /P -4 >>`],
    `/Encrypt 4 0 R /ID [<${"01".repeat(16)}> <${"01".repeat(16)}>]`
  )
}

/** Says of each part of an archive that it wants a password. */
const lockedArchive = (archive: Uint8Array): Uint8Array => {
  const bytes = archive.slice()
  for (let at = 0; at + 10 < bytes.length; at++) {
    const [p, k, a, b] = bytes.subarray(at, at + 4)
    if (p !== 0x50 || k !== 0x4b) continue
    if (a === 3 && b === 4) bytes[at + 6] = 1
    if (a === 1 && b === 2) bytes[at + 8] = 1
  }
  return bytes
}

const compound = (rest: Uint8Array) =>
  new Uint8Array([
    0xd0,
    0xcf,
    0x11,
    0xe0,
    0xa1,
    0xb1,
    0x1a,
    0xe1,
    ...new Uint8Array(504),
    ...rest,
    ...new Uint8Array(512)
  ])

const noise = (length: number) => Uint8Array.from({ length }, (_, n) => (n * 7919 + ((n * n) % 251)) % 256)

const bomb = () => new Uint8Array(30_000_000)

export interface PoisonFile {
  readonly name: string
  readonly content: Uint8Array
  /** What its job fails with. */
  readonly reason: IngestionFailure
}

export const files = async (): Promise<ReadonlyArray<PoisonFile>> => {
  const docx = await Samples.docx()
  const pdf = await Samples.pdf([{ title: "One", lines: ["some words"] }])
  const png = (length: number) =>
    new Uint8Array([
      0x89,
      0x50,
      0x4e,
      0x47,
      0x0d,
      0x0a,
      0x1a,
      0x0a,
      0,
      0,
      0,
      13,
      0x49,
      0x48,
      0x44,
      0x52,
      ...noise(length)
    ])
  // No two are the same, or the second would be the job of the first.
  const archive = (word: string) => zipSync({ "a.txt": utf8(word) })
  const pictures = await PDFDocument.create()
  pictures.addPage([100, 100])
  const nothing = new Uint8Array(await Packer.toBuffer(new Document({ sections: [{ children: [] }] })))
  const swollen = bomb()
  const made = (name: string, reason: IngestionFailure, content: Uint8Array | string): PoisonFile => ({
    name,
    reason,
    content: typeof content === "string" ? utf8(content) : content
  })
  return [
    made("blank.txt", "empty", " \n\t\n "),
    made("mark.txt", "empty", new Uint8Array([0xef, 0xbb, 0xbf])),
    made("words.pdf", "type-mismatch", "just words"),
    made("other.docx", "type-mismatch", pdf),
    made("picture.pdf", "type-mismatch", png(200)),
    made("archive.pdf", "type-mismatch", archive("archive.pdf")),
    made("page.xlsx", "type-mismatch", "<!doctype html><p>words"),
    made("scan.png", "unsupported-type", png(300)),
    made("log.gz", "unsupported-type", new Uint8Array([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, ...noise(100)])),
    made("setup.exe", "unsupported-type", new Uint8Array([0x4d, 0x5a, ...noise(400)])),
    made("noise.bin", "unsupported-type", noise(5_000)),
    made("nul.txt", "unsupported-type", `words${"\0".repeat(100)}words`),
    made("old.doc", "unsupported-type", compound(new Uint8Array(100))),
    made("files.zip", "unsupported-type", archive("files.zip")),
    made("locked.docx", "encrypted", compound(Buffer.from("EncryptedPackage", "utf16le"))),
    made("locked.pdf", "encrypted", lockedPdf()),
    made("parts.docx", "encrypted", lockedArchive(docx)),
    made("cut.pdf", "corrupt", pdf.slice(0, 40)),
    made("garbage.pdf", "corrupt", new Uint8Array([...utf8("%PDF-1.7\n"), ...noise(2_000)])),
    made("cut.docx", "corrupt", docx.slice(0, docx.length - 200)),
    made("renamed.docx", "corrupt", archive("renamed.docx")),
    made("renamed.xlsx", "corrupt", archive("renamed.xlsx")),
    made("broken.json", "corrupt", '{"a": '),
    made("swollen.xlsx", "too-large", Samples.xlsx([["a"]], { "xl/media/x.bin": swollen })),
    made("swollen.docx", "too-large", zipSync({ ...unzipSync(docx), "word/media/x.bin": swollen })),
    made("long.pdf", "too-many-pages", rawPdf(pages(10_000))),
    made("pictures.pdf", "no-text", await pictures.save()),
    made("nothing.docx", "no-text", nothing),
    made("script.html", "no-text", "<!doctype html><html><body><script>var a = 1</script></body></html>"),
    made("deep.json", "out-of-memory", `[${"[0],".repeat(6_000_000)}0]`)
  ]
}
