import { Duration, Effect, type Scope, Stream } from "effect"
import type { CircuitBreaker } from "../CircuitBreaker.ts"
import { CircuitBreakerOptions } from "../CircuitBreakerOptions.ts"
import * as Saved from "../CircuitBreakerSavedState.ts"
import type { CircuitBreakerSnapshot } from "../CircuitBreakerSnapshot.ts"
import * as State from "../CircuitBreakerState.ts"
import { IllegalTransition } from "../IllegalTransition.ts"
import { decode } from "../InvalidOptions.ts"
import { BreakerCore } from "./BreakerCore.ts"
import type { BreakerHost } from "./BreakerHost.ts"
import * as BreakerSettings from "./BreakerSettings.ts"
import { TypeId } from "./breakerTypeId.ts"
import * as CircuitBreakerMetrics from "./CircuitBreakerMetrics.ts"
import { now } from "./monotonic.ts"
import * as PulledSeries from "./PulledSeries.ts"

const noTags: Readonly<Record<string, string>> = {}

/** The breaker as its users see it. What it offers is made when asked for. */
export class Breaker extends BreakerCore implements CircuitBreaker, PulledSeries.Source {
  declare readonly [TypeId]: typeof TypeId
  readonly tags: Readonly<Record<string, string>>

  constructor(host: BreakerHost, name: string, options: CircuitBreakerOptions, tags = noTags, key?: string) {
    super(host, name, options, key)
    this.tags = tags
  }

  get options(): Effect.Effect<CircuitBreakerOptions> {
    return Effect.sync(() => this.settings.options)
  }

  get state(): Effect.Effect<State.State> {
    return Effect.withFiber((fiber) => Effect.succeed(State.detached(this.tick(now(fiber), fiber))))
  }

  get stateUnsafe(): () => State.State {
    return () => this.current
  }

  get events(): CircuitBreaker["events"] {
    const { bus } = this.host
    return this.key === undefined
      ? bus.streamOf(this.name)
      : Stream.filter(bus.streamOf(this.name), ({ key }) => key === this.key)
  }

  get droppedEvents(): Effect.Effect<number> {
    return this.host.bus.droppedOf(this.name)
  }

  get forceOpen(): Effect.Effect<void> {
    return this.command({ _tag: "ForceOpen" })
  }

  get forceClose(): Effect.Effect<void> {
    return this.command({ _tag: "ForceClose" })
  }

  get forceHalfOpen(): Effect.Effect<void, IllegalTransition> {
    return Effect.withFiber((fiber) => {
      const time = now(fiber)
      const from = this.tick(time, fiber)
      const next = State.step(this.settings.options, from, { _tag: "ForceHalfOpen", now: time }).state
      if (next._tag !== "HALF_OPEN") {
        return Effect.fail(new IllegalTransition({ name: this.name, from: from._tag, to: "HALF_OPEN" }))
      }
      this.become(next, fiber)
      return Effect.void
    })
  }

  get disable(): Effect.Effect<void> {
    return this.command({ _tag: "Disable" })
  }

  get metricsOnly(): Effect.Effect<void> {
    return this.command({ _tag: "MetricsOnly" })
  }

  get reset(): Effect.Effect<void> {
    return this.command({ _tag: "Reset" })
  }

  get isolate(): Effect.Effect<void, never, Scope.Scope> {
    return Effect.asVoid(
      Effect.acquireRelease(
        Effect.suspend(() => (++this.holders === 1 ? this.forceOpen : Effect.void)),
        () => Effect.suspend(() => (--this.holders === 0 ? this.reset : Effect.void))
      )
    )
  }

  get reconfigure(): CircuitBreaker["reconfigure"] {
    return (input) =>
      Effect.flatMap(decode(CircuitBreakerOptions, "CircuitBreaker", this.name)(input), (options) =>
        this.reconfigureWith(options)
      )
  }

  /** The same with options that are decoded already. */
  reconfigureWith(options: CircuitBreakerOptions): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.settings = BreakerSettings.of(options)
      return this.command({ _tag: "Reconfigure" })
    })
  }

  get save(): CircuitBreaker["save"] {
    return Effect.withFiber((fiber) => {
      const monotonic = now(fiber)
      return Effect.succeed(Saved.save(this.tick(monotonic, fiber), { monotonic, wall: this.wall() }))
    })
  }

  get restore(): CircuitBreaker["restore"] {
    return (saved) =>
      Effect.withFiber((fiber) => {
        const clocks = { monotonic: now(fiber), wall: this.wall() }
        this.become(Saved.restore(this.settings.options, saved, clocks, this.current.generation + 1), fiber)
        this.arm()
        return Effect.void
      })
  }

  get snapshot(): Effect.Effect<CircuitBreakerSnapshot> {
    return Effect.withFiber((fiber) => {
      const time = now(fiber)
      const state = this.tick(time, fiber)
      return Effect.succeed({
        name: this.name,
        ...(this.key === undefined ? {} : { key: this.key }),
        ...(Object.keys(this.tags).length === 0 ? {} : { tags: this.tags }),
        state: state._tag,
        since: this.since,
        ...this.figures(state, time),
        ...(state._tag === "OPEN" ? { retryAfter: Duration.millis(Math.max(0, Math.ceil(state.until - time))) } : {}),
        options: this.settings.options
      })
    })
  }

  private command(event: State.Event): Effect.Effect<void> {
    return Effect.withFiber((fiber) => {
      this.become(State.step(this.settings.options, this.tick(now(fiber), fiber), event).state, fiber)
      // The options of the alarm changed with those of the breaker.
      if (event._tag === "Reconfigure") this.arm()
      if (event._tag === "Reset") this.publish(() => ({ _tag: "Reset" }))
      return Effect.void
    })
  }

  private figures(state: State.State, time: number) {
    const { options } = this.settings
    const { calls: bufferedCalls, failures: failedCalls, slow: slowCalls } = State.counts(state, time)
    const { failed, ignored, notPermitted, successful } = this
    return {
      failureRate: State.failureRate(options, state, time),
      slowCallRate: State.slowCallRate(options, state, time),
      bufferedCalls,
      failedCalls,
      slowCalls,
      calls: { successful, failed, ignored, notPermitted }
    }
  }

  /** What an exporter sees, which reads without being a call. */
  reading(): CircuitBreakerMetrics.Reading {
    const time = this.monotonic()
    const state = State.tick(this.settings.options, this.current, time)
    return { inState: (name) => (state._tag === name ? 1 : 0), ...this.figures(state, time) }
  }

  /** Whether nothing is lost with it but what it counted: closed for good, and nothing under way. */
  isIdle(time: number): boolean {
    return this.running === 0 && State.isSettled(this.settings.options, this.current, time)
  }

  private get labels(): Readonly<Record<string, string>> {
    return CircuitBreakerMetrics.labelled(this.host.context, { ...this.tags, name: this.name })
  }

  series(): Iterable<PulledSeries.Series> {
    return CircuitBreakerMetrics.series(this.labels, this.reading())
  }

  /** Shows its series from now on. */
  show(): void {
    PulledSeries.attach(this.host.context, CircuitBreakerMetrics.keyOf(this.labels), this)
  }

  /** Ends what it has outside of itself: its series, and an alarm. It works on for those who still hold it. */
  end(): void {
    this.disarm()
    PulledSeries.detach(this.host.context, CircuitBreakerMetrics.keyOf(this.labels), this)
  }
}

Object.defineProperty(Breaker.prototype, TypeId, { value: TypeId })
