import {
  type Blueprint,
  finalPostReports,
  finalStream,
  firstJobOf,
  jobCountOf,
  minute,
  streamOfJob,
  workstationOfStream
} from "./Blueprint.ts"
import { hash, Subject, unit } from "./Hash.ts"
import { areaOf, streamName, topicOf } from "./StreamDefinition.ts"

export type RecoveryOption = "STOP" | "CONTINUE" | "CONTINUE_PROMPT" | "RERUN" | "RERUN_PROMPT"

const verbs = [
  "EXTRACT",
  "LOAD",
  "CHECK",
  "SORT",
  "MERGE",
  "CALC",
  "POST",
  "REPORT",
  "ARCHIVE",
  "SEND",
  "PURGE",
  "BACKUP"
] as const

const controlJobs = [
  ["STARTAPPSERVER", "MAKEPLAN", "SWITCHPLAN"],
  ["CHECKSYNC", "CREATEPOSTREPORTS", "UPDATESTATS"]
] as const

/** The name of a job, unique in its stream. */
export const jobName = (blueprint: Blueprint, stream: number, position: number): string => {
  const control = controlJobs[stream]?.[position]
  if (control !== undefined) return control
  const job = firstJobOf(blueprint, stream) + position
  const verb = verbs[hash(blueprint.seed, Subject.verb, job) % verbs.length] ?? "RUN"
  return `${verb}_${topicOf(blueprint, stream)}_${String((position + 1) * 10).padStart(3, "0")}`
}

/** What a job runs and how it behaves. */
export interface JobDefinition {
  readonly index: number
  readonly stream: number
  readonly position: number
  readonly name: string
  readonly workstation: number
  readonly user: string
  readonly script: string
  readonly recovery: RecoveryOption
  readonly estimatedMillis: number
  readonly windows: boolean
}

/** How long a job takes as a rule, in milliseconds: three minutes in the middle, some take an hour. */
export const estimatedMillis = (blueprint: Blueprint, job: number): number => {
  if (job < 6) return 20_000 + 10_000 * job
  const a = unit(hash(blueprint.seed, Subject.duration, job)) + 1e-9
  const b = unit(hash(blueprint.seed, Subject.duration, job, 1))
  const normal = Math.sqrt(-2 * Math.log(a)) * Math.cos(2 * Math.PI * b)
  return Math.round(Math.min(2 * 60 * minute, Math.max(5_000, 3 * minute * Math.exp(normal * 1.1))) / 1000) * 1000
}

export const recoveryOf = (blueprint: Blueprint, job: number): RecoveryOption => {
  if (job < 6) return "STOP"
  const chance = hash(blueprint.seed, Subject.recovery, job) % 100
  if (chance < 74) return "STOP"
  if (chance < 82) return "CONTINUE"
  if (chance < 94) return "RERUN"
  return chance < 97 ? "CONTINUE_PROMPT" : "RERUN_PROMPT"
}

/** The share of runs of this job that end in ABEND: one job in thirty is fragile. */
export const abendRate = (blueprint: Blueprint, job: number): number =>
  job < 6 ? 0.001 : hash(blueprint.seed, Subject.fragile, job) % 30 === 0 ? 0.25 : 0.006

export const jobDefinition = (blueprint: Blueprint, job: number): JobDefinition => {
  const stream = streamOfJob(blueprint, job)
  const position = job - firstJobOf(blueprint, stream)
  const workstation = workstationOfStream(blueprint, stream)
  const name = jobName(blueprint, stream, position)
  const area = areaOf(blueprint, stream).toLowerCase()
  const windows = blueprint.workstations[workstation]?.os === "WINDOWS"
  return {
    index: job,
    stream,
    position,
    name,
    workstation,
    user: stream <= finalPostReports ? "wauser" : `${area}batch`,
    script:
      stream <= finalPostReports
        ? `/opt/wa/TWS/${name === "MAKEPLAN" ? "MakePlan" : name.toLowerCase()}`
        : windows
          ? `C:\\batch\\${area}\\${name.toLowerCase()}.cmd`
          : `/opt/${area}/bin/${name.toLowerCase()}.sh`,
    recovery: recoveryOf(blueprint, job),
    estimatedMillis: estimatedMillis(blueprint, job),
    windows
  }
}

/** True for the last job of a stream that someone waits for by a deadline. */
export const isCritical = (blueprint: Blueprint, stream: number, position: number): boolean =>
  stream > finalPostReports && stream % 10 === 6 && position === jobCountOf(blueprint, stream) - 1

/** True for a job that ends in PEND until an operator confirms it. */
export const needsConfirmation = (blueprint: Blueprint, stream: number, position: number): boolean =>
  stream > finalPostReports && stream % 30 === 8 && position === jobCountOf(blueprint, stream) - 1

/** True for a job that runs again every quarter of an hour, four times in all. */
export const isRepeated = (stream: number, position: number): boolean => stream % 25 === 9 && position === 0
export const repeatEvery = 15 * minute
export const repeatTimes = 4

/** The resource that a job needs one unit of, or -1. */
export const resourceOfJob = (blueprint: Blueprint, stream: number, position: number): number =>
  stream % 8 === 5 && position === 1 ? hash(blueprint.seed, Subject.resource, stream) % blueprint.resources : -1

/** The job whose success puts the next day's plan in force. */
export const switchPlanJob = 2

/** The full key of a job: `/WKS#/FOLDER/STREAM.JOB`. */
export const jobKey = (
  blueprint: Blueprint,
  stream: number,
  job: string,
  name = streamName(blueprint, stream)
): string => {
  const workstation = blueprint.workstations[workstationOfStream(blueprint, stream)]?.name ?? "MDM"
  const folder = stream === finalStream || stream === finalPostReports ? "/" : `/PROD/${areaOf(blueprint, stream)}/`
  return `/${workstation}#${folder}${name}.${job}`
}
