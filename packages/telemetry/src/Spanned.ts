import { Clock, Context, Effect, Exit, type Fiber, Option, Tracer } from "effect"
import { isRecorded } from "./internal/Propagation.ts"

/** What a span has from its start. */
export interface Options {
  /** `"internal"` by default. */
  readonly kind?: Tracer.SpanKind | undefined
  readonly attributes?: Readonly<Record<string, unknown>> | undefined
}

const begin = (fiber: Fiber.Fiber<unknown, unknown>, name: string, options: Options, startTime: bigint) => {
  const parent = Option.fromNullishOr(fiber.cache.span)
  const span = fiber.getRef(Tracer.Tracer).span({
    name,
    parent,
    annotations: Context.empty(),
    links: [],
    startTime,
    kind: options.kind ?? "internal",
    root: Option.isNone(parent),
    sampled: Option.isNone(parent) || parent.value.sampled
  })
  for (const key in options.attributes) span.attribute(key, options.attributes[key])
  return span
}

/**
 * A span around an effect, for what stands in the way of every request: it costs next to nothing where nobody records, and
 * much less than `Effect.withSpan` where somebody does. It captures no stack and takes no annotations, links and levels from
 * the context.
 *
 * @example
 * ```ts
 * import * as Spanned from "@resync/telemetry/Spanned"
 * import { Effect } from "effect"
 *
 * const quote = (parcel: string) =>
 *   Spanned.withSpan(Effect.succeed(parcel.length), "quote", { attributes: { parcel } })
 * ```
 */
export const withSpan = <A, E, R>(
  self: Effect.Effect<A, E, R>,
  name: string,
  options: Options = {}
): Effect.Effect<A, E, R> =>
  Effect.withFiber((fiber) => {
    if (!isRecorded(fiber)) return self
    const outer = fiber.context
    const clock = fiber.getRef(Clock.Clock)
    let span: Tracer.Span | undefined
    // Begun inside of what ends it, so that an interruption in between cannot part them.
    const spanned = Effect.suspend(() => {
      span = begin(fiber, name, options, clock.currentTimeNanosUnsafe())
      fiber.setContext(Context.add(outer, Tracer.ParentSpan, span))
      return self
    })
    return Effect.onExitPrimitive(spanned, (exit) => {
      if (span === undefined) return undefined
      fiber.setContext(outer)
      span.end(clock.currentTimeNanosUnsafe(), exit._tag === "Failure" ? Exit.failCause(exit.cause) : Exit.void)
      return undefined
    })
  })

/** The same around every call of a function: `Effect.fn(name)` with the costs of {@link withSpan}. */
export const fn = (name: string): Effect.fn.Untraced => {
  const spanned = (body: (...args: Array<unknown>) => Generator<Effect.Effect<unknown>>) => {
    const call = Effect.fnUntraced(body)
    return (...args: Array<unknown>) => withSpan(call(...args), name)
  }
  // The span changes nothing about the types, and the interface has one for each number of pipeables.
  return spanned as unknown as Effect.fn.Untraced
}

/** Tells the span that a fibre is in something about it, where somebody records. */
export const annotateUnsafe = (fiber: Fiber.Fiber<unknown, unknown>, key: string, value: unknown): void => {
  const { span } = fiber.cache
  if (span?._tag === "Span" && isRecorded(fiber)) span.attribute(key, value)
}
