import type { WorkstationDefinition } from "./WorkstationDefinition.ts"

/** A workstation in the plan. */
export interface WorkstationState {
  readonly definition: WorkstationDefinition
  limit: number
  fence: number
  linked: boolean
  started: boolean
  online: boolean
  eventMonitoring: boolean
  eventProcessor: boolean
  ignore: boolean
  /** Jobs that are introduced or running on it. */
  running: number
  startedAt: number
  turn: number
  /** Runs that ended while the link was down: the master hears of them when it is up again. */
  unreported: Array<{ readonly job: number; readonly run: number }>
}

export const makeWorkstationState = (
  definition: WorkstationDefinition,
  index: number,
  startedAt: number
): WorkstationState => ({
  definition,
  limit: definition.limit,
  fence: 0,
  linked: true,
  started: true,
  online: true,
  eventMonitoring: true,
  eventProcessor: index === 0,
  ignore: false,
  running: 0,
  startedAt,
  turn: 0,
  unreported: []
})

/** True while the workstation can be given jobs. */
export const isReachable = (workstation: WorkstationState): boolean =>
  workstation.linked && workstation.started && workstation.online && !workstation.ignore
