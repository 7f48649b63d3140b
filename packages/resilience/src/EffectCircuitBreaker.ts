/**
 * Our breaker under the interface of Effect's own `effect/persistence/CircuitBreaker`: what is written for that one, and
 * `HttpClient.withCircuitBreaker`, runs on ours when one layer is replaced.
 *
 * Each key is a breaker of the `CircuitBreakerRegistry`, named `name/key`, with all that belongs to one: windows of time, slow
 * calls, several probes, metrics, events, commands. Marked `shared` it lives in the same Redis as Effect's would.
 *
 * **Example**
 *
 * ```ts
 * import { CircuitBreakerRegistry } from "@resync/resilience/CircuitBreakerRegistry"
 * import { failureRate } from "@resync/resilience/CircuitBreakerOptions"
 * import * as EffectCircuitBreaker from "@resync/resilience/EffectCircuitBreaker"
 * import { Effect, Layer } from "effect"
 * import { CircuitBreaker } from "effect/persistence"
 *
 * const program = Effect.gen(function* () {
 *   const breaker = yield* CircuitBreaker.CircuitBreaker
 *   return yield* breaker.execute(Effect.succeed("up"), { key: "payments" })
 * }).pipe(
 *   Effect.provide(
 *     EffectCircuitBreaker.layer({ trip: failureRate(), waitDurationInOpenState: "30 seconds" }).pipe(
 *       Layer.provide(CircuitBreakerRegistry.layer())
 *     )
 *   )
 * )
 * ```
 */
import { Cause, Deferred, Duration, Effect, Exit, Layer, Queue, type Scope, Stream } from "effect"
import { dual } from "effect/Function"
import * as Theirs from "effect/persistence/CircuitBreaker"
import type { CircuitBreaker, Classifier } from "./CircuitBreaker.ts"
import { CircuitBreakerOptions, type CircuitBreakerOptionsInput } from "./CircuitBreakerOptions.ts"
import { CircuitBreakerRegistry } from "./CircuitBreakerRegistry.ts"
import { decode, type InvalidOptions } from "./InvalidOptions.ts"
import * as effectInterface from "./internal/effectInterface.ts"
import { now } from "./internal/monotonic.ts"

export interface Options extends CircuitBreakerOptionsInput {
  /** What the names of the breakers begin with; `circuit` by default. */
  readonly name?: string | undefined
}

/** What a classifier made of a call, with the call's own exit. */
interface Judged<A, E> {
  readonly exit: Exit.Exit<A, E>
  readonly outcome: Theirs.Outcome
}

const byOutcome: Classifier<Judged<unknown, unknown>, unknown> = (exit) =>
  Exit.isSuccess(exit) ? effectInterface.verdictOf(exit.value.outcome) : "ignored"

/** A classifier that fails says nothing of the call, and the caller learns of it. */
const judge = <A, E, R, R2>(
  self: Effect.Effect<A, E, R>,
  classify: (exit: Exit.Exit<A, E>) => Theirs.Outcome | Effect.Effect<Theirs.Outcome, never, R2>
): Effect.Effect<Judged<A, E>, E, R | R2> =>
  Effect.flatMap(Effect.exit(self), (exit): Effect.Effect<Judged<A, E>, E, R2> => {
    if (Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)) return Effect.failCause(exit.cause)
    const judging = Effect.suspend(() => {
      const outcome = classify(exit)
      return Effect.isEffect(outcome) ? outcome : Effect.succeed(outcome)
    })
    return Effect.map(Effect.exit(judging), (judged) =>
      Exit.isSuccess(judged)
        ? { exit, outcome: judged.value }
        : {
            exit: Exit.failCause(Exit.isFailure(exit) ? Cause.combine(exit.cause, judged.cause) : judged.cause),
            outcome: Theirs.ignored
          }
    )
  })

/** Makes one, with a breaker for each key. One call probes at a time, unless the options say otherwise. */
export const make: (
  options?: Options
) => Effect.Effect<Theirs.CircuitBreaker, InvalidOptions, CircuitBreakerRegistry | Scope.Scope> = Effect.fnUntraced(
  function* ({ name = "circuit", ...input } = {}) {
    const registry = yield* CircuitBreakerRegistry
    const options = yield* decode(
      CircuitBreakerOptions,
      "CircuitBreaker",
      name
    )({ permittedNumberOfCallsInHalfOpenState: 1, ...input })
    const breakers = new Map<string, CircuitBreaker>()
    /** The same by their names in the registry, with their keys. */
    const named = new Map<string, { readonly key: string; readonly breaker: CircuitBreaker }>()
    const closed = yield* Deferred.make<void>()
    yield* Effect.addFinalizer(() => Deferred.succeed(closed, undefined))

    const breakerOf = (key: string): Effect.Effect<CircuitBreaker> => {
      const known = breakers.get(key)
      if (known !== undefined) return Effect.succeed(known)
      // Valid options fail only where somebody else took the name for another breaker, which is a mistake in the program.
      return Effect.map(Effect.orDie(registry.register(`${name}/${key}`, options)), (breaker) => {
        breakers.set(key, breaker)
        named.set(breaker.name, { key, breaker })
        return breaker
      })
    }

    const execute = <A, E, R, R2 = never>(
      self: Effect.Effect<A, E, R>,
      call: {
        readonly key: string
        readonly classify?:
          | ((exit: Exit.Exit<A, E>) => Theirs.Outcome | Effect.Effect<Theirs.Outcome, never, R2>)
          | undefined
      }
    ): Effect.Effect<A, E | Theirs.CircuitBreakerError, R | R2> =>
      Effect.flatMap(breakerOf(call.key), (breaker) => {
        const guarded =
          call.classify === undefined
            ? breaker.execute(self)
            : Effect.flatMap(breaker.execute(judge(self, call.classify), byOutcome), ({ exit }) => exit)
        return Effect.mapError(guarded, (error) => effectInterface.errorOf(error, breaker.name, call.key))
      })

    return Theirs.CircuitBreaker.of({
      [Theirs.TypeId]: Theirs.TypeId,
      execute: dual(2, execute),
      state: (key) => {
        const breaker = breakers.get(key)
        return breaker === undefined
          ? Effect.succeed<Theirs.State>({ _tag: "Closed", key })
          : Effect.flatMap(breaker.snapshot, ({ retryAfter = Duration.infinity }) =>
              Effect.sync(() => effectInterface.stateOf(breaker.stateUnsafe(), key, retryAfter))
            )
      },
      // Listens only as long as it is read: who listens to a registry has it build an event for every call.
      transitions: Stream.callback<Theirs.Transition>(
        Effect.fnUntraced(function* (queue) {
          yield* registry.events.pipe(
            Stream.runForEach((event) =>
              Effect.withFiber((fiber) => {
                const known = named.get(event.name)
                if (event._tag !== "StateTransition" || known === undefined) return Effect.void
                const transition = effectInterface.transitionOf(event, known.key, {
                  now: now(fiber),
                  state: known.breaker.stateUnsafe()
                })
                return transition === undefined ? Effect.void : Effect.asVoid(Queue.offer(queue, transition))
              })
            ),
            Effect.forkScoped({ startImmediately: true })
          )
          yield* Deferred.await(closed)
          yield* Queue.end(queue)
        }),
        { bufferSize: 128, strategy: "sliding" }
      )
    })
  }
)

/** Provides Effect's `CircuitBreaker` by ours. */
export const layer = (options?: Options): Layer.Layer<Theirs.CircuitBreaker, InvalidOptions, CircuitBreakerRegistry> =>
  Layer.effect(Theirs.CircuitBreaker, make(options))
