/** Requests for an operation, most of them wrong somewhere. */
import type { Chance } from "./Chance.ts"
import type { Document, Operation } from "./OpenApi.ts"
import { hostile, type Known, value } from "./Values.ts"

export interface Request {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer | undefined
}

const flat = (u: unknown): string => (typeof u === "string" ? u : (JSON.stringify(u) ?? "undefined"))

/** Now and then an escape that is none. */
const escaped = (u: unknown, chance: Chance, most: number): string => {
  if (chance.often(0.02)) return chance.pick(["%", "%zz", "%E0%A4%A", "%FF%FE", "%00"])
  return encodeURIComponent(flat(u).slice(0, most).toWellFormed())
}

const names = ["file", "files", "metadata", "title", "tags", "source", "authority", "__proto__", ""] as const

const part = (boundary: string, name: string, content: string, rest = "") =>
  `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${rest}\r\n\r\n${content}\r\n`

/** A form that may be taken in, unless what is in its files or fields is not to be. */
const form = (chance: Chance): readonly [type: string, body: Buffer] => {
  const boundary = "----resync"
  const name = chance.pick(["a.md", "b.txt", "c.html", "d.csv", "e.json", "f.log", "工作.md", "g.pdf", "h.docx"])
  const content = chance.often(0.5)
    ? `# Note ${chance.below(1e9)}\n\nA job waits.`
    : flat(hostile(chance)).slice(0, 50_000)
  const files = Array.from({ length: chance.often(0.8) ? 1 : 2 + chance.below(3) }, () =>
    part(boundary, "file", `${content} `, `; filename="${name}"`)
  )
  const fields = ["title", "tags", "source", "authority", "replaces", "language"]
    .filter(() => chance.often(0.15))
    .map((field) => part(boundary, field, chance.often(0.5) ? "approved" : flat(hostile(chance)).slice(0, 2_000)))
  return [
    `multipart/form-data; boundary=${boundary}`,
    Buffer.from(`${[...fields, ...files].join("")}--${boundary}--\r\n`)
  ]
}

const multipart = (chance: Chance): readonly [type: string, body: Buffer] => {
  if (chance.often(0.4)) return form(chance)
  const boundary = chance.pick(["b", "----resync", "x".repeat(70)])
  const parts = Array.from({ length: chance.below(14) }, () => {
    const name = chance.pick(names)
    const fileName = chance.often(0.6) ? `; filename="${chance.pick(["a.md", "../a.md", "", "a\\", "é.pdf"])}"` : ""
    const type = chance.often(0.5) ? `Content-Type: ${chance.pick(["text/markdown", "a/b", "x", ""])}\r\n` : ""
    const content = flat(hostile(chance)).slice(0, 5_000)
    const head = `Content-Disposition: ${chance.pick(["form-data", "form-data", "x"])}; name="${name}"${fileName}`
    return `--${boundary}\r\n${head}\r\n${type}\r\n${content}\r\n`
  })
  const whole = `${parts.join("")}--${boundary}--\r\n`
  const end = chance.often(0.3) ? chance.below(whole.length) : whole.length
  const named = chance.often(0.9) ? `; boundary=${boundary}` : ""
  return [`multipart/form-data${named}`, Buffer.from(whole.slice(0, end))]
}

const types = [
  "text/plain",
  "application/xml",
  "application/x-www-form-urlencoded",
  "multipart/form-data",
  "a",
  ""
] as const

const bodyOf = (
  document: Document,
  { bodies }: Operation,
  chance: Chance,
  known: Known
): readonly [type: string, body: Buffer] | undefined => {
  const [first, ...rest] = bodies
  if (first === undefined) return chance.often(0.05) ? ["application/json", Buffer.from("{}")] : undefined
  if (chance.often(0.03)) return undefined
  const [type, schema] = chance.pick([first, ...rest])
  if (type.startsWith("multipart/")) return multipart(chance)
  const json = JSON.stringify(value(document, schema, chance, known)) ?? ""
  const end = chance.often(0.05) ? chance.below(json.length + 1) : json.length
  return [chance.often(0.04) ? chance.pick(types) : type, Buffer.from(json.slice(0, end))]
}

/** What the header's grammar allows of a value. */
const fieldValue = (u: unknown): string =>
  flat(u)
    .replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, "")
    .slice(0, 2_000)

export const request = (document: Document, operation: Operation, chance: Chance, known: Known): Request => {
  let path = operation.path
  const query: Array<string> = []
  const headers: Record<string, string> = {}
  for (const parameter of operation.parameters) {
    if (parameter.in !== "path" && !chance.often(parameter.required === true ? 0.95 : 0.3)) continue
    const drawn = value(document, parameter.schema, chance, known)
    if (parameter.in === "path") {
      const id = known.length > 0 && chance.often(0.5) ? known[chance.below(known.length)] : drawn
      path = path.replace(`{${parameter.name}}`, () => escaped(id, chance, 500) || "-")
    } else if (parameter.in === "query") {
      for (const one of Array.isArray(drawn) ? drawn.slice(0, 20) : [drawn]) {
        query.push(`${encodeURIComponent(parameter.name)}=${escaped(one, chance, 2_000)}`)
      }
    } else if (parameter.in === "header") headers[parameter.name] = fieldValue(drawn)
  }
  if (chance.often(0.05)) query.push(`${encodeURIComponent(chance.pick(["__proto__", "x", "limit[]"]))}=1`)
  const body = bodyOf(document, operation, chance, known)
  if (body !== undefined && body[0] !== "") headers["content-type"] = body[0]
  return {
    method: operation.method,
    path: query.length === 0 ? path : `${path}?${query.join("&")}`,
    headers,
    body: body?.[1]
  }
}
