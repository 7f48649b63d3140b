import { DateTime, Effect } from "effect"
import type { Plan } from "../plan/Plan.ts"
import { type Order, Simulator } from "../Simulator.ts"
import { type ApiError, badRequest, isApiError } from "../wire/ApiError.ts"
import { selectAll, type Table } from "../wire/Select.ts"
import { type Exchange, integer, json, type Method, orFail, route } from "./Exchange.ts"
import { queryOf, readPlan } from "./PlanRequest.ts"

/** Something that can be ordered for a row of the plan: what to order, or why not. */
export interface RowAction {
  readonly verb: string
  /** True when the operation declares a body; without one the answer is 415. */
  readonly body?: boolean
  orders(plan: Plan, row: number, input: ActionInput): ReadonlyArray<Order> | ApiError
}

export interface ActionInput {
  readonly exchange: Exchange
  readonly body: unknown
}

/** A kind of rows that actions are ordered for. */
export interface ActionTarget {
  /** The address of the collection: `/twsd/api/v2/plan/job`. */
  readonly base: `/${string}`
  readonly parameter: string
  table(plan: Plan, baseFolder?: string): Table
  idOf(plan: Plan, row: number): string
  rowOf(plan: Plan, exchange: Exchange): number | ApiError
}

const inputOf = (action: RowAction, exchange: Exchange): Effect.Effect<ActionInput, ApiError> =>
  action.body === true
    ? Effect.map(exchange.json, (body) => ({ exchange, body }))
    : Effect.succeed({ exchange, body: undefined })

const urlOf = (exchange: Exchange, target: ActionTarget, id: string): string =>
  `${exchange.url.origin}${target.base}/${id}`

/** Orders the action for the row that the path names. The answer says accepted, not done. */
export const single = (target: ActionTarget, action: RowAction) => (exchange: Exchange) =>
  Effect.gen(function* () {
    const simulator = yield* Simulator
    const input = yield* inputOf(action, exchange)
    const { id, orders } = yield* readPlan((plan) => {
      const row = target.rowOf(plan, exchange)
      if (isApiError(row)) return row
      const orders = action.orders(plan, row, input)
      return isApiError(orders) ? orders : { id: target.idOf(plan, row), orders }
    })
    yield* simulator.order(orders)
    return json({ id, url: urlOf(exchange, target, id) })
  })

/**
 * Orders the action for every row that the filter matches, up to `max_object_affected`, 1 by default. A filter that
 * matches more is refused as a whole. What cannot be done for single rows is listed in an answer that is still 200.
 */
export const byFilter = (target: ActionTarget, action: RowAction) => (exchange: Exchange) =>
  Effect.gen(function* () {
    const simulator = yield* Simulator
    const input = yield* inputOf(action, exchange)
    const maximum = yield* orFail(integer(exchange, "max_object_affected", 1))
    const { failed, orders, successful } = yield* readPlan((plan) => {
      const query = queryOf(exchange)
      if ((query.oql ?? "") === "" && (query.planFilter ?? "") === "") {
        return badRequest("One of the parameters oql and plan_filter is required.")
      }
      const selected = selectAll(target.table(plan, exchange.headers["base-folder"]), query, maximum)
      if (isApiError(selected)) return selected
      if (selected.more) {
        return badRequest(`The filter matches more objects than max_object_affected (${maximum}) allows.`)
      }
      const results = selected.rows.map((row) => ({
        id: target.idOf(plan, row),
        orders: action.orders(plan, row, input)
      }))
      return {
        successful: results.flatMap(({ id, orders }) =>
          isApiError(orders) ? [] : [{ id, url: urlOf(exchange, target, id), isError: false, error: false }]
        ),
        failed: results.flatMap(({ id, orders }) =>
          isApiError(orders)
            ? [
                {
                  id,
                  url: urlOf(exchange, target, id),
                  message: orders.messages.join(" "),
                  isError: true,
                  error: true
                }
              ]
            : []
        ),
        orders: results.flatMap(({ orders }) => (isApiError(orders) ? [] : orders))
      }
    })
    yield* simulator.order(orders)
    return json({ successfulResourceResponses: successful, failedResourceResponses: failed })
  })

/** The routes of an action: for one row, and by filter. */
export const actionRoutes = (target: ActionTarget, action: RowAction, method: Method = "PUT") => [
  route(method, `${target.base}/:${target.parameter}/action/${action.verb}`, single(target, action)),
  route(method, `${target.base}/action/${action.verb}`, byFilter(target, action))
]

/** The routes of a merge patch: for one row, and by filter. */
export const patchRoutes = (target: ActionTarget, action: RowAction) => [
  route("PATCH", `${target.base}/:${target.parameter}`, single(target, action)),
  route("PATCH", target.base, byFilter(target, action))
]

export const millisOf = (instant: DateTime.Utc | undefined): number | undefined =>
  instant === undefined ? undefined : DateTime.toEpochMillis(instant)
