import { Cause, Context, Duration, Effect, type Exit, type Fiber, Random, Ref } from "effect"
import type { CircuitBreaker, Classifier } from "../CircuitBreaker.ts"
import type { CircuitBreakerEvent } from "../CircuitBreakerEvent.ts"
import type { CircuitBreakerOptions } from "../CircuitBreakerOptions.ts"
import * as State from "../CircuitBreakerState.ts"
import * as CircuitOpen from "../CircuitOpen.ts"
import * as WaitSchedule from "../WaitSchedule.ts"
import type { Alarm } from "./Alarms.ts"
import type { BreakerHost } from "./BreakerHost.ts"
import * as BreakerSettings from "./BreakerSettings.ts"
import { classifyExit } from "./classifyExit.ts"
import { now } from "./monotonic.ts"
import * as SpanEvent from "./SpanEvent.ts"
import * as Tally from "./Tally.ts"

type AnyFiber = Fiber.Fiber<unknown, unknown>
type Guarded<A, E, R> = Effect.Effect<A, E | CircuitOpen.CircuitOpen, R>

const wasSlow: State.Detail = { slow: true }
const wasNot: State.Detail = {}

/**
 * The breaker around its state machine: calls, transitions and alarms.
 *
 * A class, since what hundred thousand breakers have in common is then held once. The state is read and written between two
 * suspension points only; JavaScript runs one of them at a time, so each step is atomic. Its window counts in place.
 */
export class BreakerCore {
  readonly name: string
  /** Which of the breakers of this name, if it is one of several. */
  readonly key: string | undefined
  protected readonly host: BreakerHost
  protected settings: BreakerSettings.BreakerSettings
  protected readonly ref: Ref.Ref<State.State>
  /** When it came into its state, in milliseconds since the epoch. */
  protected since: number
  protected holders = 0
  protected successful = 0
  protected failed = 0
  protected ignored = 0
  protected notPermitted = 0
  private alarm: Alarm | undefined = undefined
  /** When it was last called and how many calls run, by a host that tracks that. */
  usedAt: number
  running = 0
  readonly execute: CircuitBreaker["execute"]

  constructor(host: BreakerHost, name: string, options: CircuitBreakerOptions, key: string | undefined) {
    this.host = host
    this.name = name
    this.key = key
    this.settings = BreakerSettings.of(options)
    this.since = this.wall()
    this.usedAt = this.monotonic()
    this.ref = Ref.makeUnsafe(State.initial(options, this.usedAt))
    this.execute = (self, classify = classifyExit) => Effect.withFiber((fiber) => this.executeIn(fiber, self, classify))
    if (options.initialState === "OPEN") {
      this.open(State.initial(options, this.usedAt) as State.Open, wasNot, undefined)
      // It has not come from another state, and needs its alarm all the same.
      this.arm()
    }
  }

  protected get current(): State.State {
    return this.ref.ref.current
  }

  protected wall(): number {
    return this.host.clock.currentTimeMillisUnsafe()
  }

  protected monotonic(fiber?: AnyFiber): number {
    return fiber === undefined ? Number(this.host.clock.monotonicTimeNanosUnsafe()) / 1_000_000 : now(fiber)
  }

  protected publish(event: () => EventBody): void {
    this.host.bus.publish(() => {
      const { _tag, ...rest } = event()
      const of = this.key === undefined ? {} : { key: this.key }
      return { _tag, name: this.name, ...of, at: this.wall(), ...rest } as CircuitBreakerEvent
    })
  }

  /** What the fibre that runs a call does for it, which is for this run only. */
  executeIn<A, E, R>(fiber: AnyFiber, self: Effect.Effect<A, E, R>, classify: Classifier<A, E>): Guarded<A, E, R> {
    const state = this.current
    if (state._tag === "DISABLED") return self
    if (state._tag === "FORCED_OPEN") return this.reject(fiber, 0)
    if (state._tag === "OPEN") {
      const time = now(fiber)
      if (time < state.until) return this.reject(fiber, time)
    } else if (state._tag === "CLOSED" && state.ramp === undefined && !this.host.tracked) {
      const { generation } = state
      const begun = this.settings.timesBegin ? now(fiber) : 0
      return Effect.onExitPrimitive(self, (exit) => this.finish(generation, begun, exit, classify, fiber))
    }
    return this.admitted(self, classify, fiber)
  }

