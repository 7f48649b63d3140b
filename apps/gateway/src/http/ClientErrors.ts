import { type Server, STATUS_CODES } from "node:http"
import type { Socket } from "node:net"
import type { Problem } from "@resync/api/Problem"
import {
  ExpectationFailed,
  HeaderFieldsTooLarge,
  MalformedRequest,
  RequestTimeout,
  UriTooLong
} from "@resync/api/RequestProblems"
import * as Correlation from "@resync/telemetry/Correlation"
import * as Hex from "effect/encoding/Hex"
import { ProblemDetails } from "effect/http"
import * as ProblemResponse from "./ProblemResponse.ts"
import * as SecurityHeaders from "./SecurityHeaders.ts"

/** What Node's parser tells about bytes that are no request. */
interface ParseError extends Error {
  readonly code?: string
  /** The last bytes that came. */
  readonly rawPacket?: Buffer
}

/** How long an answered connection may go on before it is cut, so that the answer is not lost to a reset. */
const lingerMillis = 1_000

interface Limits {
  readonly maxHeaderSize: number
  readonly maxUrlSize: number
}

/** The length of the request's first line, as far as it came; 0 when these bytes do not begin with one. */
const firstLine = (packet: Buffer | undefined): number => {
  if (packet === undefined || !/^[A-Z]+ /.test(packet.toString("latin1", 0, 16))) return 0
  const end = packet.indexOf("\r\n")
  return end < 0 ? packet.length : end
}

const problemOf = (error: ParseError, limits: Limits): Problem => {
  switch (error.code) {
    case "HPE_HEADER_OVERFLOW":
      return firstLine(error.rawPacket) > limits.maxUrlSize
        ? new UriTooLong({ limit: limits.maxUrlSize })
        : new HeaderFieldsTooLarge({ limit: limits.maxHeaderSize })
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return new RequestTimeout({})
    default:
      return new MalformedRequest({})
  }
}

const answerOf = (problem: Problem) => {
  const correlationId = Hex.random(32)
  const content = ProblemResponse.body(problem, { correlationId })
  const headers = {
    ...SecurityHeaders.always,
    ...ProblemResponse.headersOf(problem),
    "content-type": ProblemDetails.contentType,
    "content-length": String(Buffer.byteLength(content)),
    [Correlation.header]: correlationId,
    connection: "close"
  }
  return { headers, content }
}

const render = (problem: Problem): string => {
  const { content, headers } = answerOf(problem)
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n${lines.join("")}\r\n${content}`
}

/** Whether an answer has begun on this connection; then another one would only garble it. */
const answering = (socket: Socket): boolean => {
  // Node keeps the response under way here and offers no other way to see it.
  const { _httpMessage: message } = socket as { readonly _httpMessage?: { readonly headersSent: boolean } | null }
  return message?.headersSent === true
}

/** Answers what never becomes a request of the router: bytes that are no HTTP, headers too large, clients too slow. */
export const answer = (server: Server, limits: Limits): void => {
  server.on("clientError", (error: ParseError, socket: Socket) => {
    if (!socket.writable || error.code === "ECONNRESET" || answering(socket)) {
      socket.destroy()
      return
    }
    socket.end(render(problemOf(error, limits)))
    socket.setTimeout(lingerMillis, () => socket.destroy())
  })
  server.on("checkExpectation", (_request, response) => {
    const problem = new ExpectationFailed({ detail: "Only 100-continue is known" })
    const { content, headers } = answerOf(problem)
    response.writeHead(problem.status, headers).end(content)
  })
}
