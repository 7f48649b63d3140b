import { connect, createServer, type Socket } from "node:net"
import { NodeRedis } from "@effect/platform-node"
import { Context, type Duration, Effect, Layer, Logger } from "effect"
import { SharedState } from "../../src/SharedState.ts"

const port = 6379

/** Whether a Redis listens where the tests expect one. */
export const present: Promise<boolean> = new Promise((resolve) => {
  const socket = connect({ port, host: "127.0.0.1" })
  socket.once("connect", () => {
    socket.destroy()
    resolve(true)
  })
  socket.once("error", () => resolve(false))
})

let prefixes = 0

/** A prefix that no other test and no other run uses. */
export const prefix = (): string => `resync-test:${process.pid}:${process.hrtime.bigint()}:${++prefixes}:`

/** A door to Redis that can be shut, and one that answers nothing. */
export class Proxy extends Context.Service<
  Proxy,
  {
    readonly port: number
    readonly cut: Effect.Effect<void>
    readonly mend: Effect.Effect<void>
    readonly hang: Effect.Effect<void>
  }
>()("@resync/resilience/test/Proxy") {
  static readonly layer = Layer.effect(
    Proxy,
    Effect.acquireRelease(
      Effect.callback<Proxy["Service"] & { readonly close: () => void }>((resume) => {
        let mode: "open" | "shut" | "silent" = "open"
        const sockets = new Set<Socket>()
        const server = createServer((client) => {
          if (mode === "shut") {
            client.destroy()
            return
          }
          const redis = connect({ port, host: "127.0.0.1" })
          for (const [from, to] of [
            [client, redis],
            [redis, client]
          ] as const) {
            sockets.add(from)
            from.on("data", (chunk) => {
              if (mode !== "silent") to.write(chunk)
            })
            from.on("error", () => to.destroy())
            from.on("close", () => {
              sockets.delete(from)
              to.destroy()
            })
          }
        })
        const drop = () => {
          for (const socket of sockets) socket.destroy()
        }
        server.listen(0, "127.0.0.1", () => {
          const address = server.address()
          resume(
            Effect.succeed({
              port: typeof address === "object" && address !== null ? address.port : 0,
              cut: Effect.sync(() => {
                mode = "shut"
                drop()
              }),
              hang: Effect.sync(() => {
                mode = "silent"
              }),
              mend: Effect.sync(() => {
                mode = "open"
              }),
              close: () => {
                drop()
                server.close()
              }
            })
          )
        })
      }),
      (proxy) => Effect.sync(proxy.close)
    )
  )
}

/** A connection of one process to Redis, and what it shares there under a prefix. */
export const node = (options: {
  readonly prefix: string
  readonly port?: number
  readonly probeLease?: Duration.Input
}): Layer.Layer<SharedState> =>
  SharedState.layerRedis({
    prefix: options.prefix,
    probeLease: options.probeLease
  }).pipe(
    Layer.provide(
      Layer.fresh(
        NodeRedis.layer({ url: `redis://127.0.0.1:${options.port ?? port}`, socket: { reconnectStrategy: 20 } })
      )
    ),
    // The client tells of every connection that the tests cut.
    Layer.provide(Logger.layer([])),
    Layer.orDie
  )
