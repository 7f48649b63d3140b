import { DateTime, Duration, Option, Schema } from "effect"

/** A field that the scheduler may leave out or write as `null`. */
export const field = <S extends Schema.Top>(schema: S) => Schema.optional(Schema.NullOr(schema))

/**
 * A field whose value has a form of its own, and which counts as absent where it has another: one odd date must not make a page
 * of a thousand jobs unreadable. It is taken as it came and read by one of the functions below, so that a schema of such fields
 * transforms nothing and compiles as a whole.
 */
export const lenient = Schema.optional(Schema.Unknown)

export const text = field(Schema.String)
export const flag = field(Schema.Boolean)
export const int = field(Schema.Int)
export const instant = lenient
export const span = lenient
export const id = lenient
export const texts = field(Schema.Array(Schema.String))

/** What a field holds when it holds something. */
export type Given<A> = Exclude<A, null | undefined>

export const isGiven = <A>(value: A): value is Given<A> => value !== null && value !== undefined

/** The instant of a lenient field. */
export const instantOf = (value: unknown): DateTime.Utc | undefined =>
  typeof value === "string" ? Option.getOrUndefined(DateTime.make(value)) : undefined

/** What schedulers write: hours, minutes and seconds without fractions. */
const plainSpan = /^PT(?!$)(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6})S)?$/

/** The length of time of a lenient field. */
export const spanOf = (value: unknown): Duration.Duration | undefined => {
  if (typeof value !== "string") return undefined
  const parts = plainSpan.exec(value)
  if (parts === null) return Option.getOrUndefined(Duration.fromIso(value))
  const [, hours = "0", minutes = "0", seconds = "0"] = parts
  return Duration.millis(((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000)
}

/** The id of a lenient field. */
export const idOf = <A>(is: (value: unknown) => value is A, value: unknown): A | undefined =>
  is(value) ? value : undefined

/** What the signed-in user may do to an object. */
export const actions = field(Schema.Array(Schema.Struct({ key: text })))

/** The keys of the actions. */
export const actionKeys = (
  actions: ReadonlyArray<{ readonly key?: string | null | undefined }> | null | undefined
): ReadonlyArray<string> => {
  const keys: Array<string> = []
  for (const { key } of actions ?? []) if (isGiven(key)) keys.push(key)
  return keys
}
