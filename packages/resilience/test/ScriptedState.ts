/** A shared state whose answers a test decides, and what it was told. */
import { Context, Duration, Effect, Layer } from "effect"
import * as EffectCircuitBreaker from "effect/persistence/CircuitBreaker"
import { type CircuitBreakerOptionsInput, consecutiveFailures } from "../src/CircuitBreakerOptions.ts"
import { CircuitBreakerRegistry } from "../src/CircuitBreakerRegistry.ts"
import { SharedState } from "../src/SharedState.ts"
import { SharedStateUnavailable } from "../src/SharedStateUnavailable.ts"

type Service = SharedState["Service"]

/** What the store says as long as all is well; a test replaces what it is about. */
export const calm = {
  admit: (): ReturnType<Service["admit"]> =>
    Effect.succeed({ generation: 1, probe: false, consecutiveOpenings: 0, transition: undefined }),
  record: (): ReturnType<Service["record"]> => Effect.undefined,
  stateOf: (circuit: string): ReturnType<Service["stateOf"]> => Effect.succeed({ _tag: "Closed", key: circuit }),
  report: (): ReturnType<Service["report"]> => Effect.succeed(false),
  clear: (): ReturnType<Service["clear"]> => Effect.void,
  consume: (): ReturnType<Service["consume"]> => Effect.die("no limit")
}

/** A breaker that two failures open for ten seconds, and one probe closes. */
export const shared: CircuitBreakerOptionsInput = {
  trip: consecutiveFailures(2),
  waitDurationInOpenState: "10 seconds",
  permittedNumberOfCallsInHalfOpenState: 1,
  shared: {}
}

/** The store says that a failure opened it. */
export const opening = (consecutiveOpenings = 1) =>
  Effect.succeed({
    key: "payments",
    from: "Closed",
    to: "Open",
    retryAfter: Duration.seconds(10),
    consecutiveOpenings
  } as const)

export const away = Effect.fail(new SharedStateUnavailable({ message: "away" }))

export const probe = (consecutiveOpenings = 1): ReturnType<Service["admit"]> =>
  Effect.succeed({ generation: 1, probe: true, consecutiveOpenings, transition: undefined })

export const refusal = (reason: EffectCircuitBreaker.CircuitBreakerErrorReason): ReturnType<Service["admit"]> =>
  Effect.fail(new EffectCircuitBreaker.CircuitBreakerError({ reason }))

/** A store that answers as `script` says at the moment, and all that it was asked. */
export const make = () => {
  const script: { -readonly [K in keyof Service]: Service[K] } = { ...calm }
  const asked: Array<readonly [keyof Service, unknown]> = []
  const told = (operation: keyof Service, of: unknown) => Effect.sync(() => void asked.push([operation, of]))
  const state = SharedState.of({
    admit: (circuit) => Effect.andThen(told("admit", circuit), () => script.admit(circuit)),
    record: (outcome) => Effect.andThen(told("record", outcome), () => script.record(outcome)),
    stateOf: (circuit) => Effect.andThen(told("stateOf", circuit), () => script.stateOf(circuit)),
    report: (report) => Effect.andThen(told("report", report), () => script.report(report)),
    clear: (circuit) => Effect.andThen(told("clear", circuit), () => script.clear(circuit)),
    consume: (options) => Effect.andThen(told("consume", options), () => script.consume(options))
  })
  return {
    script,
    /** What it was asked since the last time, but for admissions. */
    asked: (): ReadonlyArray<readonly [keyof Service, unknown]> =>
      asked.splice(0).filter(([operation]) => operation !== "admit"),
    layer: Layer.succeed(SharedState, state)
  }
}

/** A breaker that shares a scripted state. */
export const breaker = Effect.fnUntraced(function* (
  options: CircuitBreakerOptionsInput & { readonly tags?: Readonly<Record<string, string>> },
  name = "payments"
) {
  const store = make()
  const context = yield* Layer.build(Layer.fresh(CircuitBreakerRegistry.layer().pipe(Layer.provide(store.layer))))
  const node = yield* Context.get(context, CircuitBreakerRegistry).register(name, options)
  return { ...store, node }
})
