import { Effect, Schema } from "effect"
import { stated } from "./internal/stated.ts"

/** The options given to a policy do not satisfy its Schema. `message` names the field and what it must be. */
export class InvalidOptions extends Schema.TaggedError<InvalidOptions>()("InvalidOptions", {
  /** Which pattern the options are for, for example `CircuitBreaker`. */
  pattern: Schema.String,
  /** The name of the policy that was to be made. */
  name: Schema.String,
  message: Schema.String
}) {}

/** Decodes options with their defaults, which also stand for what is `undefined`, or fails with `InvalidOptions`. */
export const decode = <S extends Schema.ConstraintDecoder<unknown>>(
  schema: S,
  pattern: string,
  name: string
): ((input: unknown) => Effect.Effect<S["Type"], InvalidOptions>) => {
  const decodeOptions = Schema.decodeUnknownEffect(schema)
  return (input) =>
    decodeOptions(stated(input), { errors: "all", onExcessProperty: "error" }).pipe(
      Effect.mapError((error) => new InvalidOptions({ pattern, name, message: error.message }))
    )
}
