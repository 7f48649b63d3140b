/**
 * A case of any pattern around calls as a script that any library can be put through: when calls start, what each attempt
 * does, and when what is to have happened. Times are milliseconds since the start of the case.
 */
export interface Attempt {
  /** How long it goes on; infinite for one that never ends. */
  readonly takes: number
  readonly ends: "S" | "F"
  /** How long it takes to let go when interrupted. */
  readonly letsGo?: number
}

export type Pattern =
  | {
      readonly retry: {
        readonly attempts: number
        readonly delay: number
        readonly factor?: number
        readonly max?: number
      }
    }
  | { readonly timeout: number }
  /** A time limit on each attempt of a retry, and one on the whole. */
  | { readonly each: number; readonly attempts: number }
  | { readonly whole: number; readonly attempts: number }
  | {
      readonly bulkhead: {
        readonly max: number
        readonly queue: number
        readonly patience?: number
        /** The case fills the line. */
        readonly full?: boolean
      }
    }
  | { readonly limiter: { readonly limit: number; readonly period: number; readonly patience: number } }
  | { readonly hedge: { readonly delay: number; readonly extra?: number } }
  /** A breaker that opens after failures in a row, around a bulkhead. */
  | { readonly breaker: number; readonly bulkhead: number }
  | { readonly breaker: number; readonly attempts: number; readonly delay: number }

export interface TimedCall {
  readonly at: number
  /** The last one stands for all after it. */
  readonly attempts: ReadonlyArray<Attempt>
  readonly cancelledAt?: number
  /** How many permits it needs. */
  readonly weight?: number
}

/** S and F are the call's own ends; a timeout, a refusal of the pattern, an interruption; or none in the time looked at. */
export type Ending = "S" | "F" | "timeout" | "refused" | "cancelled" | "none"

export interface Expected {
  /** When its attempts started. */
  readonly started: ReadonlyArray<number>
  readonly ended: Ending
  readonly at: number
}

export interface TimedCase {
  readonly id: string
  readonly says: string
  /** What is our choice where libraries choose differently. */
  readonly choice?: string
  readonly pattern: Pattern
  readonly calls: ReadonlyArray<TimedCall>
  readonly expected: ReadonlyArray<Expected>
  /** How long to look; a minute if not said. */
  readonly until?: number
}

export const takes = (millis: number, ends: "S" | "F" = "S"): Attempt => ({ takes: millis, ends })
export const fails: Attempt = { takes: 0, ends: "F" }
export const succeeds: Attempt = { takes: 0, ends: "S" }
export const hangs: Attempt = { takes: Number.POSITIVE_INFINITY, ends: "S" }

export const call = (at: number, ...attempts: ReadonlyArray<Attempt>): TimedCall => ({ at, attempts })
export const heavy = (at: number, weight: number, ...attempts: ReadonlyArray<Attempt>): TimedCall => ({
  at,
  attempts,
  weight
})
export const cancelled = (at: number, cancelledAt: number, ...attempts: ReadonlyArray<Attempt>): TimedCall => ({
  at,
  cancelledAt,
  attempts
})
export const many = (times: number, one: TimedCall): ReadonlyArray<TimedCall> =>
  Array.from({ length: times }, () => one)

/** It ran from these times on and ended so at that time. */
export const ran = (started: ReadonlyArray<number>, ended: Ending, at: number): Expected => ({ started, ended, at })
export const refusedAt = (at: number): Expected => ({ started: [], ended: "refused", at })
export const times = (n: number, one: Expected): ReadonlyArray<Expected> => Array.from({ length: n }, () => one)
