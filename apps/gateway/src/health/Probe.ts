import type { Component } from "@resync/api/Health"
import { Cause, DateTime, Effect, Ref, Schedule } from "effect"

/** How often a part of the service is asked how it is, and how long it may take to answer. */
export const interval = "15 seconds"
const limit = "5 seconds"

/** Asks now and again and again, and gives what was answered last, so that whoever looks waits for nobody. */
export const every = Effect.fnUntraced(function* <E>(ask: Effect.Effect<Component["details"], E>) {
  const seen = yield* Ref.make<Component>({ status: "degraded", reason: "not asked yet" })
  const look = ask.pipe(
    Effect.timeout(limit),
    Effect.matchCause({
      onSuccess: (details): Component => ({ status: "up", ...(details === undefined ? {} : { details }) }),
      onFailure: (cause): Component => {
        const error = Cause.squash(cause)
        return { status: "down", reason: error instanceof Error ? error.message : String(error) }
      }
    }),
    Effect.flatMap((component) =>
      Effect.flatMap(DateTime.now, (checkedAt) => Ref.set(seen, { ...component, checkedAt }))
    )
  )
  yield* Effect.forkScoped(Effect.repeat(look, Schedule.spaced(interval)), { startImmediately: true })
  return { latest: Ref.get(seen) }
})
