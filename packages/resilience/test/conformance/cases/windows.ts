import { type BreakerCase, calls, is, pass, refused } from "../script/BreakerCase.ts"

const window = (size: number, minimum = size, rate = 50) => ({ trip: { calls: size, minimum, rate } })
const seconds = (size: number, minimum: number, rate = 50) => ({ trip: { seconds: size, minimum, rate } })

/** A window of the last calls. */
export const countWindow: ReadonlyArray<BreakerCase> = [
  {
    id: "CW1",
    says: 'window 5, min 5, thr 50 %: F,F,F,S → CLOSED, rate "not available" (−1) after each; 5th S → OPEN, rate 60, buffered 5, failed 3; next call rejected, notPermitted=1',
    choice: "any outcome may open that completes the minimum",
    breaker: window(5),
    steps: [calls("F"), is("CLOSED"), calls("FFS"), is("CLOSED"), calls("S"), is("OPEN"), refused()]
  },
  {
    id: "CW2",
    says: "window 10, min 5, thr 50: S,S,S,F,F → rate 40 → CLOSED; then F → 3/6=50 → OPEN",
    choice: "a rate that is reached is enough",
    breaker: window(10, 5),
    steps: [calls("SSSFF"), is("CLOSED"), calls("F"), is("OPEN"), refused()]
  },
  {
    id: "CW3",
    says: "window 10, min 5, thr 50: F×4 → CLOSED; 5th F → OPEN",
    breaker: window(10, 5),
    steps: [calls("FFFF"), is("CLOSED"), calls("F"), is("OPEN"), refused()]
  },
  {
    id: "CW5",
    says: "min 6 with window 5 → effective min 5 (count windows only)",
    choice: "a minimum above the window counts as its size",
    breaker: window(5, 6),
    steps: [calls("FFFF"), is("CLOSED"), calls("F"), is("OPEN"), refused()]
  },
  {
    id: "CW7",
    says: 'option "only failures trip": same sequence stays CLOSED until next F',
    choice: "only failures open where it says so",
    breaker: { ...window(5), onlyFailuresTrip: true },
    steps: [calls("FFFSS"), is("CLOSED"), calls("I"), is("CLOSED"), calls("F"), is("OPEN"), refused()]
  },
  {
    id: "CW9",
    says: "size 10, thr .5, min 10: 5F+5S opens (≥, not >)",
    choice: "a rate that is reached is enough",
    breaker: window(10),
    steps: [calls("FFFFFSSSS"), is("CLOSED"), calls("S"), is("OPEN"), refused()]
  },
  {
    id: "CW10",
    says: "window of 1, min 1: one F → OPEN",
    breaker: window(1),
    steps: [calls("S"), is("CLOSED"), calls("F"), is("OPEN"), refused()]
  }
]

export const countWindowEdges: ReadonlyArray<BreakerCase> = [
  {
    id: "CW",
    says: "a threshold of 100 % opens when all failed, and only then",
    breaker: window(10, 10, 100),
    steps: [calls("S"), calls("F".repeat(9)), is("CLOSED"), calls("F"), is("OPEN")]
  },
  {
    id: "CW",
    says: "a failure that slid out of the window does not count with those in it",
    choice: "a rate that is reached is enough",
    breaker: window(4),
    steps: [calls("SFSSSF"), is("CLOSED"), calls("F"), is("OPEN")]
  },
  {
    id: "CW",
    says: "a window of another size than a word of bits slides as any other",
    breaker: window(33, 33, 100),
    steps: [calls("S"), calls("F".repeat(32)), is("CLOSED"), calls("F"), is("OPEN")]
  },
  {
    id: "CW",
    says: "one failure in a hundred opens at 1 % and not at 1.1 %",
    choice: "a rate that is reached is enough",
    breaker: window(100, 100, 1),
    steps: [calls("S".repeat(99)), calls("F"), is("OPEN")]
  },
  {
    id: "CW",
    says: "one failure in a hundred is less than 1.1 %",
    breaker: window(100, 100, 1.1),
    steps: [calls("S".repeat(99)), calls("F"), is("CLOSED"), calls("F"), is("OPEN")]
  },
  {
    id: "CW",
    says: "a count window does not forget while nothing is called",
    choice: "what is counted in calls does not age",
    breaker: window(2),
    steps: [calls("F"), pass(3_600_000), calls("F"), is("OPEN")]
  }
]

/** A window of the last seconds. */
export const timeWindow: ReadonlyArray<BreakerCase> = [
  {
    id: "TW5",
    says: "min throughput not reached in the window ⇒ never opens even at 100 % failures",
    breaker: seconds(10, 10),
    steps: [
      calls("F".repeat(9)),
      is("CLOSED"),
      pass(11_000),
      calls("F".repeat(9)),
      is("CLOSED"),
      calls("F"),
      is("OPEN")
    ]
  },
  {
    id: "TW6",
    says: "throughput 10/min 10: rate .1 with thr .1 → break; rate 0 → no; throughput 9 with rate .1 → no",
    choice: "any outcome may open that completes the minimum",
    breaker: seconds(10, 10, 10),
    steps: [
      calls("S".repeat(10)),
      is("CLOSED"),
      pass(11_000),
      calls("F".concat("S".repeat(8))),
      is("CLOSED"),
      calls("S"),
      is("OPEN")
    ]
  },
  {
    id: "TW10",
    says: "window advanced by exactly one window length at call time ⇒ empty before recording",
    breaker: seconds(5, 2),
    steps: [calls("F"), pass(5000), calls("F"), is("CLOSED"), calls("F"), is("OPEN")]
  }
]

