/** A workstation as it is defined. The master is number 0, its backup 1, the broker 2; the rest are agents. */
export interface WorkstationDefinition {
  readonly name: string
  readonly type: "MANAGER" | "FTA" | "WORKLOAD_BROKER" | "AGENT" | "POOL" | "X-AGENT"
  readonly os: "LINUX" | "WINDOWS" | "AIX" | "OTHER"
  readonly limit: number
  readonly node: string
  readonly description: string
  readonly timeZone: string
}

const sites = [
  { code: "MIL", zone: "Europe/Rome" },
  { code: "LON", zone: "Europe/London" },
  { code: "NYC", zone: "America/New_York" },
  { code: "SAO", zone: "America/Sao_Paulo" },
  { code: "BLR", zone: "Asia/Kolkata" }
] as const

const agent = (index: number, limit: number): WorkstationDefinition => {
  const site = sites[index % sites.length] ?? sites[0]
  const number = String(Math.floor(index / sites.length) + 1).padStart(2, "0")
  const name = `${site.code}_AGT${number}`
  return {
    name,
    type: index % 7 === 4 ? "FTA" : index % 11 === 9 ? "X-AGENT" : index % 13 === 12 ? "POOL" : "AGENT",
    os: index % 5 === 3 ? "WINDOWS" : index % 6 === 5 ? "AIX" : "LINUX",
    // The third agent is kept short of slots, so that a plan of any size shows jobs that wait for the limit.
    limit: index === 2 ? Math.max(2, limit >> 3) : limit,
    node: `${name.toLowerCase().replace("_", "-")}.example.com`,
    description: `Agent ${number} in ${site.zone}`,
    timeZone: site.zone
  }
}

/** The workstations of a plan of this many jobs: an agent for about every thousand jobs, five at least. */
export const makeWorkstationDefinitions = (jobs: number): ReadonlyArray<WorkstationDefinition> => {
  const agents = Math.max(5, Math.min(300, Math.ceil(jobs / 1000)))
  const limit = Math.max(16, Math.ceil(jobs / agents / 40))
  const control = (name: string, type: WorkstationDefinition["type"], description: string): WorkstationDefinition => ({
    name,
    type,
    os: "LINUX",
    limit: 100,
    node: `${name.toLowerCase()}.example.com`,
    description,
    timeZone: "UTC"
  })
  return [
    control("MDM", "MANAGER", "Master domain manager"),
    control("BKM", "FTA", "Backup master domain manager"),
    control("MDM_DWB", "WORKLOAD_BROKER", "Dynamic workload broker"),
    ...Array.from({ length: agents }, (_, index) => agent(index, limit))
  ]
}
