import { Clock, Duration, type Fiber, Random } from "effect"
import type * as EffectCircuitBreaker from "effect/persistence/CircuitBreaker"
import type { CircuitBreakerOptions } from "../CircuitBreakerOptions.ts"
import type { CircuitBreakerSharing } from "../CircuitBreakerSharing.ts"
import * as State from "../CircuitBreakerState.ts"
import * as WaitSchedule from "../WaitSchedule.ts"
import type * as CircuitSignals from "./CircuitSignals.ts"
import * as Counts from "./Counts.ts"
import { now } from "./monotonic.ts"
import * as Tally from "./Tally.ts"

type AnyFiber = Fiber.Fiber<unknown, unknown>

/** What the store says of a circuit, or a part of it. */
export type Seen =
  | { readonly _tag: "Closed" }
  | { readonly _tag: "Open"; readonly retryAfter: Duration.Duration; readonly consecutiveOpenings?: number }
  | { readonly _tag: "HalfOpen"; readonly consecutiveOpenings?: number }

/** How a call ended, with what the breaker has to know of it. */
export interface Ended {
  readonly outcome: State.Outcome
  readonly detail: State.Detail
}

/**
 * A circuit as one of the processes that share it knows it: the state that it saw last, or the one that an operator put this
 * process in, and what its own calls came to.
 */
export class SharedCircuit {
  current: State.State
  since: number
  readonly calls = { successful: 0, failed: 0, ignored: 0, notPermitted: 0 }
  /** This process's own verdict. It opens only where its reports count. */
  judge: State.State
  #generation = 0
  options: CircuitBreakerOptions
  /** What of the options stays as long as it runs. */
  readonly sharing: CircuitBreakerSharing
  readonly #signals: CircuitSignals.CircuitSignals

  constructor(
    options: CircuitBreakerOptions,
    sharing: CircuitBreakerSharing,
    signals: CircuitSignals.CircuitSignals,
    since: number
  ) {
    this.options = options
    this.sharing = sharing
    this.#signals = signals
    this.since = since
    this.current = State.closed(options)
    this.judge = this.#unbiased()
  }

  #unbiased(): State.State {
    const generation = ++this.#generation
    return this.sharing.quorum !== undefined && this.current._tag === "CLOSED"
      ? State.closed(this.options, generation)
      : { _tag: "METRICS_ONLY", generation, tally: Tally.empty(this.options.trip) }
  }

  /** Whether an operator has taken this process out. */
  get steered(): boolean {
    const { _tag } = this.current
    return _tag === "FORCED_OPEN" || _tag === "DISABLED" || _tag === "METRICS_ONLY"
  }

  /** Counts anew, also under new options. */
  forget(): void {
    this.judge = this.#unbiased()
  }

  become(fiber: AnyFiber, next: State.State): void {
    const from = this.current._tag
    this.current = next
    if (from === next._tag) return
    this.since = fiber.getRef(Clock.Clock).currentTimeMillisUnsafe()
    this.forget()
    this.#signals.moved(fiber, from, next._tag)
  }

  /** Takes over what the store says, unless an operator said otherwise. */
  see(fiber: AnyFiber, seen: Seen): void {
    if (this.steered) return
    const attempt = (openings: number | undefined) => openings ?? ("attempt" in this.current ? this.current.attempt : 1)
    switch (seen._tag) {
      case "Closed":
        if (this.current._tag !== "CLOSED") this.become(fiber, State.closed(this.options, ++this.#generation))
        return
      case "Open":
        this.become(fiber, {
          _tag: "OPEN",
          generation: ++this.#generation,
          attempt: attempt(seen.consecutiveOpenings),
          until: now(fiber) + Duration.toMillis(seen.retryAfter),
          counts: this.current._tag === "OPEN" ? this.current.counts : State.counts(this.judge, now(fiber))
        })
        return
      case "HalfOpen":
        if (this.current._tag === "HALF_OPEN") return
        this.become(fiber, {
          _tag: "HALF_OPEN",
          generation: ++this.#generation,
          attempt: attempt(seen.consecutiveOpenings),
          since: now(fiber),
          admitted: 1,
          counts: Counts.none
        })
    }
  }

  /** Counts a call that began in a `generation` of the judge's. Answers whether this process's own calls say that the circuit should open. */
  end(fiber: AnyFiber, generation: number, { detail, outcome }: Ended): boolean {
    this.calls[outcome === "success" ? "successful" : outcome === "failure" ? "failed" : "ignored"]++
    this.#signals.ended(fiber, outcome)
    const { options } = this
    const next = State.record(options, this.judge, generation, outcome, now(fiber), detail)
    if (next._tag !== "OPEN") {
      this.judge = next
      return false
    }
    if (options.trip._tag === "FailureRate") {
      this.#signals.exceeded(fiber, {
        failure: State.failureRate(options, next),
        slow: State.slowCallRate(options, next),
        threshold: options.trip.failureRateThreshold
      })
    }
    this.forget()
    return true
  }

  /** How long an opening after so many in a row lasts. */
  openFor(fiber: AnyFiber, admission: EffectCircuitBreaker.Admission, { detail }: Ended): Duration.Duration {
    const random = fiber.getRef(Random.Random).nextDoubleUnsafe()
    const attempt = admission.consecutiveOpenings + 1
    const wait = WaitSchedule.drawMillis(this.options.waitDurationInOpenState, attempt, fiber.context)
    return Duration.millis(State.waitMillis(this.options, attempt, { ...detail, random, wait }))
  }
}
