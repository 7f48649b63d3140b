import { Result, Schema } from "effect"

/**
 * The scheduler's query language (OQL), built from values and never from text: a user's input can become a literal, not a
 * piece of the query.
 *
 * Which escapes the scheduler's parser knows is not documented, so a literal that would need one is refused instead:
 * names in the scheduler hold no quotes, backslashes or control characters, and a query for one could match nothing.
 */

/** A value that cannot stand in a query. */
export class OqlLiteralRefused extends Schema.TaggedError<OqlLiteralRefused>()("OqlLiteralRefused", {
  field: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `${this.field}: ${this.reason}`
  }
}

/** A field of the answer, by its path. Fields come from this package's code alone; the pattern guards against slips. */
const path = /^[A-Za-z][A-Za-z0-9_.-]*$/

const longest = 255

export type Condition =
  | { readonly _tag: "Equals"; readonly field: string; readonly value: string | number }
  | { readonly _tag: "Like"; readonly field: string; readonly pattern: string }
  | { readonly _tag: "In"; readonly field: string; readonly values: ReadonlyArray<string> }
  | { readonly _tag: "And" | "Or"; readonly conditions: ReadonlyArray<Condition> }

export const equals = (field: string, value: string | number): Condition => ({ _tag: "Equals", field, value })
export const isIn = (field: string, values: ReadonlyArray<string>): Condition => ({ _tag: "In", field, values })
export const and = (...conditions: ReadonlyArray<Condition>): Condition => ({ _tag: "And", conditions })
export const or = (...conditions: ReadonlyArray<Condition>): Condition => ({ _tag: "Or", conditions })

/** A condition for a name in which `*` stands for any characters and `?` for one. */
export const matches = (field: string, pattern: string): Condition =>
  /[*?]/.test(pattern)
    ? // OQL's LIKE knows `@` alone. `?` widens to it; `matcher` narrows the answer again.
      { _tag: "Like", field, pattern: pattern.replaceAll(/[*?]+/g, "@") }
    : { _tag: "Equals", field, value: pattern }

/**
 * Whether the scheduler's LIKE says exactly what the pattern says. It does not for `?`, and for a literal `@`, which LIKE
 * takes for a wildcard: then the answer may hold too much, never too little.
 */
export const isExact = (pattern: string): boolean =>
  !pattern.includes("?") && !(/[*]/.test(pattern) && pattern.includes("@"))

/** The test that a pattern with `*` and `?` stands for. Runs in linear time on any pattern. */
export const matcher = (pattern: string): ((name: string) => boolean) => {
  const glob = pattern.replaceAll(/\*+/g, "*")
  return (name) => {
    let [n, p, star, mark] = [0, 0, -1, 0]
    while (n < name.length) {
      if (p < glob.length && glob[p] === "*") {
        star = p++
        mark = n
      } else if (p < glob.length && (glob[p] === "?" || glob[p] === name[n])) {
        n++
        p++
      } else if (star >= 0) {
        p = star + 1
        n = ++mark
      } else return false
    }
    while (glob[p] === "*") p++
    return p === glob.length
  }
}

const literal = (field: string, value: string | number): Result.Result<string, OqlLiteralRefused> => {
  if (typeof value === "number") {
    return Number.isSafeInteger(value)
      ? Result.succeed(String(value))
      : Result.fail(new OqlLiteralRefused({ field, reason: "only whole numbers can be compared" }))
  }
  if (value.length > longest) {
    return Result.fail(new OqlLiteralRefused({ field, reason: `longer than ${longest} characters` }))
  }
  return /['"\\\p{Cc}\p{Cs}]/u.test(value)
    ? Result.fail(new OqlLiteralRefused({ field, reason: "quotes, backslashes and control characters are in no name" }))
    : Result.succeed(`'${value}'`)
}

const atom = (field: string, operator: string, value: string): Result.Result<string, OqlLiteralRefused> =>
  path.test(field)
    ? Result.succeed(`${field} ${operator} ${value}`)
    : Result.fail(new OqlLiteralRefused({ field, reason: "not the path of a field" }))

const print = (condition: Condition, nested: boolean): Result.Result<string, OqlLiteralRefused> => {
  switch (condition._tag) {
    case "Equals":
      return Result.flatMap(literal(condition.field, condition.value), (value) => atom(condition.field, "=", value))
    case "Like":
      return Result.flatMap(literal(condition.field, condition.pattern), (value) =>
        atom(condition.field, "LIKE", value)
      )
    case "In":
      return Result.flatMap(Result.all(condition.values.map((value) => literal(condition.field, value))), (values) =>
        atom(condition.field, "IN", `[${values.join(", ")}]`)
      )
    default: {
      const inner = condition.conditions.length > 1
      return Result.map(Result.all(condition.conditions.map((part) => print(part, inner))), (parts) => {
        const text = parts.filter((part) => part !== "").join(condition._tag === "And" ? " AND " : " OR ")
        return nested && inner ? `(${text})` : text
      })
    }
  }
}

/** How to order the answer. */
export interface OrderBy {
  readonly field: string
  readonly direction: "asc" | "desc"
}

/** The text of the query; empty when there is neither a condition nor an order. */
export const render = (
  condition: Condition,
  orderBy: ReadonlyArray<OrderBy> = []
): Result.Result<string, OqlLiteralRefused> =>
  Result.map(print(condition, false), (where) => {
    const order = orderBy.map(({ field, direction }) => `${field} ${direction.toUpperCase()}`).join(", ")
    return [where, order === "" ? "" : `ORDER BY ${order}`].filter((part) => part !== "").join(" ")
  })
