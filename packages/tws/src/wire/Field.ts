import { Schema } from "effect"

/** A field that the scheduler may leave out or write as `null`. */
export const field = <S extends Schema.Top>(schema: S) => Schema.optional(Schema.NullOr(schema))

export const text = field(Schema.String)
export const flag = field(Schema.Boolean)
export const int = field(Schema.Int)
export const instant = field(Schema.DateTimeUtcFromString)
export const span = field(Schema.DurationFromIsoString)
export const texts = field(Schema.Array(Schema.String))

/** What the signed-in user may do to an object. */
export const actions = field(Schema.Array(Schema.Struct({ key: text })))

/** The keys of the actions. */
export const actionKeys = (
  actions: ReadonlyArray<{ readonly key?: string | null | undefined }> | null | undefined
): ReadonlyArray<string> => (actions ?? []).flatMap(({ key }) => (key === null || key === undefined ? [] : [key]))
