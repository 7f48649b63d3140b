import { Effect } from "effect"
import type { Plan } from "../plan/Plan.ts"
import { planId } from "../plan/PlanId.ts"
import { Simulator } from "../Simulator.ts"
import { type ApiError, isApiError, notFound } from "../wire/ApiError.ts"
import { defaultLimit, type Page, page } from "../wire/Page.ts"
import { type Query, selectPage, type Table } from "../wire/Select.ts"
import { unloaded } from "../wire/Tables.ts"
import { type Exchange, integer, json, orFail } from "./Exchange.ts"

/** Reads the mirror; a refusal that the function returns becomes the failure. */
export const readPlan = Effect.fnUntraced(function* <A>(f: (plan: Plan) => A | ApiError) {
  const simulator = yield* Simulator
  return yield* Effect.flatMap(
    simulator.read((plan) => unloaded(plan) ?? f(plan)),
    orFail
  )
})

/** Answers with what is read from the mirror, as JSON. */
export const answer = <A>(f: (plan: Plan) => A | ApiError) => Effect.map(readPlan(f), (body) => json(body))

export const queryOf = (exchange: Exchange): Query => ({
  oql: exchange.query["oql"],
  planFilter: exchange.query["plan_filter"]
})

/** The refusal of a plan that is not the current one: there are no archived plans here. */
export const foreignPlan = (plan: Plan, exchange: Exchange): ApiError | undefined => {
  const id = exchange.query["plan_id"]
  return id === undefined || id === "" || id === "current" || id === planId(plan) ? undefined : notFound("plan", id)
}

/** One page of a table in the V2 envelope. */
export const listPage = <A>(
  plan: Plan,
  exchange: Exchange,
  table: Table,
  view: (row: number) => A
): Page<A> | ApiError => {
  const foreign = foreignPlan(plan, exchange)
  if (foreign !== undefined) return foreign
  const limit = integer(exchange, "limit", defaultLimit, { min: 1, max: 2_147_483_647 })
  if (isApiError(limit)) return limit
  const offset = integer(exchange, "offset", 0)
  if (isApiError(offset)) return offset
  const countAll = (exchange.headers["include-count"] ?? "true").toLowerCase() !== "false"
  const selected = selectPage(table, queryOf(exchange), { limit, offset, countAll })
  if (isApiError(selected)) return selected
  return page(
    selected.rows.map(view),
    { limit, offset, url: exchange.url },
    { count: countAll ? selected.count : selected.rows.length, more: selected.more }
  )
}

/** The parts that the `scope` header asks for. Lists leave the dependencies out unless they are asked for. */
export const scopeOf = (exchange: Exchange, whole: boolean) => {
  const scope = exchange.headers["scope"]
  return {
    dependencies: scope === undefined ? whole : scope === "WHOLE" || scope === "WHOLE_NO_JOB_DEFINITIONS",
    definition: scope === undefined || scope === "WHOLE" || scope === "WHOLE_NO_DEPENDENCIES"
  }
}
