import { DateTime } from "effect"
import type { Job } from "../model/Job.ts"
import type { JobStream } from "../model/JobStream.ts"
import type { JobQuery, JobStreamQuery } from "../model/Query.ts"
import * as Oql from "../Oql.ts"

const named = (pattern: string | undefined, name: string | undefined): boolean =>
  pattern === undefined || Oql.matcher(pattern)(name ?? "")

const onWorkstation = (pattern: string | undefined, path: string | undefined): boolean =>
  pattern === undefined ||
  Oql.matcher(pattern)(path ?? "") ||
  (!pattern.startsWith("/") && Oql.matcher(`*/${pattern}`)(path ?? ""))

const oneOf = (values: ReadonlyArray<string> | undefined, value: string): boolean =>
  values === undefined || values.length === 0 || values.includes(value)

const within = (query: { readonly from?: DateTime.Utc; readonly to?: DateTime.Utc }, at: DateTime.Utc | undefined) =>
  (query.from === undefined || (at !== undefined && DateTime.isGreaterThanOrEqualTo(at, query.from))) &&
  (query.to === undefined || (at !== undefined && DateTime.isLessThan(at, query.to)))

export { named, oneOf, onWorkstation }

/** Whether a job is one of those asked for. */
export const isJobOf =
  (query: JobQuery) =>
  (job: Job): boolean =>
    oneOf(query.ids, job.id) &&
    oneOf(query.status, job.commonStatus) &&
    onWorkstation(query.workstation, job.workstation) &&
    named(query.jobStream, job.jobStreamName) &&
    (query.jobStreamId === undefined || job.jobStreamId === query.jobStreamId) &&
    named(query.name, job.name) &&
    (query.critical === undefined || job.critical === query.critical) &&
    within(query, job.scheduledAt)

/** Whether a job stream is one of those asked for. */
export const isJobStreamOf =
  (query: JobStreamQuery) =>
  (stream: JobStream): boolean =>
    oneOf(query.status, stream.commonStatus) &&
    onWorkstation(query.workstation, stream.workstation) &&
    named(query.name, stream.name) &&
    within(query, stream.scheduledAt)

/** Puts items into the order that was asked for; those of equal rank keep the order of the plan. */
export const sorted = <A>(
  items: ReadonlyArray<A>,
  rank: ((item: A) => string | number | undefined) | undefined,
  direction: "asc" | "desc" | undefined
): ReadonlyArray<A> => {
  if (rank === undefined) return items
  const sign = direction === "desc" ? -1 : 1
  return items.toSorted((a, b) => {
    const [x, y] = [rank(a) ?? "", rank(b) ?? ""]
    return x === y ? 0 : x < y ? -sign : sign
  })
}
