/** A well-mixed 32-bit hash of one 32-bit number. */
export const mix = (value: number): number => {
  let x = value | 0
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad)
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97)
  return (x ^ (x >>> 15)) >>> 0
}

/**
 * The plan's only source of chance: a 32-bit hash of the seed and what the number is for. The same question always gets
 * the same answer, so nothing that chance decides has to be stored.
 */
export const hash = (seed: number, subject: number, index: number, turn = 0): number =>
  mix(mix(mix(seed ^ Math.imul(subject, 0x9e3779b1)) ^ index) + Math.imul(turn, 0x85ebca6b))

/** A number in [0, 1) from a hash. */
export const unit = (value: number): number => value / 0x1_0000_0000

/** An exponentially distributed number with the given mean. */
export const exponential = (value: number, mean: number): number => -Math.log(1 - unit(value)) * mean

/** What a hash is asked about. Each subject has chances of its own. */
export const Subject = {
  streamSize: 1,
  area: 2,
  topic: 3,
  start: 4,
  workstation: 5,
  external: 6,
  externalKind: 7,
  verb: 8,
  duration: 9,
  fragile: 10,
  outcome: 11,
  returnCode: 12,
  recovery: 13,
  predecessor: 14,
  resource: 15,
  file: 16,
  prompt: 17,
  outage: 18,
  outageLength: 19,
  runLength: 20,
  launch: 21,
  log: 22,
  confirm: 23,
  cpu: 24,
  id: 25,
  rerun: 26
} as const
