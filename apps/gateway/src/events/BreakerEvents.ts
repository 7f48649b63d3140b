import { BreakerEvent } from "@resync/api/BreakerEvents"
import type { CircuitBreakerEvent } from "@resync/resilience/CircuitBreakerEvent"
import { CircuitBreakerRegistry } from "@resync/resilience/CircuitBreakerRegistry"
import { Clock, Context, Effect, Layer, RcRef, Schema, type Scope, Stream } from "effect"
import { GatewayConfig } from "../config/GatewayConfig.ts"
import { Drain } from "../process/Drain.ts"
import * as EventLog from "./EventLog.ts"
import * as EventStream from "./EventStream.ts"

const encode = Schema.encodeSync(Schema.fromJsonString(BreakerEvent))
const render = (event: BreakerEvent): EventStream.Rendered => ({ event: event._tag, data: encode(event) })

/**
 * What happens at the breakers, for listeners. Calls that simply succeed are left out: they are in the metrics. The
 * breakers are listened to only while somebody listens here, and for a minute after, for who comes back.
 */
export class BreakerEvents extends Context.Service<
  BreakerEvents,
  {
    frames(
      lastEventId: string | undefined,
      breaker: string | undefined
    ): Effect.Effect<Stream.Stream<string>, never, Scope.Scope>
  }
>()("@resync/gateway/BreakerEvents") {
  static readonly layer = Layer.effect(
    BreakerEvents,
    Effect.gen(function* () {
      const registry = yield* CircuitBreakerRegistry
      const drain = yield* Drain
      const { eventsHeartbeat: heartbeat } = yield* GatewayConfig

      const log = yield* RcRef.make({
        acquire: Effect.gen(function* () {
          const events = yield* EventLog.make<CircuitBreakerEvent>(1024)
          yield* registry.events.pipe(
            Stream.filter((event) => event._tag !== "Success"),
            Stream.runForEach((event) => Effect.sync(() => events.publish(event))),
            Effect.forkScoped
          )
          return events
        }),
        idleTimeToLive: "1 minute"
      })

      return BreakerEvents.of({
        frames: Effect.fnUntraced(function* (lastEventId, breaker) {
          const events = yield* RcRef.get(log)
          return yield* EventStream.frames<CircuitBreakerEvent>({
            reader: events.reader(lastEventId),
            heartbeat,
            render: (event) => (breaker === undefined || event.name === breaker ? render(event) : undefined),
            missed: Effect.map(Clock.currentTimeMillis, (at) => render({ _tag: "Missed", at }))
          }).pipe(Effect.provideService(Drain, drain))
        })
      })
    })
  )
}
