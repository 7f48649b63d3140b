import { it } from "@effect/vitest"
import { CircuitBreakerRegistry } from "@resync/resilience/CircuitBreakerRegistry"
import * as Resilience from "@resync/resilience/Resilience"
import { type ResiliencePolicyConfig, ResiliencePolicyRegistry } from "@resync/resilience/ResiliencePolicyRegistry"
import { Clock, Effect, Exit, Fiber, Option } from "effect"
import { TestClock } from "effect/testing"

export const test = <E>(
  name: string,
  body: () => Effect.Effect<void, E, ResiliencePolicyRegistry | CircuitBreakerRegistry>
) => it.effect(name, () => Effect.provide(Effect.suspend(body), Resilience.layer()))

export const register = <const Config extends ResiliencePolicyConfig>(config: Config, name = "quotes") =>
  Effect.flatMap(ResiliencePolicyRegistry, (policies) => policies.register(name, config))

export const breakerOf = Effect.fnUntraced(function* (name = "quotes") {
  return yield* (yield* CircuitBreakerRegistry).get(name)
})

export const callsOf = Effect.fnUntraced(function* (name = "quotes") {
  return (yield* (yield* breakerOf(name)).snapshot).calls
})

/** Runs to the end and says how it ended and when. */
export const settle = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const from = yield* Clock.currentTimeMillis
    const fiber = yield* Effect.forkChild(
      Effect.gen(function* () {
        const exit = yield* Effect.exit(self)
        return { exit, took: (yield* Clock.currentTimeMillis) - from }
      })
    )
    yield* TestClock.adjust("1 hour")
    return yield* Fiber.join(fiber)
  })

export const tagOf = (exit: Exit.Exit<unknown, unknown>): string => {
  const error = Option.getOrUndefined(Exit.findErrorOption(exit))
  return typeof error === "object" && error !== null && "_tag" in error ? String(error._tag) : String(error)
}

export const retry = { maxAttempts: 3, baseDelay: "1 second", jitter: "none" } as const
export const F = Effect.fail("down" as const)
