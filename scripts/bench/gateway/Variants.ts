/**
 * Ways to run the gateway whose price is told beside the comparison with the peer: each is driven by turns with the gateway as
 * that comparison runs it. What stands between a request and its handler, like who asks and what is written down of it, belongs
 * here, with the most of the throughput that it may take.
 */
export interface Variant {
  /** Variables beside those of the comparison. */
  readonly env: Readonly<Record<string, string>>
  /** Headers of each request. */
  readonly headers: Readonly<Record<string, string>>
  /** The largest share of the throughput that it may cost; more fails the benchmark. */
  readonly budget: number
}

export const variants: Readonly<Record<string, Variant>> = {}
