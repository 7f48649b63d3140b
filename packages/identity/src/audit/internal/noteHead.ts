import { Effect, Option, Schedule } from "effect"
import type { AuditHead } from "../AuditChain.ts"
import * as AuditWitness from "../AuditWitness.ts"

/** How long an end may stay unnoted. */
const pause = "1 second"

/** Notes down the last end in a file, once a second at most and at the end. Without a file it notes nothing. */
export const note = Effect.fnUntraced(function* (file: string | undefined) {
  if (file === undefined) return () => Effect.void
  let last: AuditHead | undefined
  let noted = Option.getOrUndefined(yield* AuditWitness.read(file))?.seq ?? 0
  const write = Effect.suspend(() => {
    const head = last
    if (head === undefined || head.seq <= noted) return Effect.void
    return Effect.tap(AuditWitness.write(file, head), () =>
      Effect.sync(() => {
        noted = head.seq
      })
    ).pipe(Effect.catch((cause) => Effect.logWarning("The end of the audit trail could not be noted down", cause)))
  })
  yield* write.pipe(Effect.schedule(Schedule.spaced(pause)), Effect.forkScoped)
  yield* Effect.addFinalizer(() => write)
  return (head: AuditHead): Effect.Effect<void> =>
    Effect.sync(() => {
      last = head
    })
})
