import { type Context, Effect, Metric, type Scope } from "effect"

/**
 * Registers metric series that are read when an exporter asks, so that a call pays nothing for them and each exists with
 * its value from the start. They go with the scope.
 */
export const register = (
  series: ReadonlyArray<readonly [metric: Metric.Metric<number, Metric.GaugeState<number>>, read: () => number]>,
  counters: ReadonlyArray<
    readonly [metric: Metric.Metric<number, Metric.CounterState<number>>, read: () => number]
  > = []
): Effect.Effect<void, never, Scope.Scope> =>
  Effect.contextWith((context: Context.Context<Scope.Scope>) =>
    Effect.asVoid(
      Effect.acquireRelease(
        Effect.sync(() => [
          ...series.map(([metric, read]) =>
            Metric.registerUnsafe(metric, context, { get: () => ({ value: read() }), update: noop, modify: noop })
          ),
          ...counters.map(([metric, read]) =>
            Metric.registerUnsafe(metric, context, {
              get: () => ({ count: read(), incremental: true }),
              update: noop,
              modify: noop
            })
          )
        ]),
        (registrations) =>
          Effect.sync(() => {
            for (const registration of registrations) registration.remove()
          })
      )
    )
  )

const noop = () => {}
