import { isTerminal, JobFlag, Status } from "./JobStatus.ts"
import { makeReady } from "./Launch.ts"
import { type PastRun, type Plan, type RerunType, StreamFlag } from "./Plan.ts"

/** A job is run at most this often in one plan. */
const maxRuns = 255

/** Starts another run of an ended job; the run that ended goes into the job's past. */
export const rerunJob = (
  plan: Plan,
  job: number,
  type: RerunType,
  options: { at?: number; priority?: number } = {}
): void => {
  const { jobs } = plan
  if (!isTerminal(jobs.status.get(job)) && jobs.status.get(job) !== Status.PEND) return
  const run = jobs.run.get(job)
  if (run >= maxRuns) return
  if (run > 0) {
    const past: PastRun = {
      number: jobs.number.get(job),
      status: jobs.status.get(job),
      start: jobs.start.get(job),
      end: jobs.end.get(job),
      returnCode: jobs.returnCode.get(job),
      flags: jobs.flags.get(job),
      type: plan.runTypes.get(job) ?? "REGULAR"
    }
    plan.pastRuns.set(job, [...(plan.pastRuns.get(job) ?? []), past].slice(-32))
  }
  plan.runTypes.set(job, type)
  jobs.flags.set(job, JobFlag.rerun)
  jobs.priority.set(job, options.priority ?? (jobs.priority.get(job) || 10))
  jobs.start.set(job, 0)
  jobs.end.set(job, 0)
  jobs.returnCode.set(job, 0)
  const stream = jobs.stream.get(job)
  plan.streams.flags.set(
    stream,
    (plan.streams.flags.get(stream) | StreamFlag.due | StreamFlag.released) & ~StreamFlag.done
  )
  jobs.status.set(job, Status.HOLD)
  if (options.at !== undefined && options.at > plan.now) {
    plan.notBefore.set(job, options.at)
    plan.queue.push(options.at, { _tag: "JobGate", job, epoch: plan.epoch })
    return
  }
  plan.notBefore.delete(job)
  // A rerun does not wait for the predecessors again.
  makeReady(plan, job)
}
