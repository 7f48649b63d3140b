import {
  call,
  cancelled,
  fails,
  hangs,
  heavy,
  many,
  ran,
  refusedAt,
  succeeds,
  type TimedCase,
  takes,
  times
} from "../script/TimedCase.ts"

const second = (ends: "S" | "F" = "S") => takes(1000, ends)

/** Retry. */
export const retry: ReadonlyArray<TimedCase> = [
  {
    id: "RT1",
    says: "maxAttempts 3, always F → 3 executions, 2 delays, last error returned",
    pattern: { retry: { attempts: 3, delay: 1000 } },
    calls: [call(0, fails)],
    expected: [ran([0, 1000, 2000], "F", 2000)]
  },
  {
    id: "RT5",
    says: "exponential 1 s: 1,2,4,8,16 s",
    pattern: { retry: { attempts: 6, delay: 1000, factor: 2 } },
    calls: [call(0, fails)],
    expected: [ran([0, 1000, 3000, 7000, 15_000, 31_000], "F", 31_000)]
  },
  {
    id: "RT16",
    says: "CircuitOpen is not retried by default: breaker n=3, retry maxAttempts 5, always F → body runs 3 times, then one rejection, returned at once, no sleeping after it",
    choice: "a retry does not repeat a rejection",
    pattern: { breaker: 3, attempts: 5, delay: 1000 },
    calls: [call(0, fails)],
    expected: [ran([0, 1000, 2000], "refused", 3000)]
  }
]

export const retryEdges: ReadonlyArray<TimedCase> = [
  {
    id: "RT",
    says: "a success ends it at once",
    pattern: { retry: { attempts: 5, delay: 1000 } },
    calls: [call(0, fails, succeeds)],
    expected: [ran([0, 1000], "S", 1000)]
  },
  {
    id: "RT",
    says: "one attempt is none but the first",
    pattern: { retry: { attempts: 1, delay: 1000 } },
    calls: [call(0, fails)],
    expected: [ran([0], "F", 0)]
  },
  {
    id: "RT",
    says: "the cap holds each delay",
    pattern: { retry: { attempts: 5, delay: 1000, factor: 2, max: 2000 } },
    calls: [call(0, fails)],
    expected: [ran([0, 1000, 3000, 5000, 7000], "F", 7000)]
  },
  {
    id: "RT",
    says: "a delay counts from the end of an attempt",
    pattern: { retry: { attempts: 2, delay: 1000 } },
    calls: [call(0, takes(700, "F"))],
    expected: [ran([0, 1700], "F", 2400)]
  },
  {
    id: "RT",
    says: "an interruption in a delay ends it there and then, and nothing runs after it",
    pattern: { retry: { attempts: 3, delay: 200 } },
    calls: [cancelled(0, 20, fails)],
    expected: [ran([0], "cancelled", 20)]
  },
  {
    id: "RT",
    says: "an interruption in an attempt is not a failure to retry",
    pattern: { retry: { attempts: 3, delay: 200 } },
    calls: [cancelled(0, 20, hangs)],
    expected: [ran([0], "cancelled", 20)]
  }
]

/** Timeouts. */
export const timeout: ReadonlyArray<TimedCase> = [
  {
    id: "TO1",
    says: "2 s limit, 4 s body → TimeoutError at exactly 2 s",
    pattern: { timeout: 2000 },
    calls: [call(0, takes(4000))],
    expected: [ran([0], "timeout", 2000)]
  },
  {
    id: "TO3",
    says: "caller interruption is not reported as timeout",
    pattern: { timeout: 2000 },
    calls: [cancelled(0, 500, hangs)],
    expected: [ran([0], "cancelled", 500)]
  },
  {
    id: "TO4",
    says: "body fails at 1 s → its own error",
    pattern: { timeout: 2000 },
    calls: [call(0, second("F"))],
    expected: [ran([0], "F", 1000)]
  },
  {
    id: "TO5",
    says: "limit ≤0 or Infinity → no timeout",
    pattern: { timeout: Number.POSITIVE_INFINITY },
    calls: [call(0, takes(50_000))],
    expected: [ran([0], "S", 50_000)]
  }
]

export const timeoutEdges: ReadonlyArray<TimedCase> = [
  {
    id: "TO",
    says: "a limit of zero is none",
    choice: "a limit of zero is none",
    pattern: { timeout: 0 },
    calls: [call(0, takes(50_000))],
    expected: [ran([0], "S", 50_000)]
  },
  {
    id: "TO",
    says: "the error comes when the body has let go",
    choice: "the body ends first, then the error comes",
    pattern: { timeout: 2000 },
    calls: [call(0, { takes: 4000, ends: "S", letsGo: 300 })],
    expected: [ran([0], "timeout", 2300)]
  },
  {
    id: "TO7",
    says: "retry(timeout 1 s) ×3 vs timeout 2 s(retry): per-attempt vs total, both observable",
    pattern: { each: 1000, attempts: 3 },
    calls: [call(0, hangs)],
    expected: [ran([0, 1000, 2000], "timeout", 3000)]
  },
  {
    id: "TO",
    says: "timeout 2 s(retry): the total",
    pattern: { whole: 2000, attempts: 3 },
    calls: [call(0, takes(800, "F"))],
    expected: [ran([0, 800, 1600], "timeout", 2000)]
  }
]

