import { Context } from "effect"

/**
 * W3C Baggage: small key and value pairs that travel with a request across services.
 * https://www.w3.org/TR/baggage/
 */
export type Baggage = ReadonlyMap<string, string>

/** The baggage of the request being served; empty outside of one. */
export const Current = Context.Reference<Baggage>("@resync/telemetry/Baggage", { defaultValue: () => empty })

export const empty: Baggage = new Map()

/** Bounds of the specification: what a service must at least be able to carry. We carry no more. */
export const maxEntries = 64
export const maxBytes = 8192

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

const decode = (value: string): string | undefined => {
  if (!value.includes("%")) return value
  try {
    return decodeURIComponent(value)
  } catch {
    // A malformed escape makes the entry worthless, never the request.
    return undefined
  }
}

/** Reads a `baggage` header. Malformed entries and what is beyond the bounds are left out; properties are dropped. */
export const parse = (header: string): Baggage => {
  if (header.length > maxBytes) return empty
  const entries = new Map<string, string>()
  for (const member of header.split(",")) {
    if (entries.size >= maxEntries) break
    const [pair = ""] = member.split(";", 1)
    const equals = pair.indexOf("=")
    if (equals < 1) continue
    const key = pair.slice(0, equals).trim()
    const value = decode(pair.slice(equals + 1).trim())
    if (value !== undefined && token.test(key)) entries.set(key, value)
  }
  return entries.size === 0 ? empty : entries
}

/** Writes a `baggage` header, at most `maxEntries` entries and `maxBytes` bytes. `undefined` when there is nothing. */
export const format = (baggage: Baggage): string | undefined => {
  let header = ""
  let count = 0
  for (const [key, value] of baggage) {
    if (count >= maxEntries || !token.test(key)) continue
    const member = `${count === 0 ? "" : ","}${key}=${encodeURIComponent(value)}`
    if (header.length + member.length > maxBytes) continue
    header += member
    count++
  }
  return count === 0 ? undefined : header
}
