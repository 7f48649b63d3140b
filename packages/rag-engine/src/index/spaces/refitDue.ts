/** When a fitted space is fitted anew. */
export interface RefitPolicy {
  /** By how much the collection may grow or shrink, as a share of what the space was fitted to. Default: 0.5. */
  readonly growth: number
  /** Passages that have to have come or gone in any case. Default: 50. */
  readonly atLeast: number
  /** The share of the words of new passages that the space may not know, on average. Default: 0.25. */
  readonly unknown: number
}

export const refitPolicy: RefitPolicy = { growth: 0.5, atLeast: 50, unknown: 0.25 }

/** What has happened since a space was fitted. */
export interface SinceFit {
  readonly fittedPassages: number
  readonly passages: number
  /** Passages folded in since, and the share of their words that the space knew, on average. */
  readonly folded: number
  readonly known: number
}

/** Whether the collection has grown or drifted away from its space. */
export const refitDue = (since: SinceFit, policy: RefitPolicy = refitPolicy): boolean => {
  const changed = Math.abs(since.passages - since.fittedPassages)
  const grown = changed >= Math.max(policy.atLeast, since.fittedPassages * policy.growth)
  const drifted = since.folded >= policy.atLeast && 1 - since.known > policy.unknown
  return grown || drifted
}
