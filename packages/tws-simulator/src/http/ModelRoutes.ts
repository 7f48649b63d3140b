import type { Plan } from "../plan/Plan.ts"
import { decode } from "../plan/Uuid.ts"
import { isApiError, notFound } from "../wire/ApiError.ts"
import { type ModelKind, modelKinds, modelTable } from "../wire/ModelTables.ts"
import { defaultLimit, page } from "../wire/Page.ts"
import { selectPage } from "../wire/Select.ts"
import { integer, route } from "./Exchange.ts"
import { answer } from "./PlanRequest.ts"

const permissions = ["DISPLAY", "LIST", "USE", "SUBMIT", "MODIFY"]

/** A definition in the envelope of the model. */
const envelope = (plan: Plan, kind: ModelKind, row: number, onlyHeader: boolean) => {
  const definition = kind.definition(plan, row)
  return {
    kind: kind.kind,
    key: kind.key(plan, row),
    def: onlyHeader ? header(definition) : definition,
    status: { permissions },
    actions: []
  }
}

const headerFields = new Set([
  "id",
  "abstractId",
  "folderId",
  "folder",
  "name",
  "workstationId",
  "workstation",
  "type",
  "task",
  "dates",
  "description"
])

const header = (definition: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(definition).filter(([name]) => headerFields.has(name)))

const routesOf = (kind: ModelKind) => {
  const base = `/twsd/api/v2/model/${kind.path}` as const
  return [
    route("GET", base, (exchange) =>
      answer((plan) => {
        const limit = integer(exchange, "limit", defaultLimit, { min: 1, max: 2_147_483_647 })
        if (isApiError(limit)) return limit
        const offset = integer(exchange, "offset", 0)
        if (isApiError(offset)) return offset
        const countAll = (exchange.headers["include-count"] ?? "true").toLowerCase() !== "false"
        const query = { oql: exchange.query["oql"], planFilter: exchange.query["model_filter"] }
        const table = modelTable(plan, kind, exchange.headers["base-folder"])
        const selected = selectPage(table, query, { limit, offset, countAll })
        if (isApiError(selected)) return selected
        const onlyHeader = (exchange.headers["only-header"] ?? "").toLowerCase() === "true"
        return page(
          selected.rows.map((row) => envelope(plan, kind, row, onlyHeader)),
          { limit, offset, url: exchange.url },
          { count: countAll ? selected.count : selected.rows.length, more: selected.more }
        )
      })
    ),
    route("GET", `${base}/:${kind.parameter}`, (exchange) =>
      answer((plan) => {
        const id = exchange.params[kind.parameter] ?? ""
        const row = decode(plan.blueprint.seed, kind.idKind, 0, id)
        return row === undefined || row >= kind.total(plan) ? notFound(kind.kind, id) : envelope(plan, kind, row, false)
      })
    )
  ]
}

/** Look-ups of what is defined. Tags of services are defined by nobody here. */
export const modelRoutes = [
  ...modelKinds.flatMap(routesOf),
  route("GET", "/twsd/api/v2/model/service/tags", () => answer(() => []))
]
