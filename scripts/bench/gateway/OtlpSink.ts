/** A collector that counts: spans arrive at `POST /v1/traces` as protobuf, `GET /` answers how many so far. */
import { createServer } from "node:http"

/** Calls `visit` with each length-delimited field of a protobuf message. */
const fields = (
  bytes: Buffer,
  start: number,
  end: number,
  visit: (field: number, from: number, to: number) => void
) => {
  let at = start
  const varint = () => {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++] ?? 0
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
    }
  }
  while (at < end) {
    const tag = varint()
    if ((tag & 7) === 2) {
      const length = varint()
      visit(tag >>> 3, at, at + length)
      at += length
    } else if ((tag & 7) === 0) varint()
    else at += (tag & 7) === 1 ? 8 : 4
  }
}

let spans = 0
const count = (bytes: Buffer) =>
  fields(bytes, 0, bytes.length, (resource, from, to) => {
    if (resource === 1) {
      fields(bytes, from, to, (scope, from, to) => {
        if (scope === 2) {
          fields(bytes, from, to, (span) => {
            if (span === 2) spans++
          })
        }
      })
    }
  })

createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const chunks: Array<Buffer> = []
  request.on("data", (chunk: Buffer) => chunks.push(chunk))
  request.on("end", () => {
    if (request.method === "POST" && request.url === "/v1/traces") count(Buffer.concat(chunks))
    response.writeHead(200, { "content-type": request.headers["content-type"] ?? "text/plain" })
    response.end(request.method === "GET" ? String(spans) : undefined)
  })
}).listen(Number(process.env["PORT"]), "127.0.0.1")
