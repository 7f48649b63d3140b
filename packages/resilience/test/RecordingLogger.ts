/** Keeps what an effect logs, in place of writing it. */
import { Effect, Logger } from "effect"

/** Level and first word of each line. */
export type Line = readonly [level: string, message: unknown]

export const recorded = <A, E, R>(
  self: (lines: () => ReadonlyArray<Line>) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.suspend(() => {
    const lines: Array<Line> = []
    const logger = Logger.make<unknown, void>(({ logLevel, message }) => {
      lines.push([logLevel, Array.isArray(message) ? message[0] : message])
    })
    return Effect.provide(
      self(() => lines),
      Logger.layer([logger])
    )
  })