/** Bulkheads. */
export const bulkhead: ReadonlyArray<TimedCase> = [
  {
    id: "BH1",
    says: "max 10, queue 5: 10 running; 6 more → 5 queued, 1 rejected immediately",
    pattern: { bulkhead: { max: 10, queue: 5, full: true } },
    calls: many(16, call(0, second())),
    expected: [...times(10, ran([0], "S", 1000)), ...times(5, ran([1000], "S", 2000)), refusedAt(0)]
  },
  {
    id: "BH2",
    says: "max 20, 22 calls of 2 s: 20 started at 1 s; all done by 4 s",
    pattern: { bulkhead: { max: 20, queue: 10 } },
    calls: many(22, call(0, takes(2000))),
    expected: [...times(20, ran([0], "S", 2000)), ...times(2, ran([2000], "S", 4000))]
  },
  {
    id: "BH4",
    says: "max wait 100: queued call fails at exactly 100 and its queue slot is free",
    pattern: { bulkhead: { max: 1, queue: 1, patience: 100 } },
    calls: [call(0, second()), call(0, succeeds), call(950, succeeds)],
    expected: [ran([0], "S", 1000), refusedAt(100), ran([1000], "S", 1000)]
  },
  {
    id: "BH6",
    says: "FIFO among equal weights; a large request is not starved by smaller ones",
    pattern: { bulkhead: { max: 3, queue: 10 } },
    calls: [heavy(0, 2, second()), heavy(1, 3, second()), heavy(2, 1, second()), heavy(3, 1, second())],
    expected: [ran([0], "S", 1000), ran([1000], "S", 2000), ran([2000], "S", 3000), ran([2000], "S", 3000)]
  },
  {
    id: "BH7",
    says: "fail/defect/interrupt of the body all release exactly one permit",
    pattern: { bulkhead: { max: 1, queue: 3 } },
    calls: [call(0, second("F")), cancelled(0, 1500, hangs), call(0, second()), call(0, second())],
    expected: [ran([0], "F", 1000), ran([1000], "cancelled", 1500), ran([1500], "S", 2500), ran([2500], "S", 3500)]
  },
  {
    id: "BH9",
    says: "max 0 rejects everything (no waiting)",
    choice: "no place at all is a rejection and not a wait",
    pattern: { bulkhead: { max: 0, queue: 5 } },
    calls: [call(0, succeeds)],
    expected: [refusedAt(0)]
  }
]

export const bulkheadEdges: ReadonlyArray<TimedCase> = [
  {
    id: "BH",
    says: "one that is interrupted while it waits never runs and frees its place in the line",
    pattern: { bulkhead: { max: 1, queue: 1 } },
    calls: [call(0, second()), cancelled(0, 100, succeeds), call(200, succeeds)],
    expected: [ran([0], "S", 1000), ran([], "cancelled", 100), ran([1000], "S", 1000)]
  },
  {
    id: "BH",
    says: "without a line the call beyond is refused at once",
    pattern: { bulkhead: { max: 1, queue: 0 } },
    calls: [call(0, second()), call(0, succeeds), call(1000, succeeds)],
    expected: [ran([0], "S", 1000), refusedAt(0), ran([1000], "S", 1000)]
  },
  {
    id: "BH",
    says: "those that wait are served in their order",
    pattern: { bulkhead: { max: 1, queue: 3 } },
    calls: [call(0, second()), call(1, second()), call(2, second()), call(3, second())],
    expected: [ran([0], "S", 1000), ran([1000], "S", 2000), ran([2000], "S", 3000), ran([3000], "S", 4000)]
  },
  {
    id: "BH",
    says: "a wait that ends at the very time at which the place is free may go either way, and the place is not lost",
    pattern: { bulkhead: { max: 1, queue: 1, patience: 1000 } },
    calls: [call(0, takes(999)), call(0, succeeds), call(2000, succeeds)],
    expected: [ran([0], "S", 999), ran([999], "S", 999), ran([2000], "S", 2000)]
  }
]

export const bulkheadInBreaker: TimedCase = {
  id: "CL9",
  says: "capacity 1, 10 concurrent healthy calls: those refused do not open the breaker (n=1)",
  pattern: { breaker: 1, bulkhead: 1 },
  calls: [...many(10, call(0, second())), call(1000, succeeds)],
  expected: [ran([0], "S", 1000), ...times(9, refusedAt(0)), ran([1000], "S", 1000)]
}

