import { jobName } from "../plan/JobDefinition.ts"
import { workstationOf } from "../plan/Launch.ts"
import { type Plan, positionOf } from "../plan/Plan.ts"
import { modelId } from "../plan/PlanId.ts"
import { areas, folderOfStream, streamName } from "../plan/StreamDefinition.ts"
import { IdKind } from "../plan/Uuid.ts"

/** The bare name of a workstation. */
export const workstationName = (plan: Plan, index: number): string => plan.workstations[index]?.definition.name ?? "MDM"

/** The name of the stream as it was submitted: its alias if it has one. */
export const planStreamName = (plan: Plan, stream: number): string => {
  const definition = plan.streams.definition.get(stream)
  return plan.aliases.get(stream) ?? (definition < 0 ? "JOBS" : streamName(plan.blueprint, definition))
}

export const planStreamFolder = (plan: Plan, stream: number): string => {
  const definition = plan.streams.definition.get(stream)
  return definition < 0 ? "/" : folderOfStream(plan.blueprint, definition)
}

export const planStreamWorkstation = (plan: Plan, stream: number): string =>
  `/${workstationName(plan, plan.streams.workstation.get(stream))}`

export const planJobName = (plan: Plan, job: number): string => {
  const adHoc = plan.adHoc.get(job)
  if (adHoc !== undefined) return adHoc.name
  return jobName(plan.blueprint, plan.streams.definition.get(plan.jobs.stream.get(job)), positionOf(plan, job))
}

export const planJobWorkstation = (plan: Plan, job: number): string =>
  `/${workstationName(plan, workstationOf(plan, job))}`

const slash = (folder: string): string => (folder === "/" ? "/" : `${folder}/`)

/** `/WKS#/FOLDER/STREAM` */
export const planStreamKey = (plan: Plan, stream: number): string =>
  `${planStreamWorkstation(plan, stream)}#${slash(planStreamFolder(plan, stream))}${planStreamName(plan, stream)}`

/** `/WKS#/FOLDER/STREAM.JOB` */
export const planJobKey = (plan: Plan, job: number): string =>
  `${planStreamKey(plan, plan.jobs.stream.get(job))}.${planJobName(plan, job)}`

/** All folders, the root first. A folder's index is its place here. */
export const folders: ReadonlyArray<string> = ["/", "/PROD", ...areas.map((area) => `/PROD/${area}`)]

/** The id of a folder by its path. */
export const folderIdOf = (plan: Plan, folder: string): string =>
  modelId(plan, IdKind.folder, Math.max(0, folders.indexOf(folder)))