  /** The permit is taken inside the guarded region: an interruption at any point finds the finalizer in place. */
  private admitted<A, E, R>(
    self: Effect.Effect<A, E, R>,
    classify: Classifier<A, E>,
    fiber: AnyFiber
  ): Guarded<A, E, R> {
    let generation = -1
    let begun = 0
    return Effect.onExitPrimitive(
      Effect.suspend((): Guarded<A, E, R> => {
        const time = now(fiber)
        const state = this.tick(time, fiber)
        const ramping = state._tag === "CLOSED" && state.ramp !== undefined
        const next = State.admit(
          this.settings.options,
          state,
          time,
          ramping ? fiber.getRef(Random.Random).nextDoubleUnsafe() : 0
        )
        if (next === undefined) return this.reject(fiber, time)
        this.usedAt = time
        this.running++
        generation = next.generation
        begun = time
        this.become(next, fiber)
        return self
      }),
      (exit) => {
        if (generation === -1) return undefined
        this.running--
        if (this.host.tracked) this.usedAt = now(fiber)
        // Admitted, so the exit is the call's own and not a rejection.
        return this.finish(generation, begun, exit as Exit.Exit<A, E>, classify, fiber)
      }
    )
  }

  private finish<A, E>(
    generation: number,
    begun: number,
    exit: Exit.Exit<A, E>,
    classify: Classifier<A, E>,
    fiber: AnyFiber
  ): Effect.Effect<void> | undefined {
    if (exit._tag === "Failure" && Cause.hasInterruptsOnly(exit.cause)) {
      this.settle(generation, "ignored", 0, wasNot, fiber)
      return undefined
    }
    let verdict: ReturnType<Classifier<A, E>>
    try {
      verdict = classify(exit)
    } catch (defect) {
      // The permit must come back whatever the classifier does.
      this.settle(generation, "ignored", 0, wasNot, fiber)
      return Effect.die(defect)
    }
    const { slowAfter, timesBegin, timesEnd } = this.settings
    const time = timesEnd ? now(fiber) : 0
    const slow = timesBegin && time - begun > slowAfter
    if (typeof verdict === "string") this.settle(generation, verdict, time, slow ? wasSlow : wasNot, fiber)
    else this.settle(generation, "failure", time, { slow, retryAfter: Duration.toMillis(verdict.retryAfter) }, fiber)
    return undefined
  }

  private settle(
    generation: number,
    outcome: State.Outcome,
    time: number,
    detail: State.Detail,
    fiber: AnyFiber
  ): void {
    if (outcome === "success") this.successful++
    else if (outcome === "failure") this.failed++
    else this.ignored++
    if (this.host.bus.heard()) this.publish(() => ({ _tag: tags[outcome] }))
    const halfOpen = this.current._tag === "HALF_OPEN"
    const ended = halfOpen ? now(fiber) : time
    const previous = halfOpen ? this.tick(ended, fiber) : this.current
    const next = State.record(this.settings.options, previous, generation, outcome, ended, detail, Tally.inPlace)
    if (next === previous) return
    if (next._tag === "OPEN") this.open(next, detail, fiber)
    else this.become(next, fiber)
  }

  /** Only opening needs the exact time and a random number, and getting them would be the dearest part of every call. */
  private open(next: State.Open, detail: State.Detail, fiber: AnyFiber | undefined, at = this.monotonic(fiber)): void {
    const { options } = this.settings
    const { context } = fiber ?? this.host
    const random = Context.get(context, Random.Random).nextDoubleUnsafe()
    const wait = WaitSchedule.drawMillis(options.waitDurationInOpenState, next.attempt, context)
    const opened = State.openedAt(options, next, at, { ...detail, random, wait })
    this.announce(opened)
    this.become(opened, fiber)
  }