/** Rate limits. */
export const limiter: ReadonlyArray<TimedCase> = [
  {
    id: "RL1",
    says: "fixed cycle 250 ms, 1 permit, timeout 0: at t=250 ok, second refused; at 500 ok, then refused",
    pattern: { limiter: { limit: 1, period: 250, patience: 0 } },
    calls: [call(250, succeeds), call(250, succeeds), call(500, succeeds), call(500, succeeds)],
    expected: [ran([250], "S", 250), refusedAt(250), ran([500], "S", 500), refusedAt(500)]
  },
  {
    id: "RL2",
    says: "unused cycles do not accumulate above the limit: idle 10 cycles, limit 2 → 2 immediate, third waits",
    pattern: { limiter: { limit: 2, period: 1000, patience: 1000 } },
    calls: many(3, call(10_000, succeeds)),
    expected: [...times(2, ran([10_000], "S", 10_000)), ran([11_000], "S", 11_000)]
  },
  {
    id: "RL8",
    says: "interrupted while waiting: body never runs and permits go back (later waiter is not delayed)",
    pattern: { limiter: { limit: 1, period: 1000, patience: 5000 } },
    calls: [call(0, succeeds), cancelled(0, 100, succeeds), call(200, succeeds)],
    expected: [ran([0], "S", 0), ran([], "cancelled", 100), ran([1000], "S", 1000)]
  },
  {
    id: "RL11",
    says: "tokens > limit fails immediately (never waits for ever)",
    pattern: { limiter: { limit: 2, period: 1000, patience: 5000 } },
    calls: [heavy(0, 3, succeeds)],
    expected: [refusedAt(0)]
  }
]

export const limiterEdges: ReadonlyArray<TimedCase> = [
  {
    id: "RL",
    says: "a patience of exactly the wait is enough, a millisecond less is not",
    pattern: { limiter: { limit: 1, period: 1000, patience: 500 } },
    calls: [call(0, succeeds), call(499, succeeds), call(500, succeeds)],
    expected: [ran([0], "S", 0), refusedAt(499), ran([1000], "S", 1000)]
  },
  {
    id: "RL",
    says: "a permit is spent by starting, however the call ends",
    pattern: { limiter: { limit: 1, period: 1000, patience: 0 } },
    calls: [call(0, fails), call(0, succeeds), call(1000, succeeds)],
    expected: [ran([0], "F", 0), refusedAt(0), ran([1000], "S", 1000)]
  },
  {
    id: "RL",
    says: "those that wait are served in their order, one a cycle",
    pattern: { limiter: { limit: 1, period: 1000, patience: 10_000 } },
    calls: many(4, call(0, succeeds)),
    expected: [0, 1000, 2000, 3000].map((at) => ran([at], "S", at))
  }
]

/** Hedging. */
export const hedge: ReadonlyArray<TimedCase> = [
  {
    id: "HG1",
    says: "delay 1 s, body 0.5 s → one execution",
    pattern: { hedge: { delay: 1000 } },
    calls: [call(0, takes(500))],
    expected: [ran([0], "S", 500)]
  },
  {
    id: "HG2",
    says: "delay 1 s, primary 4 s, hedge 0.2 s → result at 1.2 s",
    pattern: { hedge: { delay: 1000 } },
    calls: [call(0, takes(4000), takes(200))],
    expected: [ran([0, 1000], "S", 1200)]
  },
  {
    id: "HG3",
    says: "primary fails (handled) at 0.3 s → hedge starts immediately, not at 1 s",
    pattern: { hedge: { delay: 1000 } },
    calls: [call(0, takes(300, "F"), takes(200))],
    expected: [ran([0, 300], "S", 500)]
  },
  {
    id: "HG6",
    says: "delay 0 → all start at once",
    pattern: { hedge: { delay: 0, extra: 2 } },
    calls: [call(0, takes(500), takes(400), takes(300))],
    expected: [ran([0, 0, 0], "S", 300)]
  }
]

export const hedgeEdges: ReadonlyArray<TimedCase> = [
  {
    id: "HG",
    says: "an infinite delay is strictly sequential",
    pattern: { hedge: { delay: Number.POSITIVE_INFINITY, extra: 2 } },
    calls: [call(0, takes(5000, "F"), takes(5000, "F"), takes(100))],
    expected: [ran([0, 5000, 10_000], "S", 10_100)]
  },
  {
    id: "HG",
    says: "each further attempt has its own delay",
    pattern: { hedge: { delay: 1000, extra: 2 } },
    calls: [call(0, hangs, hangs, takes(100))],
    expected: [ran([0, 1000, 2000], "S", 2100)]
  },
  {
    id: "HG",
    says: "the answer waits until the losers have let go",
    pattern: { hedge: { delay: 1000 } },
    calls: [call(0, { takes: 4000, ends: "S", letsGo: 250 }, takes(200))],
    expected: [ran([0, 1000], "S", 1450)]
  },
  {
    id: "HG",
    says: "the last failure comes out when all have failed",
    pattern: { hedge: { delay: 1000 } },
    calls: [call(0, takes(300, "F"), takes(300, "F"))],
    expected: [ran([0, 300], "F", 600)]
  },
  {
    id: "HG",
    says: "an answer at the very time of the delay needs no hedge",
    pattern: { hedge: { delay: 1000 } },
    calls: [call(0, takes(999))],
    expected: [ran([0], "S", 999)]
  }
]
