import { Clock, type Fiber } from "effect"

/** Whether the fiber is in a span that is recorded: what is to be added is built only then. */
export const isRecording = (fiber: Fiber.Fiber<unknown, unknown>): boolean => {
  const span = fiber.cache.span
  return span?._tag === "Span" && span.sampled
}

/** Adds an event to the span a fiber is in, if it is in one that is recorded. */
export const add = (
  fiber: Fiber.Fiber<unknown, unknown>,
  name: string,
  attributes: Record<string, string | number>
): void => {
  const span = fiber.cache.span
  if (span?._tag !== "Span" || !span.sampled) return
  span.event(name, fiber.getRef(Clock.Clock).currentTimeNanosUnsafe(), attributes)
}

/** Sets attributes of the span a fiber is in. */
export const annotate = (fiber: Fiber.Fiber<unknown, unknown>, attributes: Record<string, string | number>): void => {
  const span = fiber.cache.span
  if (span?._tag !== "Span" || !span.sampled) return
  for (const [key, value] of Object.entries(attributes)) span.attribute(key, value)
}
