/** Interrupts an effect everywhere it can be, to see that nothing leaks. */
import { Effect, Fiber, Scheduler } from "effect"

/**
 * Runs an effect again and again, each time interrupted one step later, until it ends by itself. It yields as often as the
 * runtime can and still get on (with less than 3 it only yields). After each run `check` says whether all was given back. Answers how
 * many runs it took.
 */
export const interruptEverywhere = Effect.fnUntraced(function* <A, E, R, E2, R2>(
  self: Effect.Effect<A, E, R>,
  check: (step: number) => Effect.Effect<void, E2, R2>
) {
  for (let steps = 0; ; steps++) {
    const fiber = yield* self.pipe(
      Effect.provideService(Scheduler.MaxOpsBeforeYield, 3),
      Effect.forkChild({ startImmediately: true })
    )
    for (let i = 0; i < steps; i++) yield* Effect.yieldNow
    const ended = fiber.pollUnsafe() !== undefined
    yield* Fiber.interrupt(fiber)
    yield* check(steps)
    if (ended) return steps
  }
})
