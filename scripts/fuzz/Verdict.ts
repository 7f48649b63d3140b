/** What an answer to a bad request may not be. */
import type { Answer } from "./Exchange.ts"
import type { Request } from "./Requests.ts"

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

const decoded = (path: string): string => {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

/** Whether an answer tells of the inside what the request did not say itself: a name that is not known may come back. */
const tells = (body: string, { body: sent, path }: Request): boolean => {
  const found = inside.exec(body)?.[0]
  return found !== undefined && !decoded(path).includes(found) && sent?.includes(found) !== true
}

/** What an answer is counted under: its status, and from 500 on its problem. */
export const kind = ({ body, status }: Answer): string => {
  const type = status < 500 ? undefined : problemOf(body)?.type
  return typeof type === "string" ? `${status} ${type.slice(type.lastIndexOf(":") + 1)}` : String(status)
}

/** Why an answer is a finding; nothing where it is as it should be. `upstream` names the problems that are not our fault. */
export const fault = ({ body, status, type }: Answer, request: Request, upstream: RegExp): string | undefined => {
  if (status < 400) return undefined
  if (body !== "" || !type.startsWith("text/")) {
    if (!type.startsWith("application/problem+json")) return `${status} as ${type || "nothing"}, not as a problem`
    const problem = problemOf(body)
    if (typeof problem?.type !== "string" || problem.status !== status) return `${status} with a problem that is none`
    if (tells(body, request)) return `${status} tells of the inside`
    if (status >= 500 && !upstream.test(problem.type)) return `${status} ${problem.type}`
  } else if (status >= 500) return `${status} without a problem`
  return undefined
}
