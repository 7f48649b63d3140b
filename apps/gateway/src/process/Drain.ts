import { Context, Effect, Latch, Layer } from "effect"

/**
 * Whether the service is going down. It is told first, before the server stops accepting, so that readiness says so and
 * streams without an end are ended instead of being waited for.
 */
export class Drain extends Context.Service<
  Drain,
  {
    readonly begin: Effect.Effect<void>
    readonly draining: () => boolean
    /** Returns once the service goes down. */
    readonly begun: Effect.Effect<void>
  }
>()("@resync/gateway/Drain") {
  static readonly layer = Layer.sync(Drain, () => {
    const latch = Latch.makeUnsafe(false)
    return Drain.of({
      begin: Effect.asVoid(latch.open),
      draining: () => latch.isOpen(),
      begun: Effect.asVoid(latch.await)
    })
  })

  /** Begins to drain when the scope of what stands on it closes. */
  static readonly onClose = Layer.effectDiscard(
    Effect.flatMap(Drain, (drain) => Effect.addFinalizer(() => drain.begin))
  )
}
