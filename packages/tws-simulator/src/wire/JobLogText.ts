import { jobDefinition } from "../plan/JobDefinition.ts"
import { jobLog } from "../plan/JobLog.ts"
import { JobFlag } from "../plan/JobStatus.ts"
import { workstationOf } from "../plan/Launch.ts"
import type { Plan } from "../plan/Plan.ts"
import { estimateOf } from "../plan/RunOutcome.ts"
import { civilDate, timeOfDay } from "./Instant.ts"
import { internalStreamId } from "./InternalStreamId.ts"
import { runsOf } from "./JobV2.ts"
import { planJobName, planStreamName, workstationName } from "./Naming.ts"

const pad = (value: number): string => String(value).padStart(2, "0")
const weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"] as const

const dateParts = (millis: number) => {
  const days = Math.floor(millis / 86_400_000)
  const { day, month, year } = civilDate(days)
  return { weekday: weekdays[days % 7] ?? "Thu", date: `${pad(month)}/${pad(day)}/${pad(year % 100)}` }
}

/** `Wed 03/06/13 06:00:02 UTC`, as agents write it. */
export const logDate = (millis: number): string => {
  const { date, weekday } = dateParts(millis)
  return `${weekday} ${date} ${timeOfDay(millis).map(pad).join(":")} UTC`
}

const logKey = (plan: Plan, job: number): string => {
  const stream = plan.jobs.stream.get(job)
  const sched = plan.streams.sched.get(stream)
  const [hour, minute] = timeOfDay(sched)
  const workstation = workstationName(plan, workstationOf(plan, job))
  return `${workstation}#${planStreamName(plan, stream)}[(${pad(hour)}${pad(minute)} ${dateParts(sched).date}),(${internalStreamId(plan, stream)})].${planJobName(plan, job)}`
}

export interface LogRange {
  readonly contentOnly: boolean
  /** 1 is the first line. */
  readonly from: number
  readonly to: number
}

/** The wanted lines of the log of a job's numbered run. */
export const logLines = (plan: Plan, job: number, run: number, range: LogRange): ReadonlyArray<string> => {
  const row = runsOf(plan, job).find((one) => one.run === run)
  if (row === undefined) return []
  const adHoc = plan.adHoc.get(job)
  const definition = adHoc === undefined ? jobDefinition(plan.blueprint, plan.jobs.definition.get(job)) : undefined
  const lines = jobLog(
    {
      seed: plan.blueprint.seed,
      turn: plan.epoch * 256 + run,
      job,
      key: logKey(plan, job),
      user: adHoc?.user ?? definition?.user ?? "",
      script: adHoc?.script ?? definition?.script ?? "",
      number: row.number,
      status: row.status,
      returnCode: row.returnCode,
      start: row.start,
      end: row.end,
      now: plan.now,
      expectedMillis: estimateOf(plan, job),
      killed: (row.flags & JobFlag.killed) !== 0 || (row.flags & JobFlag.maxDuration) !== 0,
      agent: workstationName(plan, workstationOf(plan, job)),
      formatDate: logDate
    },
    range.contentOnly
  )
  return lines.slice(Math.max(0, range.from - 1), range.to)
}
