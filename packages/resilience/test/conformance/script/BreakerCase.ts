/**
 * A case of a circuit breaker as steps that any library can be put through. Times are milliseconds.
 *
 * Outcomes: F a failure, S a success, I an outcome to be ignored, X an interrupted call, D a defect.
 */
export type Outcome = "F" | "S" | "I" | "X" | "D"

export type StateName = "CLOSED" | "OPEN" | "HALF_OPEN"

/** When a share of the last calls failed or was slow. */
export interface Rate {
  /** Percent of failures; reached is enough. */
  readonly rate: number
  /** How many calls are looked back on, or how many seconds. */
  readonly calls?: number
  readonly seconds?: number
  readonly minimum: number
  readonly slow?: { readonly rate: number; readonly after: number }
}

export interface BreakerSpec {
  readonly trip: { readonly consecutive: number } | Rate
  /** Only a failure or a slow call opens it; else any outcome may, that completes the minimum. */
  readonly onlyFailuresTrip?: boolean
  /** How long it stays open; a minute if not said. */
  readonly wait?: number
  /** The wait grows by this factor with each opening without a close in between. */
  readonly growth?: { readonly factor: number; readonly max?: number }
  /** How many probes decide, 1 if not said, and how. */
  readonly probes?: number
  readonly verdict?: "rate" | "any failure" | "early exit"
  /** What happens when the probes do not come back. */
  readonly patience?: { readonly millis: number; readonly next: "OPEN" | "CLOSED" }
  /** Whether a timer goes half-open without a call. */
  readonly automatic?: boolean
}

export type Step =
  /** Calls one after the other, which all run. */
  | { readonly do: "calls"; readonly outcomes: string; readonly took: number }
  /** Calls that must not run. */
  | { readonly do: "refused"; readonly calls: number }
  /** Calls at once that go on for ever; so many run. */
  | { readonly do: "crowd"; readonly calls: number; readonly admitted: number }
  /** A call that runs until it is ended by name. */
  | { readonly do: "start"; readonly call: string }
  | { readonly do: "end"; readonly call: string; readonly as: Outcome }
  | { readonly do: "pass"; readonly millis: number }
  | { readonly do: "state"; readonly is: StateName }

export interface BreakerCase {
  readonly id: string
  readonly says: string
  /** What is our choice where libraries choose differently: who does not do so does something else, not something wrong. */
  readonly choice?: string
  readonly breaker: BreakerSpec
  readonly steps: ReadonlyArray<Step>
}

/** Runs calls one after the other, each of which takes some time. */
export const calls = (outcomes: string, took = 0): Step => ({ do: "calls", outcomes, took })
export const refused = (times = 1): Step => ({ do: "refused", calls: times })
export const crowd = (callers: number, admitted: number): Step => ({ do: "crowd", calls: callers, admitted })
export const start = (call: string): Step => ({ do: "start", call })
export const end = (call: string, as: Outcome): Step => ({ do: "end", call, as })
export const pass = (millis: number): Step => ({ do: "pass", millis })
export const is = (state: StateName): Step => ({ do: "state", is: state })

export const show = (step: Step): string => {
  switch (step.do) {
    case "calls":
      return `${step.outcomes}${step.took > 0 ? ` of ${step.took} ms` : ""}`
    case "refused":
      return `${step.calls} to be refused`
    case "crowd":
      return `${step.admitted} of ${step.calls} callers to run`
    case "start":
      return `start ${step.call}`
    case "end":
      return `end ${step.call} as ${step.as}`
    case "pass":
      return `after ${step.millis} ms`
    case "state":
      return `state ${step.is}`
  }
}
