/** A Redis whose answers a test decides, and what it was sent. */
import { Effect, Layer } from "effect"
import * as Redis from "effect/persistence/Redis"

type Sent = ReadonlyArray<unknown>

export const make = (answer: (sent: Sent) => Effect.Effect<unknown, Redis.RedisError>) => {
  const sent: Array<Sent> = []
  const ask = <A>(words: Sent) =>
    Effect.suspend(() => {
      sent.push(words)
      return answer(words) as Effect.Effect<A, Redis.RedisError>
    })
  const redis = Redis.Redis.of({
    send: (command, ...args) => ask([command, ...args]),
    eval:
      (script) =>
      (...params) =>
        ask(["EVAL", script.numberOfKeys(...params), ...script.params(...params)]),
    subscribe: () => Effect.die("no channels"),
    reserve: Effect.die("no connections")
  })
  return {
    /** What it was sent since the last time; of a script the number of its keys, and its parameters. */
    sent: (): ReadonlyArray<Sent> => sent.splice(0),
    layer: Layer.succeed(Redis.Redis, redis)
  }
}
