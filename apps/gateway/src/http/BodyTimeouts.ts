import type { IncomingMessage, Server } from "node:http"
import { Duration, Effect, Schedule } from "effect"
import * as UploadRoute from "./UploadRoute.ts"

const announcesBody = ({ headers }: IncomingMessage) =>
  headers["transfer-encoding"] !== undefined || Number(headers["content-length"]) > 0

/** What Node says of a request that takes too long, so that it is answered in the same way. */
const lateError = () => Object.assign(new Error("Request timeout"), { code: "ERR_HTTP_REQUEST_TIMEOUT" })

/**
 * Bounds the time for a body to arrive. Node has one bound for all requests, which is that of uploads here; this is the
 * shorter one of all others. Time is counted in looks, so that a request costs two entries in a set and no timer.
 */
export const watch = Effect.fnUntraced(function* (
  server: Server,
  { requestTimeout }: { readonly requestTimeout: Duration.Duration }
) {
  const interval = Math.min(1_000, Duration.toMillis(requestTimeout) / 4)
  const allowed = Math.ceil(Duration.toMillis(requestTimeout) / interval)
  const arriving = new Map<IncomingMessage, number>()
  let looks = 0

  server.on("request", (request) => {
    if (!announcesBody(request) || UploadRoute.matches(request)) return
    arriving.set(request, looks)
    const forget = () => arriving.delete(request)
    request.once("end", forget).once("close", forget)
  })
  yield* Effect.sync(() => {
    looks++
    for (const [request, since] of arriving) {
      if (looks - since <= allowed) continue
      arriving.delete(request)
      server.emit("clientError", lateError(), request.socket)
    }
  }).pipe(Effect.repeat(Schedule.spaced(interval)), Effect.forkScoped)
})
