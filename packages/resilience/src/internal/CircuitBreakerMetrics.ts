import { type Effect, Metric, type Scope } from "effect"
import { type CircuitBreakerSnapshot } from "../CircuitBreakerSnapshot.ts"
import { StateName } from "../CircuitBreakerState.ts"
import * as Series from "./Series.ts"

/** The series of one breaker, by the names and tags that resilience4j gives Micrometer. */
export const register = (
  name: string,
  read: () => Pick<
    CircuitBreakerSnapshot,
    "state" | "failureRate" | "slowCallRate" | "bufferedCalls" | "failedCalls" | "slowCalls" | "calls"
  >
): Effect.Effect<void, never, Scope.Scope> =>
  Series.register(
    [
      ...StateName.literals.map(
        (state) =>
          [
            Metric.gauge("resilience4j.circuitbreaker.state", {
              description: "1 for the state that the circuit breaker is in",
              attributes: { name, state: state.toLowerCase() }
            }),
            () => (read().state === state ? 1 : 0)
          ] as const
      ),
      [
        Metric.gauge("resilience4j.circuitbreaker.failure.rate", {
          description:
            "Failed calls in percent of those that the circuit breaker stands on, -1 while too few are known",
          attributes: { name }
        }),
        () => read().failureRate
      ],
      [
        Metric.gauge("resilience4j.circuitbreaker.slow.call.rate", {
          description: "Slow calls in percent of those that the circuit breaker stands on, -1 while too few are known",
          attributes: { name }
        }),
        () => read().slowCallRate
      ],
      [
        Metric.gauge("resilience4j.circuitbreaker.slow.calls", {
          description: "Slow calls among those that the circuit breaker stands on",
          attributes: { name }
        }),
        () => read().slowCalls
      ],
      ...(["successful", "failed"] as const).map(
        (kind) =>
          [
            Metric.gauge("resilience4j.circuitbreaker.buffered.calls", {
              description: "Calls that the circuit breaker stands on",
              attributes: { name, kind }
            }),
            () => (kind === "failed" ? read().failedCalls : read().bufferedCalls - read().failedCalls)
          ] as const
      )
    ],
    [
      ...(["successful", "failed", "ignored"] as const).map(
        (kind) =>
          [
            Metric.counter("resilience4j.circuitbreaker.calls", {
              description: "Calls that ran, by how they ended",
              attributes: { name, kind },
              incremental: true
            }),
            () => read().calls[kind]
          ] as const
      ),
      [
        Metric.counter("resilience4j.circuitbreaker.not.permitted.calls", {
          description: "Calls that were rejected",
          attributes: { name, kind: "not_permitted" },
          incremental: true
        }),
        () => read().calls.notPermitted
      ]
    ]
  )
