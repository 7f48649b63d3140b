import { type Clock, Effect } from "effect"
import type { BulkheadEvent } from "../BulkheadEvent.ts"
import * as EventBus from "./EventBus.ts"
import * as SpanEvent from "./SpanEvent.ts"
import { stackless } from "./stackless.ts"

/** The events of one bulkhead. A rejection is also one of the span that the call is in. */
export const make = (name: string, clock: Clock.Clock) => {
  const bus = EventBus.make<BulkheadEvent>()
  const at = () => clock.currentTimeMillisUnsafe()
  return {
    stream: bus.stream,
    permitted: () => {
      if (bus.heard()) bus.publish(() => ({ _tag: "CallPermitted", name, at: at() }))
    },
    finished: () => {
      if (bus.heard()) bus.publish(() => ({ _tag: "CallFinished", name, at: at() }))
    },
    rejected: <E>(reason: "queue-full" | "wait-exceeded", error: () => E): Effect.Effect<never, E> =>
      Effect.withFiber((fiber) => {
        bus.publish(() => ({ _tag: "CallRejected", name, at: at(), reason }))
        SpanEvent.add(fiber, "resilience4j.bulkhead.rejected", { name, reason })
        return Effect.fail(stackless(error))
      })
  }
}
