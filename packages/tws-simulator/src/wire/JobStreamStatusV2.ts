import { type CommonStatus, isActive, isTerminal, isWaiting, Status, satisfies } from "../plan/JobStatus.ts"
import { jobsOfStream, type Plan, StreamFlag } from "../plan/Plan.ts"

export type JobStreamStatus = "HOLD" | "READY" | "EXEC" | "SUCC" | "ABEND" | "STUCK" | "CANCL"

/** True when nothing of the stream can go on without an operator. */
const isStuck = (plan: Plan, jobs: ReadonlyArray<number>): boolean => {
  let failed = false
  for (const job of jobs) {
    const status = plan.jobs.status.get(job)
    if (isActive(status) || status === Status.READY || status === Status.FENCE || status === Status.PEND) return false
    if (isTerminal(status) && !satisfies(status)) failed = true
  }
  return failed
}

/** The internal status of a stream; it follows from its jobs. */
export const streamStatus = (plan: Plan, stream: number): JobStreamStatus => {
  const flags = plan.streams.flags.get(stream)
  if ((flags & StreamFlag.canceled) !== 0) return "CANCL"
  const jobs = jobsOfStream(plan, stream)
  const codes = jobs.map((job) => plan.jobs.status.get(job))
  if (codes.some((code) => isActive(code) || code === Status.PEND)) return "EXEC"
  if ((flags & StreamFlag.released) === 0) return "HOLD"
  if (codes.every(isTerminal)) return codes.every(satisfies) ? "SUCC" : "ABEND"
  if (isStuck(plan, jobs)) return "STUCK"
  return codes.every(isWaiting) ? "READY" : "EXEC"
}

export const streamCommonStatus = (plan: Plan, stream: number): CommonStatus => {
  switch (streamStatus(plan, stream)) {
    case "CANCL":
      return "CANCELED"
    case "EXEC":
      return "RUNNING"
    case "SUCC":
      return "SUCCESSFUL"
    case "ABEND":
      return "ERROR"
    case "STUCK":
      return "BLOCKED"
    case "READY":
      return plan.streams.priority.get(stream) === 0 ? "HELD" : "READY"
    case "HOLD":
      return plan.streams.priority.get(stream) === 0 ? "HELD" : "WAITING"
  }
}

export const streamCompositeStatus = (plan: Plan, stream: number) => {
  const status = streamStatus(plan, stream)
  return {
    status,
    ...(status === "STUCK" ? { substatus: "WAITING_FOR_USER_INTERVENTION" as const } : {}),
    error: status === "ABEND" || status === "STUCK",
    started: status !== "HOLD" && status !== "READY" && status !== "CANCL",
    canceled: status === "CANCL",
    cancelPending: (plan.streams.flags.get(stream) & StreamFlag.cancelPending) !== 0,
    dontRun: false
  }
}
