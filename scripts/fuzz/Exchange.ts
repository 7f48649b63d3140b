/** Sends requests over real sockets. */
import { Agent, request as send } from "node:http"
import type { Request } from "./Requests.ts"

export interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string
  readonly cookies: ReadonlyArray<string>
}

/** Answers are read up to here; a stream of events is left after its head. */
const most = 4_194_304

export class Exchange {
  readonly #origin: URL
  readonly #agent: Agent

  constructor(origin: URL, connections: number) {
    this.#origin = origin
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections })
  }

  send({ body, headers, method, path }: Request): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const outgoing = send(this.#origin, {
        agent: this.#agent,
        method,
        path,
        headers: { ...headers, ...(body === undefined ? {} : { "content-length": body.length }) },
        timeout: 30_000
      })
      outgoing.on("timeout", () => outgoing.destroy(new Error("no answer within 30 seconds")))
      outgoing.on("error", reject)
      outgoing.on("response", (incoming) => {
        const status = incoming.statusCode ?? 0
        const type = incoming.headers["content-type"] ?? ""
        const cookies = incoming.headers["set-cookie"] ?? []
        if (type.startsWith("text/event-stream")) {
          incoming.destroy()
          resolve({ status, type, body: "", cookies })
          return
        }
        const chunks: Array<Buffer> = []
        let size = 0
        incoming.on("data", (chunk: Buffer) => {
          size += chunk.length
          if (size <= most) chunks.push(chunk)
        })
        incoming.on("error", reject)
        incoming.on("end", () => resolve({ status, type, body: Buffer.concat(chunks).toString(), cookies }))
      })
      outgoing.end(body)
    })
  }

  close(): void {
    this.#agent.destroy()
  }
}