export const timeWindowEdges: ReadonlyArray<BreakerCase> = [
  {
    id: "TW",
    says: "four failures, an idle hour and one more do not open (min 5)",
    breaker: seconds(5, 5),
    steps: [calls("FFFF"), pass(3_600_000), calls("F"), is("CLOSED"), calls("FFFF"), is("OPEN")]
  },
  {
    id: "TW",
    says: "a second is forgotten by itself, not with the whole window",
    breaker: seconds(3, 3),
    steps: [calls("F"), pass(1000), calls("F"), pass(2000), calls("F"), is("CLOSED"), calls("F"), is("OPEN")]
  },
  {
    id: "TW",
    says: "the window may be larger than the minimum by much and opens with the call that completes it",
    breaker: seconds(60, 3),
    steps: [calls("F"), pass(20_000), calls("F"), pass(20_000), is("CLOSED"), calls("F"), is("OPEN")]
  },
  {
    id: "TW",
    says: "a window of one second forgets at its end",
    breaker: seconds(1, 2),
    steps: [calls("F"), pass(1000), calls("F"), is("CLOSED"), pass(999), is("CLOSED"), calls("F"), is("OPEN")]
  }
]

const slow = (probes = 1) => ({
  trip: { calls: 5, minimum: 5, rate: 100, slow: { rate: 50, after: 4000 } },
  wait: 1000,
  probes
})

/** Calls that take too long. */
export const slowCalls: ReadonlyArray<BreakerCase> = [
  {
    id: "SL1",
    says: "slow >4 s, slowRate 50 %, min 5: durations 5,5,0.1,0.1,5 s (mixed F/S) → OPEN on 5th; slow 3; slow rate 60",
    breaker: slow(),
    steps: [calls("SF", 5000), calls("SF", 100), is("CLOSED"), calls("S", 5000), is("OPEN"), refused()]
  },
  {
    id: "SL2",
    says: "duration exactly 4 s is not slow",
    choice: "a call is slow when it takes longer than the threshold",
    breaker: slow(),
    steps: [calls("SSSSSS", 4000), is("CLOSED"), calls("SS", 4001), is("CLOSED"), calls("S", 4001), is("OPEN")]
  },
  {
    id: "SL4",
    says: "slow successes in half-open (permitted 4, 5,5,5,1 s, slowRate 50) → OPEN, slow rate 75, failure rate 0",
    breaker: slow(4),
    steps: [
      calls("SSSSS", 5000),
      is("OPEN"),
      pass(1000),
      calls("SSS", 5000),
      is("HALF_OPEN"),
      calls("S", 1000),
      is("OPEN"),
      refused()
    ]
  }
]

export const slowCallEdges: ReadonlyArray<BreakerCase> = [
  {
    id: "SL",
    says: "where only failures open it, a slow call does too",
    breaker: {
      trip: { calls: 3, minimum: 3, rate: 100, slow: { rate: 50, after: 1000 } },
      onlyFailuresTrip: true
    },
    steps: [calls("SS", 2000), calls("S"), is("CLOSED"), calls("S", 2000), is("OPEN")]
  },
  {
    id: "SL",
    says: "a slow failure is slow and failed: either rate may open",
    breaker: { trip: { calls: 2, minimum: 2, rate: 50, slow: { rate: 100, after: 1000 } } },
    steps: [calls("S"), calls("F", 2000), is("OPEN")]
  },
  {
    id: "SL",
    says: "slow calls slide out of the window as failures do",
    breaker: { trip: { calls: 2, minimum: 2, rate: 100, slow: { rate: 100, after: 1000 } } },
    steps: [calls("S", 1001), calls("S"), calls("S", 1001), is("CLOSED"), calls("S", 1001), is("OPEN")]
  },
  {
    id: "SL",
    says: "a slow call that is ignored or interrupted is not slow",
    breaker: { trip: { calls: 1, minimum: 1, rate: 100, slow: { rate: 100, after: 1000 } } },
    steps: [calls("IX", 5000), is("CLOSED"), calls("S", 5000), is("OPEN")]
  },
  {
    id: "SL",
    says: "a threshold of zero makes every call that takes any time slow, and no other",
    breaker: { trip: { calls: 2, minimum: 2, rate: 100, slow: { rate: 100, after: 0 } } },
    steps: [calls("SSS"), is("CLOSED"), calls("S", 1), is("CLOSED"), calls("S", 1), is("OPEN")]
  },
  {
    id: "SL",
    says: "slow calls of a window of seconds",
    breaker: { trip: { seconds: 10, minimum: 2, rate: 100, slow: { rate: 100, after: 1000 } } },
    steps: [calls("S", 1001), is("CLOSED"), calls("S", 1001), is("OPEN")]
  }
]
