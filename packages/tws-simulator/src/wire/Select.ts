import { Result } from "effect"
import type { Oql } from "../oql/Oql.ts"
import { type Fields, predicate, requiredValues, rowOrder } from "../oql/OqlEvaluate.ts"
import { parse } from "../oql/OqlParser.ts"
import { type ApiError, badFilter } from "./ApiError.ts"

/** A kind of rows that can be selected from: rows are the numbers below `total`. */
export interface Table {
  readonly total: number
  readonly fields: Fields<number>
  /** Rows with this id, for queries that name one. */
  readonly find: (id: string) => number | undefined
  /** The test that a plan filter makes, if the kind knows plan filters. */
  readonly planFilter?: (filter: string) => (row: number) => boolean
}

export interface Query {
  readonly oql: string | undefined
  readonly planFilter: string | undefined
}

export interface Selected {
  readonly rows: ReadonlyArray<number>
  /** All matching rows, or those looked at so far when not everything had to be counted. */
  readonly count: number
  readonly more: boolean
}

interface Window {
  readonly offset: number
  readonly limit: number
  readonly countAll: boolean
}

const readOql = (text: string | undefined): Oql | ApiError => {
  const parsed = parse(text ?? "")
  return Result.isSuccess(parsed)
    ? parsed.success
    : badFilter(text ?? "", `${parsed.failure.reason} at ${parsed.failure.at}`)
}

/** The rows of a page. Without a condition and an order, only the rows of the page are looked at. */
export const selectPage = (table: Table, query: Query, window: Window): Selected | ApiError => {
  const oql = readOql(query.oql)
  if (!("where" in oql)) return oql
  const { limit, offset } = window
  const test = rowTest(table, oql, query.planFilter)
  const candidates = narrowed(table, oql)
  if (test === undefined && oql.orderBy.length === 0) {
    const size = Math.max(0, Math.min(limit, table.total - offset))
    const rows = Array.from({ length: size }, (_, index) => offset + index)
    return { rows, count: table.total, more: offset + size < table.total }
  }
  const matches = test ?? (() => true)
  if (oql.orderBy.length > 0) return ordered(table, oql, candidates, matches, window)
  const rows: Array<number> = []
  let count = 0
  for (const row of candidates) {
    if (!matches(row)) continue
    if (count >= offset && rows.length < limit) rows.push(row)
    count++
    if (!window.countAll && count > offset + limit) break
  }
  return { rows, count, more: count > offset + rows.length }
}

/** Keeps only the best rows while looking at all: no full sort for a page. */
const ordered = (
  table: Table,
  oql: Oql,
  candidates: Iterable<number>,
  matches: (row: number) => boolean,
  { limit, offset }: Window
): Selected => {
  const order = rowOrder(oql.orderBy, table.fields)
  const wanted = offset + limit
  let best: Array<{ readonly row: number; readonly keys: ReturnType<typeof order.keys> }> = []
  const cut = (): void => {
    best = best.sort((a, b) => order.compare(a.keys, b.keys) || a.row - b.row).slice(0, wanted)
  }
  let count = 0
  for (const row of candidates) {
    if (!matches(row)) continue
    count++
    best.push({ row, keys: order.keys(row) })
    if (best.length > wanted * 2 + 1000) cut()
  }
  cut()
  const rows = best.slice(offset).map((one) => one.row)
  return { rows, count, more: count > offset + rows.length }
}

/** All matching rows up to a number, and whether there are more. For actions by filter. */
export const selectAll = (table: Table, query: Query, limit = Number.MAX_SAFE_INTEGER): Selected | ApiError =>
  selectPage(table, query, { offset: 0, limit, countAll: false })

const rowTest = (table: Table, oql: Oql, planFilter: string | undefined): ((row: number) => boolean) | undefined => {
  const where = oql.where === undefined ? undefined : predicate(oql.where, table.fields)
  const plan = planFilter === undefined || planFilter === "" ? undefined : table.planFilter?.(planFilter)
  if (where === undefined) return plan
  return plan === undefined ? where : (row) => plan(row) && where(row)
}

const narrowed = (table: Table, oql: Oql): Iterable<number> => {
  const ids = requiredValues(oql, "id")
  if (ids === undefined) return range(table.total)
  const rows = ids.flatMap((id) => table.find(id) ?? []).filter((row) => row < table.total)
  return [...new Set(rows)].sort((a, b) => a - b)
}

function* range(end: number): Iterable<number> {
  for (let row = 0; row < end; row++) yield row
}
