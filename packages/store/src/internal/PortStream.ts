import { Duplex } from "node:stream"
import type { MessagePort } from "node:worker_threads"

/** A request to cancel a running statement: 16 bytes, this code at the fourth. The embedded database cannot do it. */
const cancelRequestCode = 80_877_102

const isCancelRequest = (chunk: Uint8Array) =>
  chunk.length === 16 && new DataView(chunk.buffer, chunk.byteOffset).getInt32(4) === cancelRequestCode

/** The bytes of one connection as a stream over a port. `failure` is asked for the error when the other side is gone. */
export const make = (port: MessagePort, failure: () => Error): Duplex => {
  let opened = false
  const stream = new Duplex({
    read: () => {},
    write: (chunk: Uint8Array, _encoding, done) => {
      if (!opened && isCancelRequest(chunk)) stream.destroy()
      else {
        opened = true
        // A copy of its own, since the chunk may be a window on a larger buffer.
        const bytes = new Uint8Array(chunk)
        port.postMessage(bytes, [bytes.buffer])
      }
      done()
    },
    final: (done) => {
      port.close()
      done()
    },
    destroy: (error, done) => {
      port.close()
      done(error)
    }
  })
  port.on("message", (bytes: Uint8Array) => stream.push(bytes))
  port.on("close", () => {
    if (!stream.writableEnded && !stream.destroyed) stream.destroy(failure())
    else stream.push(null)
  })
  return stream
}
