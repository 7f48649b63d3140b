import { launch } from "./Launch.ts"
import { endJob } from "./Machine.ts"
import type { Plan } from "./Plan.ts"

/** Breaks the link: nothing is launched there, and the master does not hear of runs that end. */
export const unlink = (plan: Plan, index: number): void => {
  const workstation = plan.workstations[index]
  if (workstation !== undefined) workstation.linked = false
}

/** Restores the link: what ended meanwhile is reported, and ready jobs are launched. */
export const relink = (plan: Plan, index: number): void => {
  const workstation = plan.workstations[index]
  if (workstation === undefined) return
  workstation.linked = true
  const unreported = workstation.unreported
  workstation.unreported = []
  for (const { job, run } of unreported) endJob(plan, job, run)
  launch(plan, index)
}
