import { Effect, Option, Schema } from "effect"

/** A field that the scheduler may leave out or write as `null`. */
export const field = <S extends Schema.Top>(schema: S) => Schema.optional(Schema.NullOr(schema))

/**
 * A field whose text has a form of its own, and which counts as absent where it has another: one odd date must not make a page
 * of a thousand jobs unreadable.
 */
export const lenient = <S extends Schema.Top>(schema: S) => {
  const nullable = Schema.NullOr(schema)
  return Schema.optional(Schema.catchDecoding<typeof nullable>(() => Effect.succeed(Option.some(null)))(nullable))
}

export const text = field(Schema.String)
export const flag = field(Schema.Boolean)
export const int = field(Schema.Int)
export const instant = lenient(Schema.DateTimeUtcFromString)
export const span = lenient(Schema.DurationFromIsoString)
export const texts = field(Schema.Array(Schema.String))

/** What the signed-in user may do to an object. */
export const actions = field(Schema.Array(Schema.Struct({ key: text })))

/** The keys of the actions. */
export const actionKeys = (
  actions: ReadonlyArray<{ readonly key?: string | null | undefined }> | null | undefined
): ReadonlyArray<string> => (actions ?? []).flatMap(({ key }) => (key === null || key === undefined ? [] : [key]))
