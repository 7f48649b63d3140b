import { CurrentPrincipal } from "@resync/api/CurrentPrincipal"
import type { Principal } from "@resync/identity/model/Principal"
import { Principals } from "@resync/identity/sessions/Principals"
import { Duration, Effect, Equal, Schedule, Stream } from "effect"
import { GatewayConfig } from "../config/GatewayConfig.ts"
import * as EventStream from "./EventStream.ts"

/** Who listens is looked at again this often, and with each heartbeat that comes sooner. */
const longestInterval = Duration.seconds(5)

const mayTheSame = (a: Principal, b: Principal) =>
  a.restriction === b.restriction && Equal.equals(a.permissions, b.permissions) && Equal.equals(a.scopes, b.scopes)

/**
 * How a stream of frames is answered. It was let in for what its caller might see then: it ends once the caller's session or key
 * no longer holds, or allows something else. Whoever comes back is judged anew.
 */
export const make = Effect.gen(function* () {
  const principals = yield* Principals
  const { eventsHeartbeat } = yield* GatewayConfig
  const interval = Duration.min(longestInterval, eventsHeartbeat)

  const changed = (principal: Principal) =>
    principals.again(principal).pipe(
      Effect.map((now) => !mayTheSame(now, principal)),
      // A request would be refused too.
      Effect.catch((error) => Effect.as(Effect.logDebug("a stream of events is ended", error), true)),
      Effect.repeat({ schedule: Schedule.spaced(interval), until: (is) => is })
    )

  return (frames: Stream.Stream<string>) =>
    Effect.map(CurrentPrincipal, (principal) => EventStream.response(Stream.interruptWhen(frames, changed(principal))))
})
