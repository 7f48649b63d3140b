import { type Clock, Duration, Effect } from "effect"
import type { CircuitBreaker } from "../CircuitBreaker.ts"
import type { CircuitBreakerOptions } from "../CircuitBreakerOptions.ts"
import type { CircuitBreakerSnapshot } from "../CircuitBreakerSnapshot.ts"
import type { KeyedCircuitBreaker } from "../KeyedCircuitBreaker.ts"
import { decodeOptions, type KeyBounds } from "../KeyedCircuitBreakerOptions.ts"
import { Breaker } from "./Breaker.ts"
import type { BreakerHost } from "./BreakerHost.ts"
import * as CircuitBreakerMetrics from "./CircuitBreakerMetrics.ts"
import * as idle from "./idle.ts"
import * as PulledSeries from "./PulledSeries.ts"

type Mode = CircuitBreakerOptions["initialState"]

/** The breakers of all keys of one name. */
export class Keyed implements KeyedCircuitBreaker, PulledSeries.Source {
  readonly name: string
  readonly tags: Readonly<Record<string, string>>
  readonly execute: KeyedCircuitBreaker["execute"]
  private readonly host: BreakerHost
  private readonly clock: Clock.Clock
  private current: CircuitBreakerOptions
  /** The options of breakers to come, which a command to all may have made to begin in another state. */
  private coming: CircuitBreakerOptions
  private bounds: idle.Bounds
  private readonly byKey = new Map<string, Breaker>()
  private readonly choice = idle.make()
  /** The calls of breakers that are forgotten: what is counted never goes down. */
  private readonly past = { successful: 0, failed: 0, ignored: 0, notPermitted: 0 }

  constructor(
    host: BreakerHost,
    clock: Clock.Clock,
    name: string,
    options: CircuitBreakerOptions,
    bounds: KeyBounds,
    tags: Readonly<Record<string, string>> = {}
  ) {
    this.host = host
    this.clock = clock
    this.name = name
    this.current = options
    this.coming = options
    this.bounds = boundsOf(bounds)
    this.tags = tags
    this.execute = (key, self, classify) => Effect.suspend(() => this.breaker(key).execute(self, classify))
  }

  private now(): number {
    return Number(this.clock.monotonicTimeNanosUnsafe()) / 1_000_000
  }

  private breaker(key: string): Breaker {
    const known = this.byKey.get(key)
    if (known !== undefined) return known
    this.forget(this.choice.toAdd(this.byKey.values(), this.byKey.size, this.bounds, this.now()))
    const breaker = new Breaker(this.host, this.name, this.coming, this.tags, key)
    this.byKey.set(key, breaker)
    return breaker
  }

  private forget(breakers: ReadonlyArray<Breaker>): ReadonlyArray<string> {
    return breakers.map((breaker) => {
      const { key = "" } = breaker
      const { calls } = breaker.reading()
      this.past.successful += calls.successful
      this.past.failed += calls.failed
      this.past.ignored += calls.ignored
      this.past.notPermitted += calls.notPermitted
      this.byKey.delete(key)
      breaker.end()
      return key
    })
  }

  get(key: string): Effect.Effect<CircuitBreaker> {
    return Effect.sync(() => this.breaker(key))
  }

  get keys(): Effect.Effect<ReadonlyArray<string>> {
    return Effect.sync(() => [...this.byKey.keys()])
  }

  get snapshot(): Effect.Effect<ReadonlyArray<CircuitBreakerSnapshot>> {
    return Effect.suspend(() => Effect.forEach([...this.byKey.values()], (breaker) => breaker.snapshot))
  }

  get options(): Effect.Effect<CircuitBreakerOptions> {
    return Effect.sync(() => this.current)
  }

  get events(): KeyedCircuitBreaker["events"] {
    return this.host.bus.streamOf(this.name)
  }

  get droppedEvents(): Effect.Effect<number> {
    return this.host.bus.droppedOf(this.name)
  }

  get forceOpen(): Effect.Effect<void> {
    return this.steer((breaker) => breaker.forceOpen, "FORCED_OPEN")
  }

  get forceClose(): Effect.Effect<void> {
    return this.steer((breaker) => breaker.forceClose)
  }

  get forceHalfOpen(): Effect.Effect<void> {
    return this.steer((breaker) => Effect.ignore(breaker.forceHalfOpen))
  }

  get disable(): Effect.Effect<void> {
    return this.steer((breaker) => breaker.disable, "DISABLED")
  }

  get metricsOnly(): Effect.Effect<void> {
    return this.steer((breaker) => breaker.metricsOnly, "METRICS_ONLY")
  }

  get reset(): Effect.Effect<void> {
    return this.steer((breaker) => breaker.reset)
  }

  get evictIdle(): Effect.Effect<ReadonlyArray<string>> {
    return Effect.sync(() => this.forget(this.choice.expired(this.byKey.values(), this.bounds, this.now())))
  }

  reconfigure: KeyedCircuitBreaker["reconfigure"] = (input) =>
    Effect.flatMap(decodeOptions(this.name, input), ({ bounds, options }) => {
      const steered = this.coming.initialState === this.current.initialState ? undefined : this.coming.initialState
      this.bounds = boundsOf(bounds)
      this.current = options
      this.coming = steered === undefined ? options : { ...options, initialState: steered }
      return this.each((breaker) => breaker.reconfigureWith(options))
    })

  private steer(command: (breaker: Breaker) => Effect.Effect<void>, mode?: Mode): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.coming = mode === undefined ? this.current : { ...this.current, initialState: mode }
      return this.each(command)
    })
  }

  private each(command: (breaker: Breaker) => Effect.Effect<void>): Effect.Effect<void> {
    return Effect.forEach([...this.byKey.values()], command, { discard: true })
  }

  private reading(): CircuitBreakerMetrics.Reading {
    const all = Array.from(this.byKey.values(), (breaker) => breaker.reading())
    const sum = (of: (reading: CircuitBreakerMetrics.Reading) => number) =>
      all.reduce((total, reading) => total + of(reading), 0)
    const total = (kind: keyof typeof this.past) => this.past[kind] + sum(({ calls }) => calls[kind])
    const buffered = sum(({ bufferedCalls }) => bufferedCalls)
    const share = (calls: number) => (buffered === 0 ? -1 : (100 * calls) / buffered)
    const failed = sum(({ failedCalls }) => failedCalls)
    const slow = sum(({ slowCalls }) => slowCalls)
    return {
      inState: (name) => sum(({ inState }) => inState(name)),
      failureRate: share(failed),
      slowCallRate: share(slow),
      bufferedCalls: buffered,
      failedCalls: failed,
      slowCalls: slow,
      calls: {
        successful: total("successful"),
        failed: total("failed"),
        ignored: total("ignored"),
        notPermitted: total("notPermitted")
      }
    }
  }

  private get labels(): Readonly<Record<string, string>> {
    return CircuitBreakerMetrics.labelled(this.host.context, { ...this.tags, name: this.name })
  }

  series(): Iterable<PulledSeries.Series> {
    return CircuitBreakerMetrics.series(this.labels, this.reading())
  }

  show(): void {
    PulledSeries.attach(this.host.context, CircuitBreakerMetrics.keyOf(this.labels), this)
  }

  end(): void {
    for (const breaker of this.byKey.values()) breaker.end()
    PulledSeries.detach(this.host.context, CircuitBreakerMetrics.keyOf(this.labels), this)
  }
}

const boundsOf = ({ idleTimeToLive, maxKeys }: KeyBounds): idle.Bounds => ({
  timeToLive: Duration.toMillis(idleTimeToLive),
  most: maxKeys
})
