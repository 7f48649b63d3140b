import { Clock, type Fiber } from "effect"

/** Milliseconds of the fiber's monotonic clock. */
export const now = (fiber: Fiber.Fiber<unknown, unknown>): number =>
  Number(fiber.getRef(Clock.Clock).monotonicTimeNanosUnsafe()) / 1_000_000
