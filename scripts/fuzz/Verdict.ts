/** What an answer to a bad request may not be. */
import type { Answer } from "./Exchange.ts"

/** Traces of the inside: frames of a stack, files, packages, what the runtime says of its own errors. */
const inside = /\n\s+at |node_modules|file:\/\/|\.ts:\d|\.js:\d|Cannot read propert|is not a function|ECONN|SqlError/

interface Problem {
  readonly type?: unknown
  readonly status?: unknown
}

const problemOf = (body: string): Problem | undefined => {
  try {
    const parsed: unknown = JSON.parse(body)
    return typeof parsed === "object" && parsed !== null ? parsed : undefined
  } catch {
    return undefined
  }
}

/** Why an answer is a finding; nothing where it is as it should be. `upstream` names the problems that are not our fault. */
export const fault = ({ body, status, type }: Answer, upstream: RegExp): string | undefined => {
  if (status < 400) return undefined
  if (body !== "" || !type.startsWith("text/")) {
    if (!type.startsWith("application/problem+json")) return `${status} as ${type || "nothing"}, not as a problem`
    const problem = problemOf(body)
    if (typeof problem?.type !== "string" || problem.status !== status) return `${status} with a problem that is none`
    if (inside.test(body)) return `${status} tells of the inside`
    if (status >= 500 && !upstream.test(problem.type)) return `${status} ${problem.type}`
  } else if (status >= 500) return `${status} without a problem`
  return undefined
}
