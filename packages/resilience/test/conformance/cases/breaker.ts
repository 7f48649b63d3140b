import { type BreakerCase, calls, crowd, end, is, pass, refused, start } from "../script/BreakerCase.ts"

const streak = (consecutive: number) => ({ trip: { consecutive } })
/** Opens at the first failure. */
const brittle = { trip: { consecutive: 1 }, wait: 1000 }

/** Failures in a row. */
export const consecutive: ReadonlyArray<BreakerCase> = [
  {
    id: "CF1",
    says: "n=3: F,F,S,F,F → CLOSED; F → OPEN",
    breaker: streak(3),
    steps: [calls("FFSFF"), is("CLOSED"), calls("F"), is("OPEN"), refused()]
  },
  {
    id: "CF2",
    says: "I between failures neither resets nor increments: F,F,I,F → OPEN (n=3)",
    breaker: streak(3),
    steps: [calls("FFI"), is("CLOSED"), calls("F"), is("OPEN"), refused()]
  },
  {
    id: "CF3",
    says: "X between failures same as I",
    breaker: streak(3),
    steps: [calls("FFX"), is("CLOSED"), calls("F"), is("OPEN"), refused()]
  },
  {
    id: "CF4",
    says: "order is completion order: two concurrent calls started A,B, complete B(F) A(S) ⇒ streak 0",
    breaker: streak(2),
    steps: [start("A"), start("B"), end("B", "F"), end("A", "S"), calls("F"), is("CLOSED"), calls("F"), is("OPEN")]
  }
]

export const consecutiveEdges: ReadonlyArray<BreakerCase> = [
  {
    id: "CF",
    says: "a streak of one opens at the first failure",
    breaker: streak(1),
    steps: [calls("SSIX"), is("CLOSED"), calls("F"), is("OPEN")]
  },
  {
    id: "CF",
    says: "a defect is a failure",
    choice: "defects count as failures",
    breaker: streak(2),
    steps: [calls("FD"), is("OPEN")]
  },
  {
    id: "CF",
    says: "a streak does not age",
    choice: "what is counted in calls does not age",
    breaker: streak(2),
    steps: [calls("F"), pass(86_400_000), calls("F"), is("OPEN")]
  }
]

/** While it is open. */
export const open: ReadonlyArray<BreakerCase> = [
  {
    id: "OP1",
    says: "wait 5 s: t=+3 s rejected (state OPEN, notPermitted 1 then 2 for 2 calls); t=+5 s call admitted, state HALF_OPEN and counters reset",
    breaker: { ...streak(3), wait: 5000 },
    steps: [
      calls("FFF"),
      pass(3000),
      refused(2),
      is("OPEN"),
      pass(2000),
      start("probe"),
      is("HALF_OPEN"),
      end("probe", "S"),
      is("CLOSED"),
      calls("FF"),
      is("CLOSED")
    ]
  },
  {
    id: "OP5",
    says: "exponential wait 5 s ×1.5: first opening 5 s; forced back to OPEN from half-open → 7.5 s (rejected at +6, admitted at +11)",
    breaker: { trip: { consecutive: 1 }, wait: 5000, growth: { factor: 1.5 } },
    steps: [calls("F"), pass(5000), calls("F"), is("OPEN"), pass(6000), refused(), pass(5000), calls("S"), is("CLOSED")]
  },
  {
    id: "OP6",
    says: "backoff 1 s ×2: open 1 s → probe F → 2 s (no transition at +1 s, half-open at +2 s) → S → CLOSED → opens again with 1 s",
    choice: "a close is enough for the wait to begin anew",
    breaker: { ...brittle, growth: { factor: 2 } },
    steps: [
      calls("F"),
      pass(1000),
      calls("F"),
      pass(1000),
      refused(),
      pass(1000),
      start("probe"),
      is("HALF_OPEN"),
      end("probe", "S"),
      is("CLOSED"),
      calls("F"),
      pass(999),
      refused(),
      pass(1),
      calls("S"),
      is("CLOSED")
    ]
  },
  {
    id: "OP9",
    says: "max open duration caps growth: 500 ms ×2 max 1 s → 500, 1000, 1000…",
    breaker: { trip: { consecutive: 1 }, wait: 500, growth: { factor: 2, max: 1000 } },
    steps: [
      calls("F"),
      pass(499),
      refused(),
      pass(1),
      calls("F"),
      pass(999),
      refused(),
      pass(1),
      calls("F"),
      pass(999),
      refused(),
      pass(1),
      calls("F"),
      pass(1000),
      calls("S"),
      is("CLOSED")
    ]
  }
]

