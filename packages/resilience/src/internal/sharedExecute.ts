import { Cause, Duration, Effect, type Exit, type Fiber, Scope } from "effect"
import type * as EffectCircuitBreaker from "effect/persistence/CircuitBreaker"
import type { CircuitBreaker, Classifier } from "../CircuitBreaker.ts"
import { plannedMillis } from "../CircuitBreakerState.ts"
import type { CircuitOpen } from "../CircuitOpen.ts"
import type { SharedState } from "../SharedState.ts"
import { SharedStateUnavailable } from "../SharedStateUnavailable.ts"
import type * as CircuitSignals from "./CircuitSignals.ts"
import { classifyExit } from "./classifyExit.ts"
import { now } from "./monotonic.ts"
import type { Ended, SharedCircuit } from "./SharedCircuit.ts"
import * as sharedTripPolicy from "./sharedTripPolicy.ts"

type AnyFiber = Fiber.Fiber<unknown, unknown>

interface Parts {
  readonly name: string
  /** This process among those that share the circuit. */
  readonly node: string
  readonly circuit: SharedCircuit
  readonly signals: CircuitSignals.CircuitSignals
  readonly shared: SharedState["Service"]
}

/** Runs calls through a circuit that lives in a store: asks it before the call and tells it after. */
export const make = (parts: Parts): CircuitBreaker["execute"] => {
  const { circuit, name, shared, signals } = parts

  const reject = (fiber: AnyFiber, cause?: SharedStateUnavailable) => {
    const { current } = circuit
    circuit.calls.notPermitted++
    return current._tag === "OPEN"
      ? signals.reject(fiber, "OPEN", Math.max(0, current.until - now(fiber)), cause)
      : signals.reject(fiber, current._tag === "HALF_OPEN" ? "HALF_OPEN" : "CLOSED", 0, cause)
  }

  const refused = (
    fiber: AnyFiber,
    error: EffectCircuitBreaker.CircuitBreakerError
  ): Effect.Effect<never, CircuitOpen> => {
    if (error.reason._tag === "CircuitOpen") circuit.see(fiber, { _tag: "Open", retryAfter: error.reason.retryAfter })
    else circuit.see(fiber, { _tag: "HalfOpen" })
    return reject(fiber)
  }

  const admitted = <A, E, R>(
    fiber: AnyFiber,
    admission: EffectCircuitBreaker.Admission | undefined,
    self: Effect.Effect<A, E, R>,
    classify: Classifier<A, E>
  ) => {
    if (admission !== undefined) {
      const { consecutiveOpenings, probe } = admission
      circuit.see(fiber, probe ? { _tag: "HalfOpen", consecutiveOpenings } : { _tag: "Closed" })
    }
    const begun = now(fiber)
    const { generation } = circuit.judge
    return Effect.flatMap(Effect.exit(self), (exit) => {
      const { defect, ...ended } = conclude(circuit, exit, classify, now(fiber) - begun)
      const trips = circuit.end(fiber, generation, ended)
      const told = admission === undefined ? Effect.void : tell(parts, fiber, admission, ended, trips)
      return Effect.andThen(told, defect === undefined ? exit : Effect.die(defect))
    })
  }

  return <A, E, R>(self: Effect.Effect<A, E, R>, classify: Classifier<A, E> = classifyExit) =>
    Effect.withFiber((fiber): Effect.Effect<A, E | CircuitOpen, R> => {
      if (circuit.current._tag === "DISABLED") return self
      if (circuit.current._tag === "METRICS_ONLY") {
        return Effect.uninterruptibleMask((restore) => admitted(fiber, undefined, restore(self), classify))
      }
      if (circuit.current._tag === "FORCED_OPEN") {
        circuit.calls.notPermitted++
        return signals.reject(fiber, "FORCED_OPEN", Number.POSITIVE_INFINITY)
      }
      return Effect.uninterruptibleMask((restore) =>
        Effect.scopedWith((scope) =>
          Effect.matchEffect(Scope.provide(shared.admit(name), scope), {
            onSuccess: (admission) => admitted(fiber, admission, restore(self), classify),
            onFailure: (error): Effect.Effect<A, E | CircuitOpen, R> =>
              !(error instanceof SharedStateUnavailable)
                ? refused(fiber, error)
                : circuit.sharing.onStoreError === "fail"
                  ? reject(fiber, error)
                  : admitted(fiber, undefined, restore(self), classify)
          })
        )
      )
    })
}

const conclude = <A, E>(
  circuit: SharedCircuit,
  exit: Exit.Exit<A, E>,
  classify: Classifier<A, E>,
  took: number
): Ended & { readonly defect?: unknown } => {
  if (exit._tag === "Failure" && Cause.hasInterruptsOnly(exit.cause)) return { outcome: "ignored", detail: {} }
  const { trip } = circuit.options
  const slow = trip._tag === "FailureRate" && took > Duration.toMillis(trip.slowCallDurationThreshold)
  try {
    const verdict = classify(exit)
    return typeof verdict === "string"
      ? { outcome: verdict, detail: { slow } }
      : { outcome: "failure", detail: { slow, retryAfter: Duration.toMillis(verdict.retryAfter) } }
  } catch (defect) {
    // The probe must be given back whatever the classifier does.
    return { outcome: "ignored", detail: {}, defect }
  }
}

const outcomes = { success: "Success", failure: "Failure", ignored: "Ignored" } as const

/** Tells the store how a call ended, as far as that matters to the others, and takes over the transition that it makes. */
const tell = (
  { circuit, name, node, shared }: Parts,
  fiber: AnyFiber,
  admission: EffectCircuitBreaker.Admission,
  ended: Ended,
  trips: boolean
): Effect.Effect<void> => {
  const { options } = circuit
  const { quorum } = circuit.sharing
  const record = (outcome: Ended["outcome"], tripPolicy: EffectCircuitBreaker.TripPolicy) =>
    Effect.map(
      shared.record({
        circuit: name,
        generation: admission.generation,
        outcome: outcomes[outcome],
        tripPolicy,
        openFor: circuit.openFor(fiber, admission, ended)
      }),
      (transition) => {
        if (transition?.to === "Open") circuit.see(fiber, { _tag: "Open", ...transition })
        if (transition?.to === "Closed") circuit.see(fiber, { _tag: "Closed" })
      }
    )

  const asked = options.openOnRetryAfter && ended.detail.retryAfter !== undefined
  const told = admission.probe
    ? record(ended.outcome, sharedTripPolicy.atOnce)
    : quorum === undefined
      ? ended.outcome === "ignored"
        ? Effect.void
        : record(ended.outcome, asked ? sharedTripPolicy.atOnce : sharedTripPolicy.ofOptions(options.trip))
      : trips
        ? Effect.flatMap(
            shared.report({ circuit: name, node, standsFor: Duration.millis(plannedMillis(options, 1)), quorum }),
            (reached) => (reached ? record("failure", sharedTripPolicy.atOnce) : Effect.void)
          )
        : Effect.void

  // The call is over, and what became of it does not depend on the store.
  return Effect.catch(told, (error) => Effect.logDebug("a shared circuit breaker could not record an outcome", error))
}
