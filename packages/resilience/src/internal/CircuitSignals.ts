import { Clock, Effect, type Fiber } from "effect"
import type { CircuitBreakerEvent } from "../CircuitBreakerEvent.ts"
import type { StateName } from "../CircuitBreakerState.ts"
import * as CircuitOpen from "../CircuitOpen.ts"
import type { SharedStateUnavailable } from "../SharedStateUnavailable.ts"
import type * as EventBus from "./EventBus.ts"
import * as SpanEvent from "./SpanEvent.ts"

type AnyFiber = Fiber.Fiber<unknown, unknown>

/** What a breaker tells the world, apart from what it decides: events, spans and the rejection itself. */
export interface CircuitSignals {
  readonly moved: (fiber: AnyFiber, from: StateName, to: StateName) => void
  readonly ended: (fiber: AnyFiber, outcome: "success" | "failure" | "ignored") => void
  readonly exceeded: (
    fiber: AnyFiber,
    rates: { readonly failure: number; readonly slow: number; readonly threshold: number }
  ) => void
  readonly reset: (fiber: AnyFiber) => void
  readonly reject: (
    fiber: AnyFiber,
    state: CircuitOpen.CircuitOpen["state"],
    retryAfterMillis: number,
    cause?: SharedStateUnavailable
  ) => Effect.Effect<never, CircuitOpen.CircuitOpen>
}

const eventOf = { success: "Success", failure: "Error", ignored: "IgnoredError" } as const

export const make = (name: string, bus: EventBus.EventBus<CircuitBreakerEvent>): CircuitSignals => {
  const at = (fiber: AnyFiber) => fiber.getRef(Clock.Clock).currentTimeMillisUnsafe()
  return {
    moved(fiber, from, to) {
      bus.publish(() => ({ _tag: "StateTransition", name, at: at(fiber), from, to }))
      SpanEvent.add(fiber, "resilience4j.circuitbreaker.state_transition", { name, from, to })
    },
    ended(fiber, outcome) {
      bus.publish(() => ({ _tag: eventOf[outcome], name, at: at(fiber) }))
    },
    exceeded(fiber, { failure, slow, threshold }) {
      if (failure >= threshold) {
        bus.publish(() => ({ _tag: "FailureRateExceeded", name, at: at(fiber), failureRate: failure }))
      } else bus.publish(() => ({ _tag: "SlowCallRateExceeded", name, at: at(fiber), slowCallRate: slow }))
    },
    reset(fiber) {
      bus.publish(() => ({ _tag: "Reset", name, at: at(fiber) }))
    },
    reject(fiber, state, retryAfterMillis, cause) {
      bus.publish(() => ({ _tag: "NotPermitted", name, at: at(fiber), state }))
      SpanEvent.annotate(fiber, {
        "resilience4j.circuitbreaker.name": name,
        "resilience4j.circuitbreaker.state": state,
        // What ends only by a command has no number that every exporter can write.
        ...(Number.isFinite(retryAfterMillis) ? { "resilience4j.circuitbreaker.retry_after_ms": retryAfterMillis } : {})
      })
      SpanEvent.add(fiber, "resilience4j.circuitbreaker.not_permitted", { name, state })
      return Effect.fail(CircuitOpen.make(name, state, retryAfterMillis, { cause }))
    }
  }
}
