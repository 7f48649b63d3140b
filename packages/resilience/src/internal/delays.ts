import { Duration } from "effect"
import type { RetryPolicyOptions } from "../RetryPolicy.ts"

/** The wait before the `retry`-th retry, as it is before jitter. */
const backoffMillis = ({ backoff, factor }: RetryPolicyOptions, base: number, retry: number): number => {
  switch (backoff) {
    case "exponential":
      return base * factor ** (retry - 1)
    case "linear":
      return base * retry
    case "constant":
      return base
  }
}

/** Where the wait may lie. No upper end exceeds the cap, and also at the cap there is room below it. */
const range = (
  options: RetryPolicyOptions,
  base: number,
  cap: number,
  retry: number,
  previous: number
): readonly [number, number] => {
  const backoff = Math.min(cap, backoffMillis(options, base, retry))
  switch (options.jitter) {
    case "full":
      return [0, backoff]
    case "equal":
      return [backoff / 2, backoff]
    case "proportional":
      return [backoff * (1 - options.jitterFactor), Math.min(cap, backoff * (1 + options.jitterFactor))]
    case "decorrelated": {
      const upper = Math.min(cap, Math.max(base, previous * 3))
      // A base that is over the cap leaves no room between them: then it is a third of the cap that counts as the base.
      return [base < cap ? Math.min(base, upper) : cap / 3, upper]
    }
    case "none":
      return [backoff, backoff]
  }
}

/**
 * The wait before the `retry`-th retry, counted from 1, for a random number from 0 up to but not including 1. Decorrelated
 * jitter also goes by the wait before, `previous`.
 */
export const delayMillis = (
  options: RetryPolicyOptions,
  retry: number,
  random: number,
  previous = Duration.toMillis(options.baseDelay)
): number => {
  const base = Duration.toMillis(options.baseDelay)
  if (base === 0) return 0
  const cap = Math.min(Duration.toMillis(options.maxDelay), Number.MAX_SAFE_INTEGER)
  const [lower, upper] = range(options, base, cap, retry, previous)
  return lower + (upper - lower) * random
}
