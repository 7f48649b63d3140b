/** What the service answers about jobs. Ajv checks what the scheduler says of them. */
import { Ajv } from "ajv"
import addFormats from "ajv-formats"
import { toAnswer } from "./AnswerJob.ts"
import { read } from "./Scheduler.ts"
import { integer, object, type SchedulerJob, schedulerJob } from "./SchedulerJob.ts"

const ajv = new Ajv({ strict: false })
addFormats.default(ajv)
const isJob = ajv.compile<SchedulerJob>(schedulerJob)
const isPage = ajv.compile<{ readonly count: number; readonly results: ReadonlyArray<SchedulerJob> }>(
  object({ count: integer, results: { type: "array", items: schedulerJob } })
)

export const job = async (id: string, correlationId: string) => {
  const { readAt, stale, text } = await read(`/twsd/api/v2/plan/job/${id}`, correlationId)
  const found: unknown = JSON.parse(text)
  if (!isJob(found)) throw new Error("not a job")
  return { item: toAnswer(found), asOf: new Date(readAt).toISOString(), stale }
}

export const jobs = async (name: string, limit: number, correlationId: string) => {
  const { readAt, stale, text } = await read(
    `/twsd/api/v2/plan/job?offset=0&limit=${limit}&oql=${encodeURIComponent(`name LIKE '${name}'`)}`,
    correlationId
  )
  const page: unknown = JSON.parse(text)
  if (!isPage(page)) throw new Error("not a page of jobs")
  return {
    items: page.results.map(toAnswer),
    nextCursor: page.results.length < page.count ? String(limit) : null,
    total: page.count,
    asOf: new Date(readAt).toISOString(),
    stale
  }
}
