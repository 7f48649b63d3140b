import { Deferred, Effect, Function, Semaphore } from "effect"

/**
 * For work that many may ask for at once and that is the same for all whose requests have one key, which is the request itself
 * unless told: one piece of it is done at a time, and who asks while it is under way shares the next, so that no answer is older
 * than its question. Who goes away leaves the work to the others.
 */
export const sharing = Effect.fnUntraced(function* <Request, A, E>(
  work: (request: Request) => Effect.Effect<A, E>,
  keyOf: (request: Request) => unknown = Function.identity
) {
  const gate = yield* Semaphore.make(1)
  const scope = yield* Effect.scope
  const waiting = new Map<unknown, Deferred.Deferred<A, E>>()
  return (request: Request): Effect.Effect<A, E> =>
    // What others may join is begun: who goes away in between would leave them waiting for ever.
    Effect.uninterruptibleMask((restore) => {
      const key = keyOf(request)
      const joined = waiting.get(key)
      if (joined !== undefined) return restore(Deferred.await(joined))
      const done = Deferred.makeUnsafe<A, E>()
      waiting.set(key, done)
      const begun = Effect.suspend(() => {
        // Who comes from here on asks about what may have changed meanwhile.
        waiting.delete(key)
        return work(request)
      })
      return Effect.andThen(
        Effect.forkIn(Deferred.into(gate.withPermit(begun), done), scope),
        restore(Deferred.await(done))
      )
    })
})
