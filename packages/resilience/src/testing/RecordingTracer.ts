/** Keeps the spans that an effect makes, to hold their attributes and events against what is expected. */
import { Effect, Tracer } from "effect"

/** Runs an effect with a tracer that keeps every span it makes. */
export const recorded = <A, E, R>(
  self: (spans: ReadonlyArray<Tracer.NativeSpan>) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.suspend(() => {
    const spans: Array<Tracer.NativeSpan> = []
    const tracer = Tracer.make({
      span(options) {
        const span = new Tracer.NativeSpan(options)
        spans.push(span)
        return span
      }
    })
    return Effect.provideService(self(spans), Tracer.Tracer, tracer)
  })

/** Names and attributes of the events of a span. */
export const eventsOf = (span: Tracer.NativeSpan | undefined): ReadonlyArray<readonly [string, unknown]> =>
  (span?.events ?? []).map(([name, , attributes]) => [name, attributes])

/** An effect in a span of this name, and that span. */
export const inSpan = <A, E>(name: string, self: Effect.Effect<A, E>): Effect.Effect<Tracer.NativeSpan | undefined> =>
  recorded((spans) =>
    Effect.map(Effect.exit(Effect.withSpan(self, name)), () => spans.find((span) => span.name === name))
  )