export const openEdges: ReadonlyArray<BreakerCase> = [
  {
    id: "OP",
    says: "the wait is over exactly when it is, not a millisecond before",
    breaker: brittle,
    steps: [calls("F"), pass(999), refused(), is("OPEN"), pass(1), calls("S"), is("CLOSED")]
  },
  {
    id: "OP",
    says: "rejections do not lengthen the wait",
    breaker: brittle,
    steps: [calls("F"), pass(500), refused(50), pass(500), calls("S"), is("CLOSED")]
  },
  {
    id: "OP",
    says: "a probe that fails starts the wait anew from its end",
    breaker: brittle,
    steps: [
      calls("F"),
      pass(1000),
      start("probe"),
      pass(700),
      end("probe", "F"),
      is("OPEN"),
      pass(999),
      refused(),
      pass(1),
      calls("S")
    ]
  },
  {
    id: "OP",
    says: "failures of calls from before do not lengthen the wait",
    breaker: brittle,
    steps: [start("old"), calls("F"), pass(600), end("old", "F"), refused(), pass(400), calls("S"), is("CLOSED")]
  },
  {
    id: "OP",
    says: "the timer goes half-open without a call, exactly at the wait",
    breaker: { ...brittle, automatic: true },
    steps: [calls("F"), pass(999), is("OPEN"), pass(1), is("HALF_OPEN"), calls("S"), is("CLOSED")]
  }
]

/** While probes decide. */
export const halfOpen: ReadonlyArray<BreakerCase> = [
  {
    id: "HO1",
    says: "permitted 4: 4 admissions true, 5th/6th rejected; reopening and half-opening again gives 4 again",
    breaker: { trip: { calls: 2, minimum: 2, rate: 50 }, wait: 1000, probes: 4 },
    steps: [
      calls("FF"),
      pass(1000),
      ...["a", "b", "c", "d"].map(start),
      refused(2),
      ...["a", "b", "c", "d"].map((call) => end(call, "F")),
      is("OPEN"),
      pass(1000),
      ...["e", "f", "g", "h"].map(start),
      refused(2)
    ]
  },
  {
    id: "HO2",
    says: "permitted 4, thr 50: F,S,S,S → CLOSED, metrics reset (next S → buffered 1)",
    choice: "closing starts with nothing counted, and any outcome may open",
    breaker: { trip: { calls: 10, minimum: 4, rate: 50 }, wait: 1000, probes: 4 },
    steps: [
      calls("FFFF"),
      pass(1000),
      calls("FSS"),
      is("HALF_OPEN"),
      calls("S"),
      is("CLOSED"),
      calls("SFF"),
      is("CLOSED"),
      calls("S"),
      is("OPEN")
    ]
  },
  {
    id: "HO4",
    says: "permitted 3, thr 50: S,S,F → 33 % → CLOSED; S,F,F → OPEN at the third result",
    choice: "closing starts with nothing counted",
    breaker: { trip: { calls: 100, minimum: 3, rate: 50 }, wait: 1000, probes: 3 },
    steps: [
      calls("FFF"),
      pass(1000),
      calls("SS"),
      is("HALF_OPEN"),
      calls("F"),
      is("CLOSED"),
      calls("FFF"),
      pass(1000),
      calls("SF"),
      is("HALF_OPEN"),
      calls("F"),
      is("OPEN")
    ]
  },
  {
    id: "HO5",
    says: "the call that causes OPEN→HALF_OPEN consumes a permit (N, never N+1)",
    breaker: { trip: { calls: 1, minimum: 1, rate: 50 }, wait: 1000, probes: 2 },
    steps: [calls("F"), pass(1000), start("first"), start("second"), refused(3)]
  },
  {
    id: "HO6",
    says: "100 concurrent callers at the boundary, permitted 1: exactly 1 admitted, 99 rejected, one HALF_OPEN event",
    breaker: brittle,
    steps: [calls("F"), pass(1000), crowd(100, 1), is("HALF_OPEN")]
  },
  {
    id: "HO8",
    says: "four I in a row then S×4 → CLOSED (no leak)",
    choice: "probes that are ignored give their permit back",
    breaker: { trip: { calls: 4, minimum: 4, rate: 50 }, wait: 1000, probes: 4 },
    steps: [
      calls("FFFF"),
      pass(1000),
      calls("IIII"),
      is("HALF_OPEN"),
      calls("SSS"),
      is("HALF_OPEN"),
      calls("S"),
      is("CLOSED")
    ]
  },
  {
    id: "HO9",
    says: "X frees the permit and leaves HALF_OPEN; next S → CLOSED, next F → OPEN",
    breaker: brittle,
    steps: [
      calls("F"),
      pass(1000),
      start("probe"),
      refused(),
      end("probe", "X"),
      is("HALF_OPEN"),
      calls("F"),
      is("OPEN"),
      pass(1000),
      calls("X"),
      is("HALF_OPEN"),
      calls("S"),
      is("CLOSED")
    ]
  },
  {
    id: "HO10",
    says: "defect in a probe → OPEN, not stuck",
    breaker: brittle,
    steps: [calls("F"), pass(1000), calls("D"), is("OPEN"), pass(1000), calls("S"), is("CLOSED")]
  },
  {
    id: "HO13",
    says: '"any failure reopens" mode: permitted 3: S,S,F → OPEN; S,S,S → CLOSED',
    breaker: { trip: { calls: 2, minimum: 2, rate: 100 }, wait: 1000, probes: 3, verdict: "any failure" },
    steps: [calls("FF"), pass(1000), calls("SSF"), is("OPEN"), pass(1000), calls("SSS"), is("CLOSED")]
  },
  {
    id: "HO15",
    says: "effective minimum in half-open = min(minCalls, permitted): min 100, permitted 3 ⇒ verdict after 3",
    breaker: { trip: { calls: 100, minimum: 100, rate: 50 }, wait: 1000, probes: 3 },
    steps: [calls("F".repeat(100)), is("OPEN"), pass(1000), calls("SS"), is("HALF_OPEN"), calls("S"), is("CLOSED")]
  }
]

