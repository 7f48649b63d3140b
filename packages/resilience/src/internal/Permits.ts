/**
 * Permits that come back with time, as pure functions of an immutable state. Times are milliseconds of one monotonic clock.
 *
 * Bursty: all permits of a period at its start, unused ones lost with it (resilience4j's cycles). Smooth: one permit every
 * `period / limit`, with no burst after a pause (failsafe-go's smooth limiter).
 */
export interface Rate {
  readonly limit: number
  readonly period: number
  readonly smooth: boolean
}

export interface Permits {
  /** The start of the current period; for a smooth rate, the time at which the next permit is there. */
  readonly since: number
  /** Left in the current period. */
  readonly left: number
}

export const make = (rate: Rate, now: number): Permits => ({ since: now, left: rate.limit })

/** The permits as they are at a time that is not before the last one asked about. */
export const at = (rate: Rate, self: Permits, now: number): Permits => {
  if (rate.smooth || now < self.since + rate.period) return self
  const periods = Math.floor((now - self.since) / rate.period)
  return { since: self.since + periods * rate.period, left: rate.limit }
}

/** When so many permits, counted from `now`, will have been there. */
export const whenAvailable = (rate: Rate, self: Permits, permits: number, now: number): number => {
  if (rate.smooth) return Math.max(now, self.since) + (permits - 1) * (rate.period / rate.limit)
  const current = at(rate, self, now)
  if (permits <= current.left) return now
  return current.since + Math.ceil((permits - current.left) / rate.limit) * rate.period
}

/** The permits after some were taken that are available. */
export const take = (rate: Rate, self: Permits, permits: number, now: number): Permits => {
  if (rate.smooth) {
    return { since: Math.max(now, self.since) + permits * (rate.period / rate.limit), left: self.left }
  }
  const current = at(rate, self, now)
  return { since: current.since, left: current.left - permits }
}

/** The permits after all that are left were thrown away; the next come with the next period. */
export const drain = (rate: Rate, self: Permits, now: number): Permits =>
  rate.smooth
    ? { since: Math.max(self.since, now + rate.period), left: self.left }
    : { since: at(rate, self, now).since, left: 0 }

/** The permits after some that were taken from `from` come back unused. Those of a period that is over are lost with it. */
export const refund = (rate: Rate, self: Permits, permits: number, from: Permits, now: number): Permits => {
  if (rate.smooth) return { since: self.since - permits * (rate.period / rate.limit), left: self.left }
  const current = at(rate, self, now)
  return current.since === from.since ? { since: current.since, left: current.left + permits } : current
}
