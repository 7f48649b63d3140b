/** Calls under way, in all and of each partition, whose guaranteed shares are part of the limit. */
export interface Inflight {
  readonly total: () => number
  /** Whether one more may start under a limit. */
  readonly admits: (partition: string | undefined, limit: number, shares: Readonly<Record<string, number>>) => boolean
  readonly enter: (partition: string | undefined) => void
  readonly leave: (partition: string | undefined) => void
}

export const make = (): Inflight => {
  const of = new Map<string, number>()
  let total = 0

  const add = (partition: string | undefined, by: 1 | -1): void => {
    total += by
    if (partition === undefined) return
    const next = (of.get(partition) ?? 0) + by
    if (next === 0) of.delete(partition)
    else of.set(partition, next)
  }

  return {
    total: () => total,
    admits(partition, limit, shares) {
      if (total < limit) return true
      if (partition === undefined) return false
      const share = shares[partition]
      // Within its share a partition always gets in; beyond it only while the whole has room.
      return share !== undefined && (of.get(partition) ?? 0) < guaranteed(share, limit)
    },
    enter: (partition) => add(partition, 1),
    leave: (partition) => add(partition, -1)
  }
}

/** At least one, as in Netflix's partitioned limiter; a product of fractions may lie a hair above the whole that it stands for. */
const guaranteed = (share: number, limit: number): number => Math.max(1, Math.ceil(share * limit - 1e-9))
