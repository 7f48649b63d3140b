import { connect } from "node:net"
import { Effect } from "effect"

/** A raw connection: what comes back until it is closed, and how to write to it. */
export interface RawSocket {
  readonly write: (text: string) => Effect.Effect<void>
  /** Writes, and waits until the system has taken it. */
  readonly flush: (bytes: Uint8Array) => Effect.Effect<void>
  /** Stops reading, and reads on. */
  readonly pause: Effect.Effect<void>
  readonly resume: Effect.Effect<void>
  /** All that came, once the other side has closed. */
  readonly closed: Effect.Effect<string>
  /** All that came, once it has `text` in it. */
  readonly until: (text: string) => Effect.Effect<string>
}

/** Connects. A connection that is refused is one that is closed at once. */
export const open = (port: number) =>
  Effect.acquireRelease(
    Effect.callback<RawSocket & { readonly destroy: () => void }>((resume) => {
      const socket = connect(port, "127.0.0.1")
      let received = ""
      let ended = false
      const watchers = new Set<() => void>()
      const notify = () => {
        for (const watcher of watchers) watcher()
      }
      const when = (done: () => boolean) =>
        Effect.callback<string>((resume) => {
          const watcher = () => {
            if (!done()) return
            watchers.delete(watcher)
            resume(Effect.succeed(received))
          }
          watchers.add(watcher)
          watcher()
        })
      socket.on("data", (chunk) => {
        received += chunk.toString("latin1")
        notify()
      })
      // A reset shows as a close, which is what the tests look at.
      socket.on("error", () => undefined)
      const raw = {
        pause: Effect.sync(() => socket.pause()),
        resume: Effect.sync(() => socket.resume()),
        write: (text: string) => Effect.sync(() => socket.write(text, "latin1")),
        flush: (bytes: Uint8Array) =>
          Effect.callback<void>((resume) => {
            socket.write(bytes, () => resume(Effect.void))
          }),
        closed: when(() => ended),
        until: (text: string) => when(() => received.includes(text)),
        destroy: () => socket.destroy()
      }
      socket.on("close", () => {
        ended = true
        notify()
        resume(Effect.succeed(raw))
      })
      socket.on("connect", () => resume(Effect.succeed(raw)))
    }),
    (socket) => Effect.sync(socket.destroy)
  )

/** Status and body of the last answer in what came over a connection. */
export const answer = (received: string) => {
  const [head = "", content = ""] = received.slice(received.lastIndexOf("HTTP/1.1 ")).split("\r\n\r\n")
  return { status: Number(head.split(" ")[1]), head: head.toLowerCase(), body: JSON.parse(content) }
}
