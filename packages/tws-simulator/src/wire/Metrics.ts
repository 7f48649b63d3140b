import { workstationOf } from "../plan/Launch.ts"
import type { Plan } from "../plan/Plan.ts"
import { criticalNetworks } from "./CriticalNetwork.ts"
import { jobCommonStatus } from "./JobStatusV2.ts"
import { planJobKey, planStreamFolder, workstationName } from "./Naming.ts"

const queues = [
  "Mailbox",
  "Intercom",
  "Courier",
  "mirrorbox",
  "Appserverbox",
  "Monbox",
  "Moncmd",
  "auditbox",
  "clbox",
  "planbox",
  "pobox",
  "server"
] as const

const escape = (value: string): string => value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")

interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const gauge = (name: string, help: string, samples: ReadonlyArray<Sample>): string =>
  [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} gauge`,
    ...samples.map(({ labels, value }) => {
      const text = Object.entries(labels).map(([key, label]) => `${key}="${escape(label)}"`)
      return `${name}${text.length === 0 ? "" : `{${text.join(",")}}`} ${value}`
    })
  ].join("\n")

const byLabel = (counts: ReadonlyMap<string, number>, label: string): ReadonlyArray<Sample> =>
  [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => ({ labels: { [label]: key }, value }))

/** The scheduler's metrics as OpenMetrics text, under the names that its dashboards use. */
export const metrics = (plan: Plan): string => {
  const statuses = new Map<string, number>()
  const workstations = new Map<string, number>()
  const folders = new Map<string, number>()
  const add = (counts: Map<string, number>, key: string): void => {
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  for (let job = 0; job < plan.jobs.count; job++) {
    add(statuses, jobCommonStatus(plan, job))
    add(workstations, workstationName(plan, workstationOf(plan, job)))
    add(folders, planStreamFolder(plan, plan.jobs.stream.get(job)))
  }
  const critical = criticalNetworks(plan)
  const ofCritical = (value: (one: (typeof critical)[number]) => number): ReadonlyArray<Sample> =>
    critical.map((one) => ({ labels: { job: planJobKey(plan, one.job) }, value: value(one) }))
  const unlinked = plan.workstations.filter((one) => !one.linked).length
  return `${[
    gauge("application_wa_JobsInPlanCount_job", "Jobs in the plan by status", byLabel(statuses, "jobstatus")),
    gauge(
      "application_wa_JobsByWorkstation_jobs",
      "Jobs in the plan by workstation",
      byLabel(workstations, "workstation")
    ),
    gauge("application_wa_JobsByFolder_jobs", "Jobs in the plan by folder", byLabel(folders, "folder")),
    gauge(
      "application_wa_msgFileFill_percent",
      "Fill of the message queues",
      queues.map((queue, index) => ({ labels: { msgfile: queue }, value: index < 3 ? Math.min(100, unlinked * 3) : 0 }))
    ),
    gauge(
      "application_wa_criticalJob_highRisk_boolean",
      "The critical job will miss its deadline",
      ofCritical((one) => (one.risk === "HIGH_RISK" ? 1 : 0))
    ),
    gauge(
      "application_wa_criticalJob_potentialRisk_boolean",
      "The critical job may miss its deadline",
      ofCritical((one) => (one.risk === "POTENTIAL_RISK" ? 1 : 0))
    ),
    gauge(
      "application_wa_criticalJob_incompletePredecessor_jobs",
      "Predecessors of the critical job that are not complete",
      ofCritical((one) => one.open.length)
    ),
    gauge("application_wa_DB_connected_boolean", "The database is connected", [{ labels: {}, value: 1 }])
  ].join("\n")}\n# EOF\n`
}
