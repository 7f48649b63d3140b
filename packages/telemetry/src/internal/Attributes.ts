import * as Redaction from "../Redaction.ts"
import type { ProtobufWriter } from "./ProtobufWriter.ts"

/** `opentelemetry.proto.common.v1.AnyValue` in the OTLP/JSON form. */
export type AnyValue =
  | { readonly stringValue: string }
  | { readonly boolValue: boolean }
  | { readonly intValue: string }
  | { readonly doubleValue: number | string }
  | { readonly arrayValue: { readonly values: ReadonlyArray<AnyValue> } }

/** `opentelemetry.proto.common.v1.KeyValue` in the OTLP/JSON form. */
export interface KeyValue {
  readonly key: string
  readonly value: AnyValue
}

/** What an attribute may hold once secrets are masked and everything else has become text. */
export type Plain = string | number | boolean | ReadonlyArray<Plain>

/** Longest text of an attribute; the rest is cut. */
export const maxLength = 16_384

const cut = (text: string): string => (text.length > maxLength ? text.slice(0, maxLength) : text)

/** Masks what is secret and brings a value into a form that an attribute can have. */
export const plain = (key: string, value: unknown): Plain => {
  if (Redaction.isSensitiveKey(key)) return Redaction.mask
  if (typeof value === "number" || typeof value === "boolean") return value
  if (typeof value === "string") return cut(Redaction.text(value))
  const safe = Redaction.value(value)
  return Array.isArray(safe) ? safe.map(scalar) : scalar(safe)
}

const scalar = (value: unknown): Plain =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? value
    : cut(JSON.stringify(value) ?? "undefined")

/** 64-bit integers and not finite numbers are text in OTLP/JSON. */
export const number = (value: number): number | string => (Number.isFinite(value) ? value : String(value))

const isInt = (value: number): boolean => Number.isSafeInteger(value)

export const toAnyValue = (value: Plain): AnyValue => {
  if (typeof value === "string") return { stringValue: value.toWellFormed() }
  if (typeof value === "boolean") return { boolValue: value }
  if (typeof value === "number") return isInt(value) ? { intValue: String(value) } : { doubleValue: number(value) }
  return { arrayValue: { values: value.map(toAnyValue) } }
}

/** A lone half of a surrogate pair is no text in protobuf, so JSON must not carry one either. */
export const toKeyValue = (key: string, value: unknown): KeyValue => ({
  key: key.toWellFormed(),
  value: toAnyValue(plain(key, value))
})

export const writeAnyValue = (writer: ProtobufWriter, value: Plain): void => {
  if (typeof value === "string") writer.string(1, value)
  else if (typeof value === "boolean") writer.bool(2, value)
  else if (typeof value === "number") {
    if (isInt(value)) writer.int64(3, value)
    else writer.double(4, value)
  } else {
    const array = writer.begin(5)
    for (const item of value) {
      const element = writer.begin(1)
      writeAnyValue(writer, item)
      writer.end(element)
    }
    writer.end(array)
  }
}

export const writeKeyValue = (writer: ProtobufWriter, field: number, key: string, value: unknown): void => {
  const pair = writer.begin(field)
  writer.string(1, key)
  const any = writer.begin(2)
  writeAnyValue(writer, plain(key, value))
  writer.end(any)
  writer.end(pair)
}
