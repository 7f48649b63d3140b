import { like } from "./Like.ts"
import type { Oql, OqlCondition, OqlOperator, OqlOrder, OqlValue } from "./Oql.ts"

/** Reads the values of one field of a row; a path through a list has several. */
export type FieldReader<Row> = (row: Row) => ReadonlyArray<OqlValue>

/** Finds the reader of a field by its dotted path. */
export type Fields<Row> = (path: string) => FieldReader<Row>

const isValue = (value: unknown): value is OqlValue =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean"

/** The values at a dotted path of a JSON value, looking into every element of a list on the way. */
export const valuesAt = (root: unknown, path: string): ReadonlyArray<OqlValue> => {
  let current: ReadonlyArray<unknown> = [root]
  for (const name of path.split(".")) {
    current = current.flatMap((value) => {
      const items: ReadonlyArray<unknown> = Array.isArray(value) ? value : [value]
      return items.flatMap((item) =>
        typeof item === "object" && item !== null && Object.hasOwn(item, name) ? [Reflect.get(item, name)] : []
      )
    })
  }
  return current.flat().filter(isValue)
}

const same = (a: OqlValue, b: OqlValue): boolean => a === b || String(a) === String(b)

const compare = (a: OqlValue, b: OqlValue): number => {
  if (typeof a === "number" && typeof b === "number") return a - b
  const x = String(a)
  const y = String(b)
  return x < y ? -1 : x > y ? 1 : 0
}

const comparison = (operator: OqlOperator, value: OqlValue): ((other: OqlValue) => boolean) => {
  switch (operator) {
    case "=":
      return (other) => same(other, value)
    case "!=":
      return (other) => !same(other, value)
    case "<":
      return (other) => compare(other, value) < 0
    case "<=":
      return (other) => compare(other, value) <= 0
    case ">":
      return (other) => compare(other, value) > 0
    case ">=":
      return (other) => compare(other, value) >= 0
  }
}

/** Compiles a condition into a test of rows. A row matches when any value of the field does. */
export const predicate = <Row>(condition: OqlCondition, fields: Fields<Row>): ((row: Row) => boolean) => {
  switch (condition._tag) {
    case "Compare": {
      const read = fields(condition.field)
      const test = comparison(condition.operator, condition.value)
      return (row) => read(row).some(test)
    }
    case "Like": {
      const read = fields(condition.field)
      const test = like(condition.pattern)
      return (row) => read(row).some((value) => test(String(value)))
    }
    case "In": {
      const read = fields(condition.field)
      const values = new Set(condition.values.map(String))
      return (row) => read(row).some((value) => values.has(String(value)))
    }
    case "And": {
      const left = predicate(condition.left, fields)
      const right = predicate(condition.right, fields)
      return (row) => left(row) && right(row)
    }
    case "Or": {
      const left = predicate(condition.left, fields)
      const right = predicate(condition.right, fields)
      return (row) => left(row) || right(row)
    }
    case "Not": {
      const inner = predicate(condition.condition, fields)
      return (row) => !inner(row)
    }
  }
}

/** The order of rows: each row's keys are read once and compared often. A row without the field comes first. */
export interface RowOrder<Row> {
  keys(row: Row): ReadonlyArray<OqlValue | undefined>
  compare(a: ReadonlyArray<OqlValue | undefined>, b: ReadonlyArray<OqlValue | undefined>): number
}

export const rowOrder = <Row>(orders: ReadonlyArray<OqlOrder>, fields: Fields<Row>): RowOrder<Row> => {
  const readers = orders.map((one) => fields(one.field))
  return {
    keys: (row) => readers.map((read) => read(row)[0]),
    compare: (a, b) => {
      for (const [index, { descending }] of orders.entries()) {
        const compared = compareKeys(a[index], b[index])
        if (compared !== 0) return descending ? -compared : compared
      }
      return 0
    }
  }
}

const compareKeys = (a: OqlValue | undefined, b: OqlValue | undefined): number => {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? -1 : 1
  return compare(a, b)
}

/** The texts that the field must equal one of for any row to match, if the condition says so: a way into an index. */
export const requiredValues = (query: Oql, field: string): ReadonlyArray<string> | undefined =>
  query.where === undefined ? undefined : required(query.where, field)

const required = (condition: OqlCondition, field: string): ReadonlyArray<string> | undefined => {
  switch (condition._tag) {
    case "Compare":
      return condition.field === field && condition.operator === "=" ? [String(condition.value)] : undefined
    case "In":
      return condition.field === field ? condition.values.map(String) : undefined
    case "And":
      return required(condition.left, field) ?? required(condition.right, field)
    case "Or": {
      const left = required(condition.left, field)
      const right = required(condition.right, field)
      return left === undefined || right === undefined ? undefined : [...left, ...right]
    }
    default:
      return undefined
  }
}
