import { Effect, Stream } from "effect"
import { type AuditCheck, type AuditHead, type AuditRow, check, start } from "../AuditChain.ts"
import type { AuditUnavailable } from "../AuditError.ts"
import type { AuditSigner, SignedHead } from "../AuditSigner.ts"
import type { AuditProblem } from "../AuditVerification.ts"

/** How many problems are told. */
const told = 100

/** What the chain as it was found says against a head that is known. */
const against = (
  check: AuditCheck,
  hashes: ReadonlyMap<number, string>,
  known: AuditHead
): ReadonlyArray<AuditProblem> => {
  if (known.seq > check.head.seq) return [{ _tag: "Truncated", last: check.head.seq, expected: known.seq }]
  // A row that is missing is told as such.
  const hash = hashes.get(known.seq)
  return hash === undefined || hash === known.hash ? [] : [{ _tag: "Rewritten", seq: known.seq }]
}

/** Looks through the rows up to the head as it is at the beginning, and at each head that is known from elsewhere. */
export const verify = Effect.fnUntraced(function* (options: {
  readonly head: Effect.Effect<SignedHead, AuditUnavailable>
  /** The last row there is. */
  readonly last: Effect.Effect<AuditRow | undefined, AuditUnavailable>
  readonly rows: Stream.Stream<AuditRow, AuditUnavailable>
  readonly signer: AuditSigner
  readonly known: ReadonlyArray<AuditHead>
}) {
  const head = yield* options.head
  const known = [head, ...options.known]
  const hashes = new Map([[start.head.seq, start.head.hash]])
  const places = new Set(known.map(({ seq }) => seq))
  const through = Math.max(...places)
  let entries = 0
  let state: AuditCheck = start
  yield* options.rows.pipe(
    Stream.takeWhile(({ seq }) => seq <= through && state.problems.length < told),
    Stream.runForEach((row) =>
      Effect.sync(() => {
        entries++
        state = check(state, row)
        if (places.has(row.seq)) hashes.set(row.seq, row.hash)
      })
    )
  )
  // A head moves in one with its rows, so that no row is ever beyond a head that is read after it.
  const last = (yield* options.last)?.seq ?? 0
  const now = yield* options.head
  const end = { seq: head.seq, hash: hashes.get(head.seq) ?? state.head.hash }
  const problems: ReadonlyArray<AuditProblem> = [
    ...state.problems,
    ...known.flatMap((one) => against(state, hashes, one)),
    ...(last > now.seq ? [{ _tag: "Beyond", last, expected: now.seq } as const] : []),
    ...(options.signer.verdict(head) === "valid" ? [] : [{ _tag: "HeadForged", seq: head.seq } as const])
  ]
  return { entries, head: end, problems: problems.slice(0, told) }
})
