import { jobDefinition } from "../plan/JobDefinition.ts"
import type { Plan } from "../plan/Plan.ts"
import type { Order } from "../Simulator.ts"
import { isTaken } from "../wire/AdHoc.ts"
import { type ApiError, apiError } from "../wire/ApiError.ts"
import { taskOf } from "../wire/JobV2.ts"
import { workstationName } from "../wire/Naming.ts"

/** What a submission orders, but for its serial number. */
export type Draft = (serial: number) => Order

export const conflict = (name: string, where: string): ApiError =>
  apiError(409, "ConflictException", `AWSJCO126E The job "${name}" already exists in the job stream of ${where}.`)

export interface JobDraftOptions {
  readonly alias: string | undefined
  readonly priority?: number | undefined
  readonly at?: number | undefined
  /** The stream that the job is added to; by default JOBS of its workstation. */
  readonly stream?: number | undefined
}

/** Drafts the submission of a defined job; 409 when the name is taken. */
export const jobDraft = (plan: Plan, index: number, options: JobDraftOptions): Draft | ApiError => {
  const added = plan.added[index - plan.blueprint.jobs]
  const definition =
    added === undefined ? jobDefinition(plan.blueprint, index) : { ...added, windows: false, estimatedMillis: 60_000 }
  const name = options.alias ?? definition.name
  const workstation =
    options.stream === undefined ? definition.workstation : plan.streams.workstation.get(options.stream)
  if (isTaken(plan, options.stream ?? plan.adHocStreams.get(workstation), name)) {
    return conflict(name, workstationName(plan, workstation))
  }
  return (serial) => ({
    _tag: "SubmitJob",
    serial,
    stream: options.stream,
    workstation,
    name,
    task: taskOf(definition.script, definition.user, definition.windows, false),
    user: definition.user,
    script: definition.script,
    isCommand: false,
    estimatedMillis: definition.estimatedMillis,
    definition: index,
    priority: options.priority,
    at: options.at
  })
}
