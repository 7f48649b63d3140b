import { Clock, Context, Effect, type Scope } from "effect"
import type { CircuitBreakerEvent } from "../CircuitBreakerEvent.ts"
import * as Alarms from "./Alarms.ts"
import * as EventBus from "./EventBus.ts"

/** What all breakers of one registry share, so that one of them holds little more than its state. */
export interface BreakerHost {
  readonly bus: EventBus.EventBus<CircuitBreakerEvent>
  /** The clock where the breakers were made: for what no call of theirs asks, alarms and metrics. */
  readonly clock: Clock.Clock
  readonly context: Context.Context<never>
  /** Whether breakers note when they were last used and what runs, for those who evict idle ones. */
  readonly tracked: boolean
  readonly alarms: () => Alarms.OwnedAlarms
}

/** Alarms that are still set when the scope closes are not rung. */
export const make = (
  options: { readonly tracked?: boolean; readonly eventBufferSize?: number | undefined } = {}
): Effect.Effect<BreakerHost, never, Scope.Scope> =>
  Effect.contextWith((context: Context.Context<Scope.Scope>) => {
    let alarms: Alarms.OwnedAlarms | undefined
    const host: BreakerHost = {
      bus: EventBus.make<CircuitBreakerEvent>(options.eventBufferSize, ({ name }) => name),
      clock: Context.get(context, Clock.Clock),
      context,
      tracked: options.tracked === true,
      alarms: () => (alarms ??= Alarms.makeUnsafe())
    }
    return Effect.as(
      Effect.addFinalizer(() => Effect.sync(() => alarms?.abandon())),
      host
    )
  })
