import { Effect } from "effect"
import type { CommandOf } from "../plan/Command.ts"
import type { Plan } from "../plan/Plan.ts"
import { findObject, modelId, objectId } from "../plan/PlanId.ts"
import { IdKind } from "../plan/Uuid.ts"
import { type ApiError, apiError, badRequest, isApiError, notFound } from "../wire/ApiError.ts"
import { folderCounts } from "../wire/Counts.ts"
import { PlanPatch, PromptAnswer, readPayload } from "../wire/Payload.ts"
import { fileView, promptView, resourceView } from "../wire/PlanObjectsV2.ts"
import { selectAll } from "../wire/Select.ts"
import { fileTable, jobStreamTable, jobTable, promptTable, resourceTable, workstationTable } from "../wire/Tables.ts"
import { workstationView } from "../wire/WorkstationV2.ts"
import { integer, json, route } from "./Exchange.ts"
import { answer, listPage, readPlan } from "./PlanRequest.ts"
import { type ActionTarget, actionRoutes, byFilter, patchRoutes, type RowAction, single } from "./RowAction.ts"

type ObjectKind = "workstation" | "resource" | "prompt" | "file"

const tables = { workstation: workstationTable, resource: resourceTable, prompt: promptTable, file: fileTable }
const views = { workstation: workstationView, resource: resourceView, prompt: promptView, file: fileView }

const targetOf = (kind: ObjectKind): ActionTarget => ({
  base: `/twsd/api/v2/plan/${kind}`,
  parameter: `${kind}_id`,
  table: tables[kind],
  idOf: (plan, row) =>
    kind === "workstation" ? modelId(plan, IdKind.workstation, row) : objectId(plan, IdKind[kind], row),
  rowOf: (plan, exchange) => {
    const id = exchange.params[`${kind}_id`] ?? ""
    return findObject(plan, IdKind[kind], id) ?? notFound(kind, id)
  }
})

const readRoutes = (kind: ObjectKind) => {
  const target = targetOf(kind)
  return [
    route("GET", target.base, (exchange) =>
      answer((plan) =>
        listPage(plan, exchange, tables[kind](plan, exchange.headers["base-folder"]), (row) => views[kind](plan, row))
      )
    ),
    route("GET", `${target.base}/:${target.parameter}`, (exchange) =>
      answer((plan) => {
        const row = target.rowOf(plan, exchange)
        return isApiError(row) ? row : views[kind](plan, row)
      })
    )
  ]
}

const workstations = targetOf("workstation")
const resources = targetOf("resource")
const prompts = targetOf("prompt")

const control = (verb: CommandOf<"ControlWorkstation">["order"]): RowAction => ({
  verb,
  orders: (_, workstation) => [{ _tag: "ControlWorkstation", workstation, order: verb }]
})

const agentOnly = (plan: Plan, workstation: number): ApiError | undefined => {
  const type = plan.workstations[workstation]?.definition.type
  return type === "AGENT"
    ? undefined
    : apiError(
        500,
        "ConnException",
        "AWSJSY404E The operation failed: AWSBIN091E The workstation does not support monitoring."
      )
}

/** An action that changes nothing that the plan shows. */
const without = (
  verb: string,
  check: (plan: Plan, row: number) => ApiError | undefined = () => undefined
): RowAction => ({
  verb,
  orders: (plan, row) => check(plan, row) ?? []
})

const number = (
  verb: string,
  parameter: string,
  range: { readonly min: number; readonly max: number },
  order: (row: number, value: number) => ReturnType<RowAction["orders"]>
): RowAction => ({
  verb,
  orders: (_, row, { exchange }) => {
    if (exchange.query[parameter] === undefined) return badRequest(`The parameter ${parameter} is required.`)
    const value = integer(exchange, parameter, -1, range)
    return isApiError(value) ? value : order(row, value)
  }
})

const setLimit = number("update-limit", "limit", { min: 0, max: 1024 }, (workstation, limit) => [
  { _tag: "SetWorkstationLimit", workstation, limit }
])
const setFence = number("update-fence", "priority", { min: 0, max: 101 }, (workstation, fence) => [
  { _tag: "SetWorkstationFence", workstation, fence }
])
const setQuantity = number("update-quantity", "quantity", { min: 0, max: 1024 }, (resource, quantity) => [
  { _tag: "SetResourceQuantity", resource, quantity }
])

