import { IdempotencyKeyReused } from "@resync/api/Idempotency"
import { Clock, Context, Effect, Exit, Fiber, Layer } from "effect"

/** How long the answer of a command is kept for its repetitions. */
const keptMillis = 24 * 3_600_000

/** How many answers are kept; beyond that the oldest go. */
const capacity = 10_000

interface Entry {
  readonly fingerprint: string
  readonly expiresAt: number
  readonly fiber: Fiber.Fiber<unknown, unknown>
}

/** What became of a command, and whether that was known already. */
export interface Answer<out A> {
  readonly value: A
  readonly replayed: boolean
}

/**
 * Sends a command once, however often it is repeated: a repetition with the same key waits for the first one or gets its
 * answer. Only success is kept, so that what failed can be tried again with the same key. Kept in the memory of this
 * process.
 *
 * A command that has begun goes on when its caller hangs up, whether it has a key or not: the scheduler may have it by
 * then, and a repetition must learn what came of it.
 */
export class Idempotency extends Context.Service<
  Idempotency,
  {
    once<A, E, R>(
      key: string | undefined,
      /** What the command is, all of it: the same key with another fingerprint is refused. */
      fingerprint: string,
      command: Effect.Effect<A, E, R>
    ): Effect.Effect<Answer<A>, E | IdempotencyKeyReused, R>
  }
>()("@resync/gateway/Idempotency") {
  static readonly layer = Layer.effect(
    Idempotency,
    Effect.gen(function* () {
      const scope = yield* Effect.scope
      const entries = new Map<string, Entry>()

      const evict = (now: number) => {
        for (const [key, entry] of entries) {
          if (entries.size <= capacity && entry.expiresAt > now) break
          entries.delete(key)
        }
      }

      const begin = <A, E, R>(key: string, fingerprint: string, now: number, command: Effect.Effect<A, E, R>) =>
        command.pipe(
          Effect.onExit((exit) => Effect.sync(() => Exit.isFailure(exit) && entries.delete(key))),
          Effect.forkIn(scope),
          Effect.tap((fiber) =>
            Effect.sync(() => entries.set(key, { fingerprint, expiresAt: now + keptMillis, fiber }))
          )
        )

      const once = Effect.fnUntraced(function* <A, E, R>(
        key: string | undefined,
        fingerprint: string,
        command: Effect.Effect<A, E, R>
      ): Effect.fn.Return<Answer<A>, E | IdempotencyKeyReused, R> {
        if (key === undefined) {
          const fiber = yield* Effect.forkIn(command, scope)
          return { value: yield* Fiber.join(fiber), replayed: false }
        }
        const now = yield* Clock.currentTimeMillis
        evict(now)
        const known = entries.get(key)
        if (known === undefined) {
          const fiber = yield* begin(key, fingerprint, now, command)
          return { value: yield* Fiber.join(fiber), replayed: false }
        }
        if (known.fingerprint !== fingerprint) {
          return yield* new IdempotencyKeyReused({ detail: "The key was used for another command" })
        }
        // The fingerprint names the command, so the fiber that runs it gives its type of answer.
        return { value: yield* Fiber.join(known.fiber as Fiber.Fiber<A, E>), replayed: true }
      })

      return Idempotency.of({ once })
    })
  )
}
