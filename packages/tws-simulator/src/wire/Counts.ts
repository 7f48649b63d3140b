import type { Plan } from "../plan/Plan.ts"
import { jobCommonStatus } from "./JobStatusV2.ts"
import { streamCommonStatus } from "./JobStreamStatusV2.ts"
import { folderIdOf, folders, planJobWorkstation, planStreamFolder, planStreamWorkstation } from "./Naming.ts"
import { activeStates } from "./WorkstationV2.ts"

type Grouping = (row: number) => string

const counted = (keys: Iterable<string>): Record<string, number> => {
  const counts = new Map<string, number>()
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
}

const groupings = (plan: Plan, kind: "job" | "stream"): Readonly<Record<string, Grouping>> =>
  kind === "job"
    ? {
        workstation: (job) => planJobWorkstation(plan, job),
        status: (job) => jobCommonStatus(plan, job),
        folder: (job) => planStreamFolder(plan, plan.jobs.stream.get(job))
      }
    : {
        workstation: (stream) => planStreamWorkstation(plan, stream),
        status: (stream) => streamCommonStatus(plan, stream),
        folder: (stream) => planStreamFolder(plan, stream)
      }

/** Counts rows by the wanted groupings; several groupings make one key, with commas between. */
export const groupedCount = (plan: Plan, kind: "job" | "stream", rows: ReadonlyArray<number>, filters: string) => {
  const known = groupings(plan, kind)
  const wanted = filters.split(",").flatMap((name) => known[name.trim()] ?? [])
  return {
    count: rows.length,
    groupedCount: wanted.length === 0 ? {} : counted(rows.map((row) => wanted.map((group) => group(row)).join(",")))
  }
}

/** Objects by folder, with their states. */
export const folderCounts = (
  plan: Plan,
  kind: "job" | "stream" | "workstation" | "other",
  rows: ReadonlyArray<number>
) => {
  const folderOf = (row: number): string =>
    kind === "job"
      ? planStreamFolder(plan, plan.jobs.stream.get(row))
      : kind === "stream"
        ? planStreamFolder(plan, row)
        : "/"
  const byFolder = new Map<string, Array<number>>()
  for (const row of rows) {
    const folder = folderOf(row)
    const known = byFolder.get(folder)
    if (known === undefined) byFolder.set(folder, [row])
    else known.push(row)
  }
  return folders.flatMap((folder) => {
    const inFolder = byFolder.get(folder)
    if (inFolder === undefined) return []
    return [
      {
        folder,
        folderId: folderIdOf(plan, folder),
        totalCount: inFolder.length,
        commonStatus:
          kind === "job"
            ? counted(inFolder.map((row) => jobCommonStatus(plan, row)))
            : kind === "stream"
              ? counted(inFolder.map((row) => streamCommonStatus(plan, row)))
              : {},
        activeStates:
          kind === "workstation" ? counted(inFolder.flatMap((row) => activeStates(plan.workstations[row]))) : {}
      }
    ]
  })
}
