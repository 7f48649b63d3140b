import { jobsOfStream, type Plan } from "../plan/Plan.ts"
import { planJobName } from "./Naming.ts"

/** What is to run, as `task` of a submission says it. The kind is written in upper case and read back in lower case. */
export interface AdHocTask {
  readonly name: string
  readonly script: string
  readonly user: string
  readonly isCommand: boolean
  readonly task: Record<string, unknown>
  readonly estimatedMillis: number
}

const text = (value: unknown): string => (typeof value === "string" ? value : "")

/** `sleep 120` is called SLEEP, `/opt/bin/load.sh -x` is called LOAD. */
export const nameOfCommand = (command: string): string => {
  const program = command.trim().split(/\s+/)[0] ?? ""
  const file = program.split(/[/\\]/).at(-1) ?? program
  const name = file
    .replace(/\.[^.]*$/, "")
    .toUpperCase()
    .replace(/[^A-Z0-9_-]/g, "_")
  return name === "" ? "JOB" : name.slice(0, 40)
}

/** Reads the task of a submission; `undefined` when it has none of the known kinds. */
export const readTask = (task: Record<string, unknown>, alias: string | undefined): AdHocTask | undefined => {
  for (const [kind, body] of Object.entries(task)) {
    if (!["UNIX", "WINDOWS", "OTHER", "BROKER"].includes(kind.toUpperCase())) continue
    if (typeof body !== "object" || body === null) return undefined
    const taskString = text(Reflect.get(body, "taskString"))
    const declared = Reflect.get(body, "isCommand")
    const sleep = /^sleep\s+(\d+)/.exec(taskString.trim())
    return {
      name: alias ?? nameOfCommand(kind.toUpperCase() === "OTHER" ? "job" : taskString),
      script: taskString,
      user: text(Reflect.get(body, "userName")) || "wauser",
      isCommand: declared === true || declared === "true",
      task: { [kind.toLowerCase()]: body },
      estimatedMillis: sleep === null ? 10_000 : Number(sleep[1]) * 1000
    }
  }
  return undefined
}

/** The workstation with this name or key (`WA_AGT`, `/WA_AGT`, `/WA_AGT#`), or `undefined`. */
export const findWorkstation = (plan: Plan, key: string): number | undefined => {
  const name = key.replace(/#$/, "").split("/").at(-1) ?? key
  const index = plan.workstations.findIndex((one) => one.definition.name === name)
  return index < 0 ? undefined : index
}

/** True when the stream has a job of this name already. */
export const isTaken = (plan: Plan, stream: number | undefined, name: string): boolean =>
  stream !== undefined && jobsOfStream(plan, stream).some((job) => planJobName(plan, job) === name)
