/** A value that a field is compared with. */
export type OqlValue = string | number | boolean

export type OqlOperator = "=" | "!=" | "<" | "<=" | ">" | ">="

/** A condition of the Orchestration Query Language. */
export type OqlCondition =
  | { readonly _tag: "Compare"; readonly field: string; readonly operator: OqlOperator; readonly value: OqlValue }
  | { readonly _tag: "Like"; readonly field: string; readonly pattern: string }
  | { readonly _tag: "In"; readonly field: string; readonly values: ReadonlyArray<OqlValue> }
  | { readonly _tag: "And" | "Or"; readonly left: OqlCondition; readonly right: OqlCondition }
  | { readonly _tag: "Not"; readonly condition: OqlCondition }

export interface OqlOrder {
  readonly field: string
  readonly descending: boolean
}

/** A whole query: what to select, and in which order. Both may be missing. */
export interface Oql {
  readonly where: OqlCondition | undefined
  readonly orderBy: ReadonlyArray<OqlOrder>
}

const quote = (value: OqlValue): string =>
  typeof value === "string" ? `'${value.replaceAll("'", "''")}'` : String(value)

const formatCondition = (condition: OqlCondition): string => {
  switch (condition._tag) {
    case "Compare":
      return `${condition.field} ${condition.operator} ${quote(condition.value)}`
    case "Like":
      return `${condition.field} LIKE ${quote(condition.pattern)}`
    case "In":
      return `${condition.field} IN [${condition.values.map(quote).join(", ")}]`
    case "And":
      return `(${formatCondition(condition.left)} AND ${formatCondition(condition.right)})`
    case "Or":
      return `(${formatCondition(condition.left)} OR ${formatCondition(condition.right)})`
    case "Not":
      return `NOT (${formatCondition(condition.condition)})`
  }
}

/** The query as text that parses to the same query. */
export const format = ({ orderBy, where }: Oql): string =>
  [
    where === undefined ? "" : formatCondition(where),
    orderBy.length === 0
      ? ""
      : `ORDER BY ${orderBy.map((one) => `${one.field} ${one.descending ? "DESC" : "ASC"}`).join(", ")}`
  ]
    .filter((part) => part !== "")
    .join(" ")
