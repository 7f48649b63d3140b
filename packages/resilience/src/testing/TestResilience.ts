/**
 * Both registries in a world of their own: a clock that a test moves, random numbers that it can repeat, and metrics that no
 * other test writes to.
 *
 * **Example**
 *
 * ```ts
 * import { ResiliencePolicyRegistry } from "@resync/resilience/ResiliencePolicyRegistry"
 * import { Script, TestResilience } from "@resync/resilience/testing"
 * import { Effect, Fiber } from "effect"
 * import { TestClock } from "effect/testing"
 *
 * const program = Effect.gen(function* () {
 *   const carrier = Script.make(Script.hang, Script.succeed(750))
 *   const policies = yield* ResiliencePolicyRegistry
 *   const policy = yield* policies.register("carrier", { retry: { maxAttempts: 2 }, attemptTimeout: "2 seconds" })
 *   const quote = yield* Effect.forkChild(policy.execute(carrier.call))
 *   yield* TestClock.adjust("1 minute")
 *   return yield* Fiber.join(quote)
 * })
 *
 * await Effect.runPromise(Effect.provide(program, TestResilience.layer()))
 * ```
 */
import { Layer, Metric, Random } from "effect"
import { TestClock } from "effect/testing"
import type { CircuitBreakerRegistry } from "../CircuitBreakerRegistry.ts"
import * as Resilience from "../Resilience.ts"
import type { ResiliencePolicyRegistry } from "../ResiliencePolicyRegistry.ts"

/** Random numbers that are the same in every run with this seed. */
export const seeded = (seed: string | number): Layer.Layer<never> =>
  Layer.effect(Random.Random, Random.withSeed(Random.Random, seed))

/** `seed` is 1 by default; the rest is what `Resilience.layer` takes. */
export const layer = (
  options?: Parameters<typeof Resilience.layer>[0] & { readonly seed?: string | number | undefined }
): Layer.Layer<ResiliencePolicyRegistry | CircuitBreakerRegistry> =>
  Resilience.layer(options).pipe(
    Layer.provideMerge(
      Layer.mergeAll(
        TestClock.layer(),
        seeded(options?.seed ?? 1),
        Layer.sync(Metric.MetricRegistry, () => new Map())
      )
    ),
    Layer.fresh
  )
