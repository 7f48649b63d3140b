/** What circuit breakers by key go by. */
import { type Duration, Effect, Schema } from "effect"
import { CircuitBreakerOptions, type CircuitBreakerOptionsInput } from "./CircuitBreakerOptions.ts"
import { decode, InvalidOptions } from "./InvalidOptions.ts"
import { NonNegativeDuration } from "./internal/DurationInput.ts"

/**
 * - `idleTimeToLive`: how long a closed breaker is kept after its last call, an hour by default.
 * - `maxKeys`: how many there may be before closed ones that are not in use go earlier, the longest unused first; 10,000 by
 *   default. It is no bound on those that are not closed: they are kept whatever their number.
 */
export const KeyBounds = Schema.Struct({
  idleTimeToLive: NonNegativeDuration.pipe(Schema.withDecodingDefaultKey(Effect.succeed("1 hour"))),
  maxKeys: Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed(10_000))
  )
}).annotate({ identifier: "KeyBounds" })
export type KeyBounds = typeof KeyBounds.Type

export interface KeyedCircuitBreakerOptionsInput extends Omit<CircuitBreakerOptionsInput, "shared"> {
  readonly idleTimeToLive?: Duration.Input | undefined
  readonly maxKeys?: number | undefined
}

/** What a keyed breaker goes by. */
export interface KeyedOptions {
  readonly options: CircuitBreakerOptions
  readonly bounds: KeyBounds
}

/** Decodes the options of keyed breakers. */
export const decodeOptions = (
  name: string,
  { idleTimeToLive, maxKeys, ...options }: KeyedCircuitBreakerOptionsInput
): Effect.Effect<KeyedOptions, InvalidOptions> =>
  Effect.flatMap(
    Effect.all({
      options: decode(CircuitBreakerOptions, "CircuitBreaker", name)(options),
      bounds: decode(KeyBounds, "KeyedCircuitBreaker", name)({ idleTimeToLive, maxKeys })
    }),
    (decoded) =>
      decoded.options.shared === undefined
        ? Effect.succeed(decoded)
        : Effect.fail(
            new InvalidOptions({ pattern: "KeyedCircuitBreaker", name, message: "shared: not for breakers with keys" })
          )
  )