export const halfOpenEdges: ReadonlyArray<BreakerCase> = [
  {
    id: "HO",
    says: "permitted 2 at 50 %: one failure of two is enough to reopen",
    choice: "a rate that is reached is enough",
    breaker: { trip: { calls: 4, minimum: 4, rate: 50 }, wait: 1000, probes: 2 },
    steps: [calls("FFFF"), pass(1000), calls("FS"), is("OPEN")]
  },
  {
    id: "HO",
    says: "a minimum below the permitted probes decides after the minimum, and the probes still out change nothing",
    breaker: { trip: { calls: 10, minimum: 2, rate: 50 }, wait: 1000, probes: 4 },
    steps: [
      calls("FF"),
      pass(1000),
      ...["a", "b", "c", "d"].map(start),
      end("a", "S"),
      is("HALF_OPEN"),
      end("b", "S"),
      end("c", "S"),
      end("d", "S"),
      is("CLOSED")
    ]
  },
  {
    id: "HO",
    says: "late probes of one half-open state do not count in the next",
    breaker: { trip: { calls: 2, minimum: 2, rate: 100 }, wait: 1000, probes: 2, verdict: "any failure" },
    steps: [
      calls("FF"),
      pass(1000),
      start("a"),
      start("late"),
      end("a", "F"),
      is("OPEN"),
      pass(1000),
      start("b"),
      end("late", "F"),
      is("HALF_OPEN"),
      start("c"),
      refused(),
      end("b", "S"),
      end("c", "S"),
      is("CLOSED")
    ]
  },
  {
    id: "HO",
    says: "a permit that is freed lets exactly one more in",
    choice: "probes that are ignored give their permit back",
    breaker: { trip: { calls: 1, minimum: 1, rate: 50 }, wait: 1000, probes: 2 },
    steps: [
      calls("F"),
      pass(1000),
      start("a"),
      start("b"),
      refused(),
      end("a", "I"),
      start("c"),
      refused(),
      end("b", "X"),
      start("d"),
      refused()
    ]
  },
  {
    id: "HO",
    says: "a permit that a verdict took is not freed: results count as permits used",
    breaker: { trip: { calls: 3, minimum: 3, rate: 100 }, wait: 1000, probes: 3 },
    steps: [
      calls("FFF"),
      pass(1000),
      start("a"),
      start("b"),
      start("c"),
      end("a", "S"),
      refused(),
      end("b", "I"),
      start("d")
    ]
  },
  {
    id: "HO",
    says: "early exit closes as soon as failures cannot reach the threshold any more, and reopens as soon as they did",
    breaker: { trip: { calls: 4, minimum: 4, rate: 50 }, wait: 1000, probes: 4, verdict: "early exit" },
    steps: [calls("FFFF"), pass(1000), calls("SS"), is("HALF_OPEN"), calls("S"), is("CLOSED")]
  },
  {
    id: "HO",
    says: "early exit reopens at the failure that reaches the threshold of all probes",
    breaker: { trip: { calls: 4, minimum: 4, rate: 50 }, wait: 1000, probes: 4, verdict: "early exit" },
    steps: [calls("FFFF"), pass(1000), calls("F"), is("HALF_OPEN"), calls("F"), is("OPEN")]
  },
  {
    id: "HO",
    says: "a probe that never returns does not pin it: after the patience the next opening follows, and a new probe",
    breaker: { ...brittle, patience: { millis: 1000, next: "OPEN" } },
    steps: [
      calls("F"),
      pass(1000),
      start("hung"),
      pass(999),
      refused(),
      is("HALF_OPEN"),
      pass(1),
      is("OPEN"),
      refused(),
      pass(1000),
      start("probe"),
      end("hung", "F"),
      is("HALF_OPEN"),
      end("probe", "S"),
      is("CLOSED")
    ]
  },
  {
    id: "HO",
    says: "without patience a probe that never returns keeps it half-open",
    breaker: brittle,
    steps: [calls("F"), pass(1000), start("hung"), pass(86_400_000), is("HALF_OPEN"), refused()]
  }
]

