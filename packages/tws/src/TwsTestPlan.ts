import { Hash } from "effect"
import type { CriticalJob } from "./model/CriticalJob.ts"
import type { EngineInfo } from "./model/EngineInfo.ts"
import { JobId, JobRunId, JobStreamId, PromptId, ResourceId, WorkstationId } from "./model/Ids.ts"
import type { Job } from "./model/Job.ts"
import type { JobRun } from "./model/JobRun.ts"
import type { JobStream } from "./model/JobStream.ts"
import type { ModelObject } from "./model/ModelObject.ts"
import type { Plan } from "./model/Plan.ts"
import type { Prompt } from "./model/Prompt.ts"
import type { Resource } from "./model/Resource.ts"
import type { Workstation } from "./model/Workstation.ts"

/** The plan that `TwsTest` serves. Everything is optional; what is absent is empty. */
export interface TwsTestPlan {
  readonly engine: EngineInfo
  readonly plan: Plan
  readonly jobs: ReadonlyArray<Job>
  readonly jobStreams: ReadonlyArray<JobStream>
  readonly workstations: ReadonlyArray<Workstation>
  readonly resources: ReadonlyArray<Resource>
  readonly prompts: ReadonlyArray<Prompt>
  readonly criticalJobs: ReadonlyArray<CriticalJob>
  readonly model: ReadonlyArray<ModelObject>
  /** Logs by the id of their job. */
  readonly logs: Readonly<Record<JobId, string>>
}

/** A plan with nothing in it. */
export const empty: TwsTestPlan = {
  engine: { version: "10.2.8" },
  plan: {},
  jobs: [],
  jobStreams: [],
  workstations: [],
  resources: [],
  prompts: [],
  criticalJobs: [],
  model: [],
  logs: {}
}

/** A UUID that is always the same for the same text. */
const uuid = (text: string): string => {
  const part = (salt: string) => (Hash.string(`${salt}${text}`) >>> 0).toString(16).padStart(8, "0")
  const hex = `${part("a")}${part("b")}${part("c")}${part("d")}`
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** The id of the job of this name, as `job` gives it. */
export const jobId = (name: string): JobId => JobId.make(uuid(`job ${name}`))

const quiet = { error: false, started: false, canceled: false, cancelPending: false, dontRun: false } as const

/** A job that waits, with whatever is said about it. Its id follows from its name. */
export const job = (given: Partial<Job> & Pick<Job, "name">): Job => ({
  id: jobId(given.name),
  commonStatus: "WAITING",
  status: quiet,
  critical: false,
  monitored: false,
  noOperation: false,
  requiresConfirmation: false,
  late: false,
  deadlinePassed: false,
  priority: 10,
  time: {},
  restrictions: {},
  runs: [],
  actions: [],
  ...given
})

/** A run that counts, with whatever is said about it. */
export const jobRun = (given: Partial<JobRun> & { readonly name: string }): JobRun => {
  const { name, ...rest } = given
  return {
    id: JobRunId.make(uuid(`run ${name}`)),
    commonStatus: "SUCCESSFUL",
    status: quiet,
    last: true,
    confirmed: false,
    time: {},
    ...rest
  }
}

/** A job stream that waits, with whatever is said about it. */
export const jobStream = (given: Partial<JobStream> & Pick<JobStream, "name">): JobStream => ({
  id: JobStreamId.make(uuid(`stream ${given.name}`)),
  commonStatus: "WAITING",
  status: quiet,
  late: false,
  carriedForward: false,
  monitored: false,
  time: {},
  restrictions: {},
  actions: [],
  ...given
})

/** A linked, running workstation, with whatever is said about it. */
export const workstation = (given: Partial<Workstation> & Pick<Workstation, "name">): Workstation => ({
  id: WorkstationId.make(uuid(`workstation ${given.name}`)),
  linked: true,
  running: true,
  states: ["LINKED", "RUNNING"],
  flags: [],
  ignored: false,
  ...given
})

/** A resource that nobody holds, with whatever is said about it. */
export const resource = (given: Partial<Resource> & Pick<Resource, "name">): Resource => ({
  id: ResourceId.make(uuid(`resource ${given.name}`)),
  holders: [],
  ...given
})

/** A prompt that was asked, with whatever is said about it. */
export const prompt = (given: Partial<Prompt> & { readonly name: string }): Prompt => ({
  id: PromptId.make(uuid(`prompt ${given.name}`)),
  status: "ASKED",
  ...given
})