const bulkControls = ["link", "unlink", "start", "stop", "start-event-monitoring", "stop-event-monitoring"] as const
const singleControls = [
  "set-online",
  "set-offline",
  "become-mdm",
  "start-event-processor",
  "stop-event-processor"
] as const

const patch = (kind: "workstation" | "resource"): RowAction => ({
  verb: "patch",
  body: true,
  orders: (_, row, { body }) => {
    const change = readPayload(PlanPatch, body)
    if (isApiError(change)) return change
    const { fence, limit, quantity } = change
    if (kind === "resource") {
      return quantity === undefined || quantity < 0
        ? badRequest("Of a resource only the quantity can be changed.")
        : [{ _tag: "SetResourceQuantity", resource: row, quantity }]
    }
    if (limit === undefined && fence === undefined) {
      return badRequest("Of a workstation only the limit and the fence can be changed.")
    }
    return [
      ...(limit === undefined ? [] : [{ _tag: "SetWorkstationLimit" as const, workstation: row, limit }]),
      ...(fence === undefined ? [] : [{ _tag: "SetWorkstationFence" as const, workstation: row, fence }])
    ]
  }
})

const reply: RowAction = {
  verb: "reply",
  body: true,
  orders: (plan, prompt, { body }) => {
    const answered = readPayload(PromptAnswer, body)
    if (isApiError(answered)) return answered
    const status = plan.prompts[prompt]?.status
    return status === "ANSWERED_YES" || status === "ANSWERED_NO"
      ? apiError(400, "InvalidActionException", "AWSBHU071E The prompt has already been answered.")
      : [{ _tag: "ReplyPrompt", prompt, answer: answered.answer }]
  }
}

const collectLogs = route("PUT", "/twsd/api/v2/plan/workstation/collect-agent-logs", (exchange) =>
  Effect.gen(function* () {
    yield* exchange.json
    return yield* readPlan((plan) => ({ id: modelId(plan, IdKind.workstation, 0) })).pipe(
      Effect.map((body) => json(body))
    )
  })
)

const folderObjects = route("GET", "/twsd/api/v2/plan/folder/objects-count", (exchange) =>
  answer((plan) => {
    const query = { oql: exchange.query["oql"], planFilter: undefined }
    switch (exchange.query["object_type"]) {
      case "JOB_IN_PLAN": {
        const selected = selectAll(jobTable(plan), query)
        return isApiError(selected) ? selected : folderCounts(plan, "job", selected.rows)
      }
      case "JOBSTREAM_IN_PLAN": {
        const selected = selectAll(jobStreamTable(plan), query)
        return isApiError(selected) ? selected : folderCounts(plan, "stream", selected.rows)
      }
      case "WORKSTATION_IN_PLAN": {
        const selected = selectAll(workstationTable(plan), query)
        return isApiError(selected) ? selected : folderCounts(plan, "workstation", selected.rows)
      }
      case "RESOURCE_IN_PLAN": {
        const selected = selectAll(resourceTable(plan), query)
        return isApiError(selected) ? selected : folderCounts(plan, "other", selected.rows)
      }
      default:
        return badRequest("The parameter object_type is not valid.")
    }
  })
)

const both = (target: ActionTarget, actions: ReadonlyArray<RowAction>, method: "GET" | "PUT" = "PUT") =>
  actions.flatMap((action) => actionRoutes(target, action, method))

export const planObjectRoutes = [
  ...readRoutes("workstation"),
  ...readRoutes("resource"),
  ...readRoutes("prompt"),
  ...readRoutes("file"),
  ...both(workstations, [...bulkControls.map(control), setLimit, setFence, without("upgrade")]),
  ...both(workstations, [without("health-status"), without("monitoring-configuration", agentOnly)], "GET"),
  ...singleControls.map((verb) =>
    route("PUT", `${workstations.base}/:workstation_id/action/${verb}`, single(workstations, control(verb)))
  ),
  ...patchRoutes(workstations, patch("workstation")),
  ...both(resources, [setQuantity]),
  ...patchRoutes(resources, patch("resource")),
  route("PUT", `${prompts.base}/:prompt_id/action/reply`, single(prompts, reply)),
  route("PUT", `${prompts.base}/action/reply`, byFilter(prompts, reply)),
  collectLogs,
  folderObjects
]
