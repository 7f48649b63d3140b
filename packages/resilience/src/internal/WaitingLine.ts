/**
 * Permits and the line of those that wait for them, first come first served: while somebody waits nobody overtakes, so a
 * caller that needs many permits is not starved by those that need few.
 */
export interface Ticket {
  readonly permits: number
  /** A ticket is refused when it waits for more than there is since the limit was lowered. */
  state: "outside" | "waiting" | "inside" | "refused"
  admit: () => void
  refuse: () => void
}

const nothing = () => {}

export const ticket = (permits: number): Ticket => ({ permits, state: "outside", admit: nothing, refuse: nothing })

/** Whether so many permits can never be had under a limit. A limit of 0 is a pause, after which everybody is served. */
export const isTooMuch = (permits: number, limit: number): boolean => limit > 0 && permits > limit

/** Calls `admit` when the turn of a ticket has come, or `refuse` when it cannot come any more, which both may be by now. */
export const onTurn = (self: Ticket, admit: () => void, refuse: () => void = nothing): void => {
  if (self.state === "inside") admit()
  else if (self.state === "refused") refuse()
  else {
    self.admit = admit
    self.refuse = refuse
  }
}

export const make = () => {
  // A Set keeps the order of insertion and forgets a member in constant time.
  const line = new Set<Ticket>()
  let taken = 0
  let admitting = false

  // Who is admitted may run and leave at once; the loop under way then goes on with the next, so that the stack stays flat.
  const admitNext = (limit: number): void => {
    if (admitting) return
    admitting = true
    for (const next of line) {
      if (isTooMuch(next.permits, limit)) {
        line.delete(next)
        next.state = "refused"
        next.refuse()
        continue
      }
      if (taken + next.permits > limit) break
      line.delete(next)
      taken += next.permits
      next.state = "inside"
      next.admit()
    }
    admitting = false
  }

  return {
    get taken() {
      return taken
    },
    get waiting() {
      return line.size
    },
    /** Goes in at once, if there is room and nobody waits. Those that do go in first where the limit has grown since. */
    enter(self: Ticket, limit: number): boolean {
      if (line.size > 0) admitNext(limit)
      if (line.size > 0 || taken + self.permits > limit) return false
      taken += self.permits
      self.state = "inside"
      return true
    },
    /** Takes a place in the line, at once: between looking for room and waiting for it nothing may happen. */
    queue(self: Ticket): void {
      self.state = "waiting"
      line.add(self)
    },
    /** Gives back what the ticket holds, a place inside or one in the line. Once is enough, more does nothing. */
    leave(self: Ticket, limit: number): void {
      if (self.state === "outside") return
      if (self.state === "inside") taken -= self.permits
      else line.delete(self)
      self.state = "outside"
      if (line.size > 0) admitNext(limit)
    },
    /** Serves those that wait by a limit that has changed. */
    refresh: admitNext
  }
}
