/** How failed attempts slow down further ones: a state machine without effects. */

/** When attempts have to wait. */
export interface LockoutPolicy {
  /** Attempts that may fail before the first wait. */
  readonly free: number
  /** The first wait in milliseconds; it doubles with each further failure. */
  readonly base: number
  /** No wait is longer, so that nobody can be kept out for good. */
  readonly cap: number
  /** After this many milliseconds without a failure all is forgotten. */
  readonly forgetAfter: number
}

/** What is remembered of the failures; times in milliseconds since the epoch. */
export interface Lockout {
  readonly failures: number
  readonly lastAt: number
  readonly lockedUntil: number
}

/** 5 free, then 1 s, 2 s, ... at most 15 minutes. */
export const account: LockoutPolicy = { free: 5, base: 1_000, cap: 900_000, forgetAfter: 3_600_000 }

/** Behind one address there may be an office: 20 free, then the same. */
export const address: LockoutPolicy = { ...account, free: 20 }

export const initial: Lockout = { failures: 0, lastAt: 0, lockedUntil: 0 }

export type Admission =
  | { readonly _tag: "Locked"; readonly retryAfter: number }
  | { readonly _tag: "Admitted"; readonly next: Lockout }

/**
 * Asks for an attempt. An admitted one counts as failed until it is known to have succeeded, so that attempts at the same
 * time do not all pass before the first of them is counted. One that has to wait counts for nothing.
 */
export const attempt = (policy: LockoutPolicy, state: Lockout, now: number): Admission => {
  if (state.lockedUntil > now) return { _tag: "Locked", retryAfter: state.lockedUntil - now }
  const failures = (now - state.lastAt > policy.forgetAfter ? 0 : state.failures) + 1
  const wait = failures < policy.free ? 0 : Math.min(policy.cap, policy.base * 2 ** (failures - policy.free))
  return { _tag: "Admitted", next: { failures, lastAt: now, lockedUntil: now + wait } }
}

/** The attempt succeeded: it does not count, and what failed before still does. */
export const takeBack = (state: Lockout): Lockout => ({
  ...state,
  failures: Math.max(0, state.failures - 1),
  lockedUntil: state.lastAt
})
