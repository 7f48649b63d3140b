import { Effect } from "effect"
import { HttpServerResponse } from "effect/http"
import type { Plan } from "../plan/Plan.ts"
import { planId } from "../plan/PlanId.ts"
import { type FilterV1, readFilter } from "../wire/FilterV1.ts"
import { mirrored } from "../wire/Tables.ts"
import { type Exchange, json, route } from "./Exchange.ts"
import { readPlan } from "./PlanRequest.ts"

/** A kind of rows that V1 queries. */
export interface QueryV1<Row = number> {
  /** `/twsd/plan/:plan_id/job` */
  readonly base: `/${string}`
  /** The name of its filter in the body. */
  readonly filter: string
  rows(plan: Plan): { readonly total: number; readonly at: (index: number) => Row }
  test(plan: Plan, filter: FilterV1): ((index: number) => boolean) | undefined
  view(plan: Plan, row: Row): unknown
}

/** Without `How-Many` this many are answered. */
const defaultHowMany = 500

const howMany = (exchange: Exchange): number => {
  const value = Number(exchange.headers["how-many"])
  return Number.isInteger(value) && value > 0 ? value : defaultHowMany
}

/** The place where the page before ended: `Last-Object` is ours to choose, and the client only sends it back. */
const resumeAt = (exchange: Exchange): number => {
  const value = Number(exchange.headers["last-object"])
  return Number.isInteger(value) && value > 0 ? value : 0
}

const run = <Row>(query: QueryV1<Row>, exchange: Exchange, from: number) =>
  Effect.gen(function* () {
    const filter = readFilter(yield* exchange.json, query.filter)
    const found = yield* readPlan((plan) => {
      const { at, total } = query.rows(plan)
      const test = query.test(plan, filter)
      const wanted = howMany(exchange)
      const end = mirrored(plan, total)
      const results: Array<unknown> = []
      let next = from
      for (; next < end && results.length < wanted; next++) {
        if (test === undefined || test(next)) results.push(query.view(plan, at(next)))
      }
      return { results, next, total: end, plan: planId(plan) }
    })
    return HttpServerResponse.setHeaders(json(found.results), {
      "how-many-returned": String(found.results.length),
      "last-object": String(found.next),
      "context-objectcount": String(found.total),
      "context-planid": found.plan
    })
  })

/** `query` starts, `query_next` goes on where the headers say; `header/query` is the twin of `query`. */
export const queryRoutes = <Row>(query: QueryV1<Row>) => [
  route("POST", `${query.base}/query`, (exchange) => run(query, exchange, 0)),
  route("POST", `${query.base}/header/query`, (exchange) => run(query, exchange, 0)),
  route("POST", `${query.base}/query_next`, (exchange) => run(query, exchange, resumeAt(exchange))),
  route("POST", `${query.base}/header/query_next`, (exchange) => run(query, exchange, resumeAt(exchange)))
]
