/**
 * The chain that makes the trail one piece: each row holds the hash of the one before it, so that none can be changed, taken out,
 * put in or moved without every later hash changing too. All of it is pure.
 */
import { createHash } from "node:crypto"
import { Schema } from "effect"
import { AuditDraft } from "./AuditEntry.ts"
import type { AuditProblem } from "./AuditVerification.ts"
import { canonicalJson } from "./canonicalJson.ts"

/** The end of a chain: how many rows it has, and the hash of the last. */
export interface AuditHead {
  readonly seq: number
  readonly hash: string
}

/** The end of a chain that has no rows yet. */
export const genesis: AuditHead = { seq: 0, hash: "0".repeat(64) }

/** A row as it is stored: `entry` is the canonical text that is hashed. */
export interface AuditRow {
  readonly seq: number
  readonly entry: string
  readonly previousHash: string
  readonly hash: string
}

/** SHA-256, in lower-case hexadecimal, of the hash before, a line feed, and the canonical text. */
export const hashOf = (previousHash: string, entry: string): string =>
  createHash("sha256").update(`${previousHash}\n${entry}`, "utf8").digest("hex")

const encode = Schema.encodeSync(AuditDraft)

/** The next row after `head`. */
export const link = (head: AuditHead, at: string, draft: AuditDraft): AuditRow => {
  const seq = head.seq + 1
  const entry = canonicalJson({ version: 1, seq, at, ...encode(draft) })
  return { seq, entry, previousHash: head.hash, hash: hashOf(head.hash, entry) }
}

/** The end of the chain once `row` is its last. */
export const headOf = (row: AuditRow): AuditHead => ({ seq: row.seq, hash: row.hash })

/** The place that the row itself says it has. */
const placeOf = (entry: string): unknown => {
  try {
    return (JSON.parse(entry) as { readonly seq?: unknown } | null)?.seq
  } catch {
    return undefined
  }
}

/** How far a chain has been looked through. */
export interface AuditCheck {
  readonly head: AuditHead
  readonly problems: ReadonlyArray<AuditProblem>
}

export const start: AuditCheck = { head: genesis, problems: [] }

/** Looks at the next row, in order of `seq`. Goes on after a problem, as if the row were right, to find the next one. */
export const check = (state: AuditCheck, row: AuditRow): AuditCheck => {
  const { head } = state
  const problems: Array<AuditProblem> = []
  const gap = row.seq > head.seq + 1
  if (gap) problems.push({ _tag: "Missing", from: head.seq + 1, to: row.seq - 1 })
  if (hashOf(row.previousHash, row.entry) !== row.hash) problems.push({ _tag: "Changed", seq: row.seq })
  else if (placeOf(row.entry) !== row.seq || (!gap && row.previousHash !== head.hash)) {
    problems.push({ _tag: "Reordered", seq: row.seq })
  }
  return { head: headOf(row), problems: problems.length === 0 ? state.problems : [...state.problems, ...problems] }
}
