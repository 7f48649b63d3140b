import { Duration, Effect, Stream } from "effect"
import { HttpServerResponse } from "effect/http"
import { isTerminal } from "../plan/JobStatus.ts"
import type { Plan } from "../plan/Plan.ts"
import { findRun } from "../plan/PlanId.ts"
import { Simulator } from "../Simulator.ts"
import { type ApiError, badRequest, isApiError, notFound } from "../wire/ApiError.ts"
import { logLines } from "../wire/JobLogText.ts"
import { selectAll } from "../wire/Select.ts"
import { jobTable } from "../wire/Tables.ts"
import { type Exchange, integer, orFail, route } from "./Exchange.ts"
import { queryOf, readPlan } from "./PlanRequest.ts"

const contentType = "text/plain; charset=utf-8"

/** How often a log that is followed is looked at again. */
const followEvery = Duration.millis(500)

const textOf = (lines: ReadonlyArray<string>): string => lines.map((line) => `${line}\n`).join("")

const flag = (exchange: Exchange, name: string): boolean => (exchange.query[name] ?? "").toLowerCase() === "true"

interface Located {
  readonly job: number
  readonly run: number
}

/** Sends what there is, and with `follow` what comes until the run ends. */
const answerLog = Effect.fnUntraced(function* (exchange: Exchange, locate: (plan: Plan) => Located | ApiError) {
  const from = yield* orFail(integer(exchange, "from_line", 1, { min: 1, max: 2_147_483_647 }))
  const to = yield* orFail(integer(exchange, "to_line", 2_147_483_647, { min: 1, max: 2_147_483_647 }))
  const range = { contentOnly: flag(exchange, "contentonly") || flag(exchange, "contentOnly"), from, to }
  const located = yield* readPlan(locate)
  if (!flag(exchange, "follow")) {
    const lines = yield* readPlan((plan) => logLines(plan, located.job, located.run, range))
    return HttpServerResponse.text(textOf(lines), { contentType })
  }
  const simulator = yield* Simulator
  const followed = Stream.unfold({ from, ended: false }, (state) =>
    Effect.gen(function* () {
      if (state.ended || state.from > to) return undefined
      if (state.from > from) yield* Effect.sleep(followEvery)
      const next = yield* simulator.read((plan) => ({
        lines: logLines(plan, located.job, located.run, { ...range, from: state.from }),
        ended: plan.jobs.run.get(located.job) !== located.run || isTerminal(plan.jobs.status.get(located.job))
      }))
      return [textOf(next.lines), { from: state.from + next.lines.length, ended: next.ended }] as const
    })
  )
  return HttpServerResponse.stream(Stream.encodeText(followed), { contentType })
})

export const jobLogRoutes = [
  route("GET", "/twsd/api/v2/plan/job/run/:run_id/joblog", (exchange) =>
    answerLog(exchange, (plan) => {
      const id = exchange.params["run_id"] ?? ""
      return findRun(plan, id) ?? notFound("job run", id)
    })
  ),
  route("GET", "/twsd/api/v2/plan/job/joblog", (exchange) =>
    answerLog(exchange, (plan) => {
      const selected = selectAll(jobTable(plan, exchange.headers["base-folder"]), queryOf(exchange), 1)
      if (isApiError(selected)) return selected
      const job = selected.rows[0]
      if (job === undefined) return notFound("job", exchange.query["oql"] ?? "")
      if (selected.more) return badRequest("The filter matches more than one job.")
      return { job, run: Math.max(1, plan.jobs.run.get(job)) }
    })
  )
] as const