  private announce(opened: State.Open): void {
    const { options } = this.settings
    const { trip } = options
    if (trip._tag !== "FailureRate" || !this.host.bus.heard()) return
    const failureRate = State.failureRate(options, opened)
    const slowCallRate = State.slowCallRate(options, opened)
    if (failureRate >= trip.failureRateThreshold) this.publish(() => ({ _tag: "FailureRateExceeded", failureRate }))
    else if (slowCallRate >= trip.slowCallRateThreshold) {
      this.publish(() => ({ _tag: "SlowCallRateExceeded", slowCallRate }))
    }
  }

  private reject(fiber: AnyFiber, time: number): Effect.Effect<never, CircuitOpen.CircuitOpen> {
    const state = this.current
    this.notPermitted++
    if (this.host.bus.heard()) this.publish(() => ({ _tag: "NotPermitted", state: state._tag }))
    const retryAfter =
      state._tag === "OPEN" ? state.until - time : state._tag === "FORCED_OPEN" ? Number.POSITIVE_INFINITY : 0
    const error = CircuitOpen.make(this.name, state._tag as Refusing["_tag"], retryAfter, this)
    if (SpanEvent.isRecording(fiber)) {
      SpanEvent.annotate(fiber, {
        "resilience4j.circuitbreaker.name": this.name,
        "resilience4j.circuitbreaker.state": error.state,
        // What ends only by a command has no number that every exporter can write.
        ...(Number.isFinite(retryAfter) ? { "resilience4j.circuitbreaker.retry_after_ms": retryAfter } : {})
      })
      SpanEvent.add(fiber, "resilience4j.circuitbreaker.not_permitted", { name: this.name, state: error.state })
    }
    return Effect.fail(error)
  }

  /** Gives up probes that did not come back in time. */
  protected tick(time: number, fiber: AnyFiber | undefined): State.State {
    const state = this.current
    if (state._tag !== "HALF_OPEN") return state
    const next = State.tick(this.settings.options, state, time)
    if (next._tag === "OPEN") this.open(next, wasNot, fiber, State.patienceEnds(this.settings.options, state))
    else this.become(next, fiber)
    return this.current
  }

  /** Goes into a state. Without a fiber it is an alarm that does, which belongs to no span. */
  protected become(next: State.State, fiber: AnyFiber | undefined): void {
    const previous = this.current
    this.ref.ref.current = next
    if (previous._tag === next._tag) return
    this.since = this.wall()
    const transition = { from: previous._tag, to: next._tag }
    this.publish(() => ({ _tag: "StateTransition", ...transition }))
    if (fiber !== undefined && SpanEvent.isRecording(fiber)) {
      SpanEvent.add(fiber, "resilience4j.circuitbreaker.state_transition", { name: this.name, ...transition })
    }
    this.arm()
  }

  /** Sets the alarm that the state needs, if it needs one, in place of the one before. */
  protected arm(): void {
    this.disarm()
    const { options } = this.settings
    const state = this.current
    if (state._tag === "OPEN" && options.automaticTransitionFromOpenToHalfOpenEnabled) {
      this.alarm = this.host.alarms().set(this.host, state.until, () => {
        this.alarm = undefined
        this.become(State.probeReady(this.current, state.until), undefined)
      })
    } else if (state._tag === "HALF_OPEN" && Duration.isPositive(options.maxWaitDurationInHalfOpenState)) {
      const at = State.patienceEnds(options, state)
      this.alarm = this.host.alarms().set(this.host, at, () => {
        this.alarm = undefined
        this.tick(at, undefined)
      })
    }
  }

  protected disarm(): void {
    if (this.alarm === undefined) return
    this.host.alarms().cancel(this.alarm)
    this.alarm = undefined
  }
}

/** The states that refuse calls; the others let all through. */
type Refusing = Exclude<State.State, State.Disabled | State.MetricsOnly>

const tags = { success: "Success", failure: "Error", ignored: "IgnoredError" } as const

/** An event without what is the same in all events of a breaker. */
type EventBody = CircuitBreakerEvent extends infer Event
  ? Event extends CircuitBreakerEvent
    ? Omit<Event, "name" | "key" | "at">
    : never
  : never
