/** Calls, and how many of them failed and were slow. */
export interface Counts {
  readonly calls: number
  readonly failures: number
  readonly slow: number
}

export const none: Counts = { calls: 0, failures: 0, slow: 0 }

export const count = (self: Counts, failed: boolean, slow: boolean): Counts => ({
  calls: self.calls + 1,
  failures: self.failures + (failed ? 1 : 0),
  slow: self.slow + (slow ? 1 : 0)
})
