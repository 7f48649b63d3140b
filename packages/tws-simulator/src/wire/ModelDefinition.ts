import {
  externalPredecessor,
  firstJobOf,
  hour,
  innerPredecessor,
  jobCountOf,
  minute,
  secondPredecessor,
  startOffset,
  workstationOfStream
} from "../plan/Blueprint.ts"
import {
  isCritical,
  isRepeated,
  jobDefinition,
  jobName,
  needsConfirmation,
  repeatEvery,
  resourceOfJob
} from "../plan/JobDefinition.ts"
import type { Plan } from "../plan/Plan.ts"
import { modelId } from "../plan/PlanId.ts"
import {
  folderOfStream,
  hasFile,
  hasPrompt,
  isCarriedForward,
  streamLimit,
  streamName,
  topicOf
} from "../plan/StreamDefinition.ts"
import { IdKind } from "../plan/Uuid.ts"
import { isoDuration } from "./Instant.ts"
import { taskOf } from "./JobV2.ts"
import { folderIdOf, workstationName } from "./Naming.ts"

const slash = (folder: string): string => (folder === "/" ? "/" : `${folder}/`)
const clock = (millis: number): string => {
  const minutes = Math.floor((millis % (24 * hour)) / minute)
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}:00`
}

/** Where something that belongs to a workstation is kept. */
export const located = (plan: Plan, folder: string, workstation: number) => ({
  folderId: folderIdOf(plan, folder),
  folder,
  workstationId: modelId(plan, IdKind.workstation, workstation),
  workstation: `/${workstationName(plan, workstation)}`
})

const addedOf = (plan: Plan, row: number) => plan.added[row - plan.blueprint.jobs]

/** The `def` of a job definition. */
export const jobDefinitionOf = (plan: Plan, row: number) => {
  const added = addedOf(plan, row)
  if (added !== undefined) {
    return {
      id: modelId(plan, IdKind.jobDefinition, row),
      ...located(plan, "/", added.workstation),
      name: added.name,
      type: "UNIX",
      userLogins: [added.user],
      task: taskOf(added.script, added.user, false, false),
      recovery: { action: "STOP" }
    }
  }
  const definition = jobDefinition(plan.blueprint, row)
  const folder = folderOfStream(plan.blueprint, definition.stream)
  return {
    id: modelId(plan, IdKind.jobDefinition, row),
    ...located(plan, folder, definition.workstation),
    name: definition.name,
    description: `Step ${(definition.position + 1) * 10} of ${streamName(plan.blueprint, definition.stream)}`,
    type: definition.windows ? "WINDOWS" : "UNIX",
    userLogins: [definition.user],
    task: taskOf(definition.script, definition.user, definition.windows, false),
    recovery: {
      action: definition.recovery,
      ...(definition.recovery === "RERUN"
        ? { repeatInterval: "PT1M", repeatOccurrences: 2, repeatAffinity: false }
        : {}),
      ...(definition.recovery.endsWith("PROMPT") ? { abendPrompt: "Job ended in error. Continue?" } : {})
    }
  }
}

/** `/WKS#/FOLDER/JOB` */
export const jobKeyOf = (plan: Plan, row: number): string => {
  const added = addedOf(plan, row)
  if (added !== undefined) return `/${workstationName(plan, added.workstation)}#/${added.name}`
  const definition = jobDefinition(plan.blueprint, row)
  const folder = folderOfStream(plan.blueprint, definition.stream)
  return `/${workstationName(plan, definition.workstation)}#${slash(folder)}${definition.name}`
}

const jobOf = (plan: Plan, stream: number, position: number) => {
  const { blueprint } = plan
  const row = firstJobOf(blueprint, stream) + position
  const predecessors = [innerPredecessor(blueprint, stream, position), secondPredecessor(blueprint, stream, position)]
  const resource = resourceOfJob(blueprint, stream, position)
  const critical = isCritical(blueprint, stream, position)
  return {
    id: modelId(plan, IdKind.jobInDefinition, row),
    name: jobName(blueprint, stream, position),
    jobDefinitionRefId: modelId(plan, IdKind.jobDefinition, row),
    jobDefinitionRef: jobKeyOf(plan, row),
    options: [
      ...(critical ? ["critical", "monitored"] : []),
      ...(needsConfirmation(blueprint, stream, position) ? ["confirmed"] : [])
    ],
    priority: 10,
    internalPredecessors: predecessors
      .filter((one) => one >= 0)
      .map((one) => ({
        jobId: modelId(plan, IdKind.jobInDefinition, firstJobOf(blueprint, stream) + one),
        jobName: jobName(blueprint, stream, one)
      })),
    resourceDependencies:
      resource < 0
        ? []
        : [
            {
              resourceId: modelId(plan, IdKind.resourceDefinition, resource),
              resource: plan.resources[resource]?.name ?? "",
              quantity: 1
            }
          ],
    ...(isRepeated(stream, position) ? { repeatInterval: isoDuration(repeatEvery) } : {})
  }
}

/** The `def` of a job stream. */
export const streamDefinitionOf = (plan: Plan, row: number) => {
  const { blueprint } = plan
  const workstation = workstationOfStream(blueprint, row)
  const external = externalPredecessor(blueprint, row)
  return {
    id: modelId(plan, IdKind.streamDefinition, row),
    abstractId: modelId(plan, IdKind.streamDefinition, row),
    ...located(plan, folderOfStream(blueprint, row), workstation),
    name: streamName(blueprint, row),
    timeZone: blueprint.workstations[workstation]?.timeZone ?? "UTC",
    description: `Daily processing of ${topicOf(blueprint, row)}`,
    options: isCarriedForward(row) ? ["carryForward"] : [],
    saturdayIsFree: false,
    sundayIsFree: false,
    runCycles: [
      {
        id: modelId(plan, IdKind.calendar, row + 16),
        name: "DAILY",
        type: "rrule",
        expression: "FREQ=DAILY;INTERVAL=1",
        freeDaysRule: "none"
      }
    ],
    priority: 10,
    limit: streamLimit(row),
    onOverlap: "parallel",
    startTime: clock(startOffset(blueprint, row)),
    startDays: 0,
    externalPredecessors:
      external === undefined
        ? []
        : [
            {
              jobStreamAbstractId: modelId(plan, IdKind.streamDefinition, external.stream),
              workstation: `/${workstationName(plan, workstationOfStream(blueprint, external.stream))}`,
              jobStream: streamName(blueprint, external.stream),
              ...(external.kind === "job"
                ? { jobName: jobName(blueprint, external.stream, jobCountOf(blueprint, external.stream) - 1) }
                : {})
            }
          ],
    promptDependencies: hasPrompt(row) ? [{ globalPrompt: `APPROVE_${streamName(blueprint, row)}`.slice(0, 24) }] : [],
    fileDependencies: hasFile(row)
      ? [
          {
            workstation: `/${workstationName(plan, workstation)}`,
            filename: `/data/in/${streamName(blueprint, row).toLowerCase()}.csv`
          }
        ]
      : [],
    jobs: Array.from({ length: jobCountOf(blueprint, row) }, (_, position) => jobOf(plan, row, position)),
    disableSubmission: false
  }
}

/** `/WKS#/FOLDER/STREAM` */
export const streamKeyOf = (plan: Plan, row: number): string =>
  `/${workstationName(plan, workstationOfStream(plan.blueprint, row))}#${slash(folderOfStream(plan.blueprint, row))}${streamName(plan.blueprint, row)}`
