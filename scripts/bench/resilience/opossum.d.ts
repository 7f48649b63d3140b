/** What the benchmark and the conformance report use of it; the package has no types of its own. */
declare module "opossum" {
  export default class CircuitBreaker<A, Args extends ReadonlyArray<unknown> = []> {
    constructor(
      action: (...args: Args) => Promise<A>,
      options: {
        readonly timeout?: number | false
        readonly errorThresholdPercentage?: number
        readonly resetTimeout?: number
        readonly volumeThreshold?: number
        readonly rollingCountTimeout?: number
        readonly rollingCountBuckets?: number
        readonly capacity?: number
        readonly errorFilter?: (error: unknown) => boolean
      }
    )
    readonly opened: boolean
    readonly halfOpen: boolean
    fire(...args: Args): Promise<A>
    open(): void
    shutdown(): void
  }
}
