/** A page of a list, as V2 answers it. */
export interface Page<A> {
  readonly count: number
  readonly results: ReadonlyArray<A>
  readonly next?: string
  readonly previous?: string
}

export interface PageRequest {
  readonly limit: number
  readonly offset: number
  /** The absolute address of the list, with its query. */
  readonly url: URL
}

/** The vendor's default for `limit`. */
export const defaultLimit = 10_000

const link = (url: URL, limit: number, offset: number): string => {
  const to = new URL(url)
  to.searchParams.set("limit", String(limit))
  to.searchParams.set("offset", String(offset))
  return to.href
}

/** Puts results into the envelope, with absolute links to the pages before and after. */
export const page = <A>(
  results: ReadonlyArray<A>,
  { limit, offset, url }: PageRequest,
  totals: { readonly count: number; readonly more: boolean }
): Page<A> => ({
  count: totals.count,
  results,
  ...(totals.more ? { next: link(url, limit, offset + limit) } : {}),
  ...(offset > 0 ? { previous: link(url, limit, Math.max(0, offset - limit)) } : {})
})
