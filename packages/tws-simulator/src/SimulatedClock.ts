/** How simulated time follows real time: from an anchor on, at a speed; a stepped clock has speed 0. */
export interface SimulatedClock {
  readonly real: number
  readonly simulated: number
  readonly speed: number
}

/** The simulated instant at a real one, both in milliseconds. */
export const at = (clock: SimulatedClock, real: number): number =>
  clock.simulated + Math.max(0, real - clock.real) * clock.speed

/** The same simulated instant now, going on at another speed. */
export const withSpeed = (clock: SimulatedClock, real: number, speed: number): SimulatedClock => ({
  real,
  simulated: at(clock, real),
  speed
})

/** Moved forward by this many simulated milliseconds. */
export const stepped = (clock: SimulatedClock, millis: number): SimulatedClock => ({
  ...clock,
  simulated: clock.simulated + Math.max(0, millis)
})
