/** All requests of a run: so many for each operation, a few at a time, with what came of them. */
import { Chance } from "./Chance.ts"
import type { Exchange } from "./Exchange.ts"
import type { Identity } from "./Identity.ts"
import type { Document, Operation } from "./OpenApi.ts"
import { type Request, request } from "./Requests.ts"
import { fault, kind } from "./Verdict.ts"

export interface Finding {
  readonly operation: string
  readonly fault: string
  readonly request: string
}

export interface Tally {
  readonly operation: string
  /** Answers by what they are counted under. */
  readonly statuses: Readonly<Record<string, number>>
}

const written = ({ body, headers, method, path }: Request): string =>
  `${method} ${path} ${JSON.stringify(headers)} ${body?.toString().slice(0, 300) ?? ""}`.slice(0, 1_800)

/** Ids and names that a listing tells. */
const told = (listing: unknown): ReadonlyArray<string> => {
  if (typeof listing !== "object" || listing === null) return []
  return Object.entries(listing)
    .flatMap(([key, member]) => (typeof member === "string" && /^(id|name|.*Id)$/.test(key) ? [member] : told(member)))
    .slice(0, 200)
}

/** What the listing above an operation tells, for requests that get further than a 404. */
const known = async (identity: Identity, { path }: Operation): Promise<ReadonlyArray<string>> => {
  const end = path.indexOf("/{")
  if (end < 0 || !path.startsWith("/api/")) return []
  const { body, status, type } = await identity.get(path.slice(0, end))
  if (status !== 200 || !type.startsWith("application/json")) return []
  return told(JSON.parse(body)).filter((id) => !identity.keeps(id))
}

export interface Campaign {
  readonly document: Document
  readonly exchange: Exchange
  readonly identity: Identity
  readonly requests: number
  readonly lanes: number
  readonly seed: number
  /** The problems that are not the service's own, of an operation. */
  readonly upstream: (operation: Operation) => RegExp
  /** Why to give up, if there is a reason: the service is gone. */
  readonly ended: () => string | undefined
}

/** Every operation in its turn, so that what one leaves behind meets the others. */
export const run = async (
  campaign: Campaign,
  operation: Operation,
  findings: Array<Finding>,
  salt: number
): Promise<Tally> => {
  const { document, ended, exchange, identity, lanes, requests, seed, upstream } = campaign
  const name = `${operation.method} ${operation.path}`
  await identity.restore(operation.path)
  const ids = await known(identity, operation)
  const statuses: Record<string, number> = {}
  let left = requests
  const lane = async (number: number) => {
    const chance = new Chance(seed + salt * 7_919 + number * 104_729)
    while (left-- > 0 && ended() === undefined) {
      const drawn = request(document, operation, chance, ids)
      const sent = { ...drawn, headers: { ...drawn.headers, ...(await identity.headers(operation.path, chance)) } }
      try {
        const answer = await exchange.send(sent)
        const counted = kind(answer)
        statuses[counted] = (statuses[counted] ?? 0) + 1
        const found = fault(answer, sent, upstream(operation))
        if (found !== undefined) {
          findings.push({ operation: name, fault: `${found}: ${answer.body.slice(0, 300)}`, request: written(sent) })
        }
      } catch (error) {
        statuses["no answer"] = (statuses["no answer"] ?? 0) + 1
        findings.push({ operation: name, fault: ended() ?? `no answer: ${error}`, request: written(sent) })
      }
    }
  }
  await Promise.all(Array.from({ length: lanes }, (_, number) => lane(number)))
  return { operation: name, statuses }
}
