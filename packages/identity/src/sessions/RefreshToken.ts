/**
 * What becomes of a refresh token that is shown: a state machine without effects.
 *
 * Each use of a token gives another one in its place, and all that came of one sign-in are a family. A token that comes a
 * second time is in two hands, and nobody can tell which of them is the thief's: the family ends.
 *
 * One exception, for two tabs that refresh at the same moment and for an answer that was lost on its way: shortly after its
 * use a token is taken once more as long as no token that came of it was used. A thief gains nothing by it: whoever comes
 * second and later is found out when the family goes on.
 */

/** What is known of the token and of its session; times in milliseconds since the epoch. */
export interface Shown {
  readonly usedAt: number | undefined
  /** Whether a token that came of this one was used. */
  readonly successorUsed: boolean
  readonly sessionExpiresAt: number
  readonly sessionRevoked: boolean
}

export type Verdict = "rotate" | "reuse" | "expired" | "revoked"

/** `rotate` gives a new token; `reuse` ends the family. */
export const judge = (shown: Shown, now: number, graceMillis: number): Verdict => {
  if (shown.sessionRevoked) return "revoked"
  if (shown.sessionExpiresAt <= now) return "expired"
  if (shown.usedAt === undefined) return "rotate"
  return !shown.successorUsed && now - shown.usedAt <= graceMillis ? "rotate" : "reuse"
}
