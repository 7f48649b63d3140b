/**
 * A closed loop of HTTP/1.1 keep-alive connections over bare sockets: each sends its next request as soon as the last
 * one is answered. It spends far less time per request than the servers under test, so that they are the bottleneck.
 */
import { connect, type Socket } from "node:net"
import { createHistogram } from "node:perf_hooks"

export interface LoadOptions {
  readonly port: number
  readonly connections: number
  readonly milliseconds: number
  /** The path of the next request. */
  readonly path: () => string
  /** Headers of each request beside `Host` and `Accept`. */
  readonly headers?: Readonly<Record<string, string>>
}

export interface LoadResult {
  readonly requests: number
  readonly errors: number
  readonly seconds: number
  readonly perSecond: number
  /** Latencies in milliseconds. */
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/** The number of bytes of one complete answer at the start of `buffer`, or 0 if more must come. */
const answerLength = (buffer: Buffer): number => {
  const head = buffer.indexOf("\r\n\r\n")
  if (head === -1) return 0
  const headers = buffer.toString("latin1", 0, head).toLowerCase()
  const found = /\r\ncontent-length: *(\d+)/.exec(headers)
  if (found === null) throw new Error(`an answer without content-length: ${headers}`)
  const total = head + 4 + Number(found[1])
  return buffer.length >= total ? total : 0
}

export const load = (options: LoadOptions): Promise<LoadResult> =>
  new Promise((resolve, reject) => {
    const histogram = createHistogram()
    const started = performance.now()
    const stopAt = started + options.milliseconds
    const sockets: Array<Socket> = []
    const headers = Object.entries({
      host: `127.0.0.1:${options.port}`,
      accept: "application/json",
      ...options.headers
    })
    const head = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("")
    let errors = 0
    let open = options.connections
    let ended = started

    const closed = () => {
      open--
      if (open > 0) return
      const seconds = (ended - started) / 1000
      resolve({
        requests: histogram.count,
        errors,
        seconds,
        perSecond: histogram.count / seconds,
        p50: histogram.percentile(50) / 1e6,
        p99: histogram.percentile(99) / 1e6,
        max: histogram.max / 1e6
      })
    }

    for (let n = 0; n < options.connections; n++) {
      const socket = connect(options.port, "127.0.0.1")
      sockets.push(socket)
      socket.setNoDelay(true)
      let sentAt = 0
      let pending: Buffer | undefined
      const send = () => {
        sentAt = performance.now()
        socket.write(`GET ${options.path()} HTTP/1.1\r\n${head}\r\n`)
      }
      socket.on("connect", send)
      socket.on("data", (chunk) => {
        pending = pending === undefined ? chunk : Buffer.concat([pending, chunk])
        const length = answerLength(pending)
        if (length === 0) return
        const now = performance.now()
        if (pending.toString("latin1", 9, 12) !== "200") errors++
        pending = length === pending.length ? undefined : pending.subarray(length)
        histogram.record(Math.max(1, Math.round((now - sentAt) * 1e6)))
        ended = now
        if (now < stopAt) send()
        else socket.destroy()
      })
      socket.on("error", (error) => {
        for (const other of sockets) other.destroy()
        reject(error)
      })
      socket.on("close", closed)
    }
  })
