import { Context, Effect, Latch, Layer } from "effect"

/** Tells what would go on without an end that the service goes down. */
export class Shutdown extends Context.Service<
  Shutdown,
  {
    readonly begin: Effect.Effect<void>
    /** Returns once the service goes down. */
    readonly begun: Effect.Effect<void>
  }
>()("@resync/rag-service/Shutdown") {
  static readonly layer = Layer.sync(Shutdown, () => {
    const latch = Latch.makeUnsafe(false)
    return Shutdown.of({ begin: Effect.asVoid(latch.open), begun: Effect.asVoid(latch.await) })
  })

  /** Begins when the scope of what stands on it closes. */
  static readonly onClose = Layer.effectDiscard(
    Effect.flatMap(Shutdown, ({ begin }) => Effect.addFinalizer(() => begin))
  )
}
