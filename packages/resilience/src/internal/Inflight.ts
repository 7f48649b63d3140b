import { type Criticality, rank } from "../Criticality.ts"

/** Calls under way, in all, of each partition, whose guaranteed shares are part of the limit, and of each class. */
export interface Inflight {
  readonly total: () => number
  readonly ofClass: (criticality: Criticality) => number
  /**
   * Whether one more may start under a limit. `fill` is how full it may find what it goes into, as the share that is for its
   * class: the whole limit, or else what is guaranteed to its partition.
   */
  readonly admits: (
    partition: string | undefined,
    limit: number,
    shares: Readonly<Record<string, number>>,
    fill?: number
  ) => boolean
  readonly enter: (partition: string | undefined, criticality?: Criticality) => void
  readonly leave: (partition: string | undefined, criticality?: Criticality) => void
}

export const make = (): Inflight => {
  const of = new Map<string, number>()
  const classes = [0, 0, 0, 0]
  let total = 0

  const add = (partition: string | undefined, criticality: Criticality, by: 1 | -1): void => {
    total += by
    classes[rank(criticality)] = (classes[rank(criticality)] ?? 0) + by
    if (partition === undefined) return
    const next = (of.get(partition) ?? 0) + by
    if (next === 0) of.delete(partition)
    else of.set(partition, next)
  }

  return {
    total: () => total,
    ofClass: (criticality) => classes[rank(criticality)] ?? 0,
    admits(partition, limit, shares, fill = 1) {
      if (total < partOf(limit, fill)) return true
      if (partition === undefined) return false
      const share = shares[partition]
      // Within its share a partition always gets in; beyond it only while the whole has room.
      return share !== undefined && (of.get(partition) ?? 0) < partOf(partOf(limit, share), fill)
    },
    enter: (partition, criticality = "CRITICAL") => add(partition, criticality, 1),
    leave: (partition, criticality = "CRITICAL") => add(partition, criticality, -1)
  }
}

/** At least one, as in Netflix's partitioned limiter; a product of fractions may lie a hair above the whole that it stands for. */
const partOf = (whole: number, share: number): number => Math.max(1, Math.ceil(share * whole - 1e-9))
