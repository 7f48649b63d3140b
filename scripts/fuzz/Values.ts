/** Values for a schema: now what it asks for, now everything but that. */
import type { Chance } from "./Chance.ts"
import { type Document, type JsonSchema, resolve } from "./OpenApi.ts"

const texts: readonly [string, ...ReadonlyArray<string>] = [
  "",
  " ",
  "a",
  "0",
  "-1",
  "null",
  "undefined",
  "true",
  "NaN",
  "1e309",
  "9007199254740993",
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "../../../../etc/passwd",
  "..%2f..%2f",
  "%00",
  "\u0000",
  "\r\nX-Injected: 1",
  "' OR 1=1 --",
  '"; DROP TABLE users; --',
  "<script>alert(1)</script>",
  `\${jndi:ldap://localhost/a}`,
  "{{7*7}}",
  "*?*?*?*?*?*?*?*?*?*?*?*?",
  "(a+)+$",
  "Ünïcødé ŁÓDŹ 工作 عربي",
  "\u202Egnp.exe",
  "👩‍👩‍👧‍👦🏳️‍🌈",
  "e\u0301".repeat(50),
  "\uD800",
  "\uFFFF",
  "ﷺ".repeat(20),
  "2026-02-30T25:61:61Z",
  "-271821-04-20T00:00:00.000Z",
  "P99999999999999Y",
  "http://169.254.169.254/latest/meta-data",
  "file:///etc/passwd"
]

const numbers: readonly [number, ...ReadonlyArray<number>] = [
  ...([0, -0, 1, -1, 0.5, 1e21, -1e21, 1e308, 5e-324, 2 ** 31, 2 ** 53, -(2 ** 53), 101, 1001] as const)
]

const keys: readonly [string, ...ReadonlyArray<string>] = ["__proto__", "constructor", "prototype", "toString", "", "x"]

const nested = (depth: number, chance: Chance): unknown => {
  let value: unknown = chance.often(0.5) ? [] : {}
  for (let i = 0; i < depth; i++) value = chance.often(0.5) ? [value] : { [chance.pick(keys)]: value }
  return value
}

/** Anything at all. */
export const hostile = (chance: Chance): unknown => {
  switch (chance.below(10)) {
    case 0:
      return null
    case 1:
      return chance.often(0.5)
    case 2:
      return chance.pick(numbers)
    case 3:
    case 4:
    case 5:
      return chance.pick(texts)
    case 6:
      return chance.pick(["x", "é", "界", "\u0000"]).repeat(1 + chance.below(20_000))
    case 7:
      return nested(1 + chance.below(500), chance)
    case 8:
      return Array.from({ length: chance.below(200) }, () => chance.pick(texts))
    default:
      // A member named __proto__ comes about only so.
      return JSON.parse(`{${JSON.stringify(chance.pick(keys))}: {"admin": true, "length": 1e9}}`)
  }
}

const text = (schema: JsonSchema, chance: Chance): string => {
  const { maxLength = 40, minLength = 0 } = schema
  if (schema.format === "date-time") return new Date(chance.below(2 ** 31) * 1000).toISOString()
  const length = Math.min(minLength + chance.below(12), maxLength)
  return Array.from({ length }, () => "ABCDEFGHabcdefgh0123456789-_.@/*? ".charAt(chance.below(34))).join("")
}

const sound = (document: Document, schema: JsonSchema, chance: Chance, known: Known, depth: number): unknown => {
  const variants = schema.anyOf ?? schema.oneOf
  if (variants?.[0] !== undefined) {
    return value(document, chance.pick([variants[0], ...variants.slice(1)]), chance, known, depth)
  }
  if (schema.enum !== undefined) return schema.enum[chance.below(schema.enum.length)]
  if (schema.const !== undefined) return schema.const
  switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
    case "string":
      return known.length > 0 && chance.often(0.3) ? known[chance.below(known.length)] : text(schema, chance)
    case "integer":
    case "number": {
      const { maximum = 1_000, minimum = 0 } = schema
      return minimum + chance.below(Math.min(maximum - minimum, 1_000) + 1)
    }
    case "boolean":
      return chance.often(0.5)
    case "array": {
      const items = typeof schema.items === "object" ? schema.items : (schema.prefixItems?.[0] ?? {})
      return Array.from({ length: chance.below(4) }, () => value(document, items, chance, known, depth + 1))
    }
    case "object":
      return Object.fromEntries(
        Object.entries(schema.properties ?? {})
          .filter(([name]) => (schema.required?.includes(name) ? chance.often(0.97) : chance.often(0.5)))
          .map(([name, property]) => [name, value(document, property, chance, known, depth + 1)])
      )
    case "null":
      return null
    default:
      return chance.pick(texts)
  }
}

/** Ids that the service told of: with them a request gets further in. */
export type Known = ReadonlyArray<string>

/** One in six values anywhere in a sound whole is not what the schema asks for. */
export const value = (document: Document, schema: JsonSchema, chance: Chance, known: Known, depth = 0): unknown =>
  depth > 8 || chance.often(1 / 6) ? hostile(chance) : sound(document, resolve(document, schema), chance, known, depth)
