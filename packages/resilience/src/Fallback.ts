/**
 * Another answer in place of an error. The outermost policy: inside a retry it would turn every failure into a success and
 * the retry would never see one.
 */
import { Effect } from "effect"
import * as SpanEvent from "./internal/SpanEvent.ts"

/**
 * Runs `orElse` with the error when the effect fails with one that `when` accepts, by default any. Defects and interruption
 * pass. When the fallback itself fails, its own error comes out.
 */
export const withFallback =
  <E, A2, E2, R2>(options: {
    /** The policy, for the span event. */
    readonly name: string
    readonly when?: ((error: E) => boolean) | undefined
    readonly orElse: (error: E) => Effect.Effect<A2, E2, R2>
  }) =>
  <A, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A | A2, E | E2, R | R2> =>
    Effect.catchIf(
      self,
      (error) => options.when === undefined || options.when(error),
      (error) =>
        Effect.withFiber((fiber) => {
          SpanEvent.add(fiber, "resilience.fallback", { name: options.name })
          return options.orElse(error)
        })
    )
