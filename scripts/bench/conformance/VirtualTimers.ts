/**
 * A clock for libraries that read the global one: while it is installed, timers ring and the time of day moves only when told
 * to. What the engine does on its own, promises and `setImmediate`, goes on.
 */
const real = {
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  setInterval: globalThis.setInterval,
  clearInterval: globalThis.clearInterval,
  now: Date.now,
  perf: performance.now
}

interface Timer {
  at: number
  readonly every: number | undefined
  readonly ring: () => void
  ref: () => Timer
  unref: () => Timer
}

/** Lets all promises settle that can. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** As Node takes it: what does not fit in 32 bits is a millisecond. Zero is zero here, and not one as there. */
const lengthOf = (delay: number): number => (delay >= 0 && delay < 2 ** 31 ? delay : 1)

export const install = () => {
  const timers = new Set<Timer>()
  const start = 1_700_000_000_000
  let now = start

  const set = (ring: () => void, delay: number, every: number | undefined): Timer => {
    const timer: Timer = { at: now + lengthOf(delay), every, ring, ref: () => timer, unref: () => timer }
    timers.add(timer)
    return timer
  }
  const clear = (timer: unknown) => timers.delete(timer as Timer)

  const next = (until: number): Timer | undefined => {
    let first: Timer | undefined
    for (const timer of timers) if (timer.at <= until && (first === undefined || timer.at < first.at)) first = timer
    return first
  }

  Object.assign(globalThis, {
    setTimeout: (ring: (...args: Array<unknown>) => void, delay = 0, ...args: Array<unknown>) =>
      set(() => ring(...args), delay, undefined),
    setInterval: (ring: (...args: Array<unknown>) => void, delay = 0, ...args: Array<unknown>) =>
      set(() => ring(...args), delay, Math.max(1, delay)),
    clearTimeout: clear,
    clearInterval: clear
  })
  Date.now = () => now
  performance.now = () => now - start

  return {
    now: () => now - start,
    /** Moves the time on and rings what is due, each at its own time. */
    async pass(millis: number): Promise<void> {
      const until = now + millis
      await settle()
      for (let timer = next(until); timer !== undefined; timer = next(until)) {
        now = timer.at
        if (timer.every === undefined) timers.delete(timer)
        else timer.at += timer.every
        timer.ring()
        await settle()
      }
      now = until
    },
    uninstall() {
      Object.assign(globalThis, {
        setTimeout: real.setTimeout,
        setInterval: real.setInterval,
        clearTimeout: real.clearTimeout,
        clearInterval: real.clearInterval
      })
      Date.now = real.now
      performance.now = real.perf
    }
  }
}
