/** What one of several does when it is its turn, and no other before it has left. */
export interface Turn {
  /** At once if it has the turn, else when it gets it. The first work asks for the turn. */
  readonly run: (work: () => void) => void
  /** Gives the turn to the next one, after `work` if it ever had it. What it still waits for with is dropped. */
  readonly leave: (work: () => void) => void
}

/** Lets one at a time do its work, in the order in which they first have some. */
export const make = (): { readonly join: () => Turn } => {
  const queue: Array<{ readonly waiting: Array<() => void> }> = []

  return {
    join: () => {
      const self = { waiting: [] as Array<() => void> }
      let left = false
      return {
        run: (work) => {
          if (left) return
          if (!queue.includes(self)) queue.push(self)
          if (queue[0] === self) work()
          else self.waiting.push(work)
        },
        leave: (work) => {
          left = true
          const place = queue.indexOf(self)
          if (place < 0) return
          queue.splice(place, 1)
          if (place > 0) return
          work()
          for (const waiting of queue[0]?.waiting.splice(0) ?? []) waiting()
        }
      }
    }
  }
}
