/** A clock that knows how many sleep by it: where nobody waits any more, nobody shall. */
import { Clock, type Duration, Effect } from "effect"

export const counting = Effect.map(Clock.Clock, (clock) => {
  const counted = {
    asleep: 0,
    clock: Object.assign(Object.create(clock), {
      sleep: (duration: Duration.Duration) =>
        Effect.acquireUseRelease(
          Effect.sync(() => counted.asleep++),
          () => clock.sleep(duration),
          () => Effect.sync(() => counted.asleep--)
        )
    }) satisfies Clock.Clock
  }
  return counted
})
