import { Redacted } from "effect"

/** What stands in place of a secret. */
export const mask = "<redacted>"

const sensitiveKey =
  /authorization|cookie|passw|passphrase|\bpwd\b|secret|credential|api[-_.]?key|access[-_.]?key|private[-_.]?key|session[-_.]?id|csrf|token(?!s|[-_.]?(?:count|usage|limit|bucket|type))/i

const known = new Map<string, boolean>()

/**
 * True for names whose values are secrets: `authorization`, `cookie`, `set-cookie`, `x-api-key`, `password`, `token`,
 * `secret` and their relatives, anywhere inside the name and in any case.
 */
export const isSensitiveKey = (key: string): boolean => {
  const found = known.get(key)
  if (found !== undefined) return found
  const sensitive = sensitiveKey.test(key)
  // Most names come from code and are few; the bounds guard against names that come from callers.
  if (known.size < 2_000 && key.length <= 64) known.set(key, sensitive)
  return sensitive
}

const suspect = /bearer|[Bb]asic|:\/\/[^/\s]*@|passw|pwd|secret|token|key|authorization|cookie/i
const bearer = /\b(bearer)\s+[\w.~+/=-]{6,}/gi
const basic = /\b([Bb]asic)\s+(?=\S*[A-Z0-9+/=])[A-Za-z0-9+/]{6,}={0,2}/g
const userInfo = /(:\/\/)[^/\s@]+@/g
const cookieHeader = /\b((?:set-)?cookie["']?\s*:\s*["']?)[^"'\n\r]+/gi
const assignment =
  /((?:passw(?:or)?d|passphrase|pwd|secret|token|api[-_]?key|access[-_]?key|private[-_]?key)["']?\s*[=:]\s*["']?)(?!<redacted>)[^\s"'&,;})\]]+/gi
const authorization = /\b(authorization["']?\s*[=:]\s*["']?)(?!<redacted>)[^"'\n\r,;]+/gi

/**
 * Masks credentials inside free text: bearer and basic credentials, `user:password@` of an URL, cookies, and values
 * assigned to password-like names (`password=…`, `"token": "…"`).
 */
export const text = (value: string): string =>
  suspect.test(value)
    ? value
        .replace(userInfo, `$1${mask}@`)
        .replace(authorization, `$1${mask}`)
        .replace(cookieHeader, `$1${mask}`)
        .replace(bearer, `$1 ${mask}`)
        .replace(basic, `$1 ${mask}`)
        .replace(assignment, `$1${mask}`)
    : value

const maxDepth = 6
const maxItems = 128

/**
 * A plain copy of a value, fit for a log line or a span: secrets are masked by type (`Redacted`), by name
 * (`isSensitiveKey`) and inside text (`text`). Depth, width and cycles are bounded, and nothing is thrown.
 */
export const value = (input: unknown, key = ""): unknown => {
  if (key !== "" && isSensitiveKey(key)) return mask
  try {
    return walk(input, 0, [])
  } catch {
    // A getter or a `toJSON` that throws must not become a failure of the program that logs.
    return "[unreadable]"
  }
}

const walk = (input: unknown, depth: number, path: ReadonlyArray<object>): unknown => {
  switch (typeof input) {
    case "string":
      return text(input)
    case "number":
    case "boolean":
    case "undefined":
      return input
    case "bigint":
    case "symbol":
      return String(input)
    case "function":
      return `[function ${input.name}]`
    case "object":
      return input === null ? null : walkObject(input, depth, path)
  }
}

const walkObject = (input: object, depth: number, path: ReadonlyArray<object>): unknown => {
  if (Redacted.isRedacted(input)) return mask
  if (input instanceof Error) return text(`${input.name}: ${input.message}`)
  if (input instanceof Date) return Number.isNaN(input.getTime()) ? "Invalid Date" : input.toISOString()
  if (input instanceof URL) return text(input.href)
  if (ArrayBuffer.isView(input)) return `[${input.byteLength} bytes]`
  if (path.includes(input)) return "[circular]"
  if (depth >= maxDepth) return "[too deep]"
  const inner = [...path, input]
  if (Array.isArray(input)) return input.slice(0, maxItems).map((item) => walk(item, depth + 1, inner))
  if (input instanceof Map || input instanceof Set) {
    return walk(input instanceof Map ? Object.fromEntries(input) : [...input], depth, inner)
  }
  const plain: unknown = "toJSON" in input && typeof input.toJSON === "function" ? input.toJSON() : input
  if (plain !== input) return walk(plain, depth + 1, inner)
  const out: Record<string, unknown> = {}
  let count = 0
  for (const [name, item] of Object.entries(input)) {
    if (count++ >= maxItems) break
    out[name] = isSensitiveKey(name) ? mask : walk(item, depth + 1, inner)
  }
  return out
}

const decoded = (name: string): string => {
  if (!name.includes("%")) return name
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}

/** What a browser brings back from a provider that it signed in at, RFC 6749 section 4.1.2; else both names mean little. */
const isAuthorization = /(?:^|&)code=/
const authorizationKey = /^(?:code|state)$/

/** Masks the values of sensitive parameters in a query string, an authorization code and its state among them. */
export const query = (search: string): string => {
  const authorized = isAuthorization.test(search)
  return search
    .split("&")
    .map((pair) => {
      const equals = pair.indexOf("=")
      if (equals <= 0) return pair
      const name = decoded(pair.slice(0, equals))
      const sensitive = isSensitiveKey(name) || (authorized && authorizationKey.test(name))
      return sensitive ? `${pair.slice(0, equals)}=${mask}` : pair
    })
    .join("&")
}

/** Masks user, password and sensitive parameters of an URL. */
export const url = (href: string): string => {
  const mark = href.indexOf("?")
  return mark < 0 ? text(href) : `${text(href.slice(0, mark))}?${text(query(href.slice(mark + 1)))}`
}
