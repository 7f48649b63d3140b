/** What stands between the braces of JSON: texts of values that are no structures. */
import { DateTime, Duration, Option, Schema, type SchemaAST } from "effect"

/** Writes a value as JSON text, or gives up with `misfit`. */
export type Write = (value: unknown) => string

/** Thrown at the first thing that does not fit. */
export const misfit = Symbol("misfit")

export const giveUp = (): never => {
  throw misfit
}

/** Longer strings are left to the platform. */
const short = 128

/** A string as JSON. Nearly all of them stand between quotes as they are. */
export const quote = (text: string): string => {
  if (text.length > short) return JSON.stringify(text)
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x20 || code === 0x22 || code === 0x5c || (code >= 0xd800 && code <= 0xdfff)) return JSON.stringify(text)
  }
  return `"${text}"`
}

const day = 86_400_000
const hour = 3_600_000
const minute = 60_000

const twoDigits = Array.from({ length: 60 }, (_, n) => String(n).padStart(2, "0"))

/** The days that instants fell on lately, each at the place that its number has modulo the length, and their dates. */
const days = new Float64Array(64).fill(Number.NaN)
const dates = Array.from(days, () => "")

/** As `DateTime.formatIso`, whose larger part is the date, which few days share. */
const instant: Write = (value) => {
  if (!DateTime.isDateTime(value) || !DateTime.isUtc(value)) return giveUp()
  const { epochMilliseconds } = value
  const number = Math.floor(epochMilliseconds / day)
  const place = number & 63
  const rest = epochMilliseconds - number * day
  const millis = rest % 1000
  if (!Number.isInteger(millis)) return `"${DateTime.formatIso(value)}"`
  if (days[place] !== number) {
    dates[place] = DateTime.formatIso(value).slice(0, -13)
    days[place] = number
  }
  const seconds = (rest - millis) / 1000
  const minutes = Math.floor(seconds / 60)
  const fraction = millis === 0 ? "000" : String(millis).padStart(3, "0")
  const hours = Math.floor(minutes / 60)
  return `"${dates[place]}${twoDigits[hours]}:${twoDigits[minutes - hours * 60]}:${twoDigits[seconds - minutes * 60]}.${fraction}Z"`
}

/** Whole seconds by plain numbers, the rest by `Duration` itself, which reckons in bigints. */
const span: Write = (value) => {
  if (!Duration.isDuration(value)) return giveUp()
  const millis = Duration.toMillis(value)
  if (!Number.isSafeInteger(millis) || millis <= 0 || millis % 1000 !== 0) {
    return `"${Option.getOrElse(Duration.formatIso(value), giveUp)}"`
  }
  const days = Math.floor(millis / day)
  const hours = Math.floor((millis % day) / hour)
  const minutes = Math.floor((millis % hour) / minute)
  const seconds = (millis % minute) / 1000
  let text = days > 0 ? `"P${days}D` : `"P`
  if (millis % day > 0) text += "T"
  if (hours > 0) text += `${hours}H`
  if (minutes > 0) text += `${minutes}M`
  return seconds > 0 ? `${text}${seconds}S"` : `${text}"`
}

const transformationOf = (ast: SchemaAST.AST): unknown =>
  ast.encoding?.length === 1 ? ast.encoding[0]?.transformation : undefined

const byTransformation = new Map<unknown, Write>([
  [transformationOf(Schema.DateTimeUtcFromString.ast), instant],
  [transformationOf(Schema.DurationFromIsoString.ast), span]
])

/** The writer of a schema that transforms, where it has one of its own. */
export const known = (ast: SchemaAST.AST): Write | undefined =>
  ast.checks === undefined ? byTransformation.get(transformationOf(ast)) : undefined

/** For all other schemas: they encode, and the platform writes. */
export const bySchema = (ast: SchemaAST.AST): Write => {
  const encode = Schema.encodeUnknownOption(Schema.make<Schema.Codec<unknown, unknown>>(ast))
  return (value) => {
    const encoded = encode(value)
    // What has no text in JSON does not fit either.
    return (encoded._tag === "Some" ? JSON.stringify(encoded.value) : undefined) ?? giveUp()
  }
}