/** Generations. */
export const generations: ReadonlyArray<BreakerCase> = [
  {
    id: "GE1",
    says: "call admitted CLOSED, breaker opens, half-opens, probe in flight; old call fails → still HALF_OPEN; probe S → CLOSED",
    breaker: brittle,
    steps: [
      start("old"),
      calls("F"),
      pass(1000),
      start("probe"),
      end("old", "F"),
      is("HALF_OPEN"),
      end("probe", "S"),
      is("CLOSED")
    ]
  }
]

export const generationEdges: ReadonlyArray<BreakerCase> = [
  {
    id: "GE",
    says: "the success of a call from before does not close what a probe decides",
    breaker: brittle,
    steps: [
      start("old"),
      calls("F"),
      pass(1000),
      start("probe"),
      end("old", "S"),
      is("HALF_OPEN"),
      refused(),
      end("probe", "F"),
      is("OPEN")
    ]
  },
  {
    id: "GE",
    says: "an ignored or interrupted call from before frees no permit of the probes",
    breaker: brittle,
    steps: [
      start("old"),
      start("older"),
      calls("F"),
      pass(1000),
      start("probe"),
      end("old", "I"),
      refused(),
      end("older", "X"),
      refused(),
      end("probe", "S"),
      is("CLOSED")
    ]
  },
  {
    id: "GE",
    says: "a failure from before the trip does not count in the breaker that has closed since",
    breaker: { trip: { consecutive: 2 }, wait: 1000 },
    steps: [
      start("old"),
      calls("FF"),
      pass(1000),
      calls("S"),
      is("CLOSED"),
      calls("F"),
      end("old", "F"),
      is("CLOSED"),
      calls("F"),
      is("OPEN")
    ]
  },
  {
    id: "GE",
    says: "a success from before the trip does not break the streak since",
    breaker: { trip: { consecutive: 2 }, wait: 1000 },
    steps: [start("old"), calls("FF"), pass(1000), calls("SF"), end("old", "S"), calls("F"), is("OPEN")]
  }
]
