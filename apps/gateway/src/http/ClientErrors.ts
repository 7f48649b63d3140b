import { type Server, STATUS_CODES } from "node:http"
import { type Socket } from "node:net"
import { type Problem } from "@resync/api/Problem"
import {
  ExpectationFailed,
  HeaderFieldsTooLarge,
  MalformedRequest,
  RequestTimeout,
  UriTooLong
} from "@resync/api/RequestProblems"
import * as Hex from "effect/encoding/Hex"
import { ProblemDetails } from "effect/http"
import * as ProblemResponse from "./ProblemResponse.ts"

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

const problemOf = (error: ParseError, limits: Limits): Problem => {
  switch (error.code) {
    case "HPE_HEADER_OVERFLOW":
      // Still in the first line: the URL is what is too long.
      return error.rawPacket?.includes("\r\n") === false && /^[A-Z]+ /.test(error.rawPacket.toString("latin1", 0, 16))
        ? new UriTooLong({ limit: limits.maxUrlSize })
        : new HeaderFieldsTooLarge({ limit: limits.maxHeaderSize })
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return new RequestTimeout({})
    default:
      return new MalformedRequest({})
  }
}

const render = (problem: Problem): string => {
  const correlationId = Hex.random(32)
  const content = ProblemResponse.body(problem, { correlationId })
  const headers = {
    ...ProblemResponse.headersOf(problem),
    "content-type": ProblemDetails.contentType,
    "content-length": String(Buffer.byteLength(content)),
    "x-correlation-id": correlationId,
    connection: "close"
  }
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
    response.writeHead(problem.status, {
      ...ProblemResponse.headersOf(problem),
      "content-type": ProblemDetails.contentType
    })
    response.end(ProblemResponse.body(problem, {}))
  })
}
