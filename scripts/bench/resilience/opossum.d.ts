/** What the benchmark uses of it; the package has no types of its own. */
declare module "opossum" {
  export default class CircuitBreaker<A> {
    constructor(
      action: () => Promise<A>,
      options: {
        readonly timeout?: number | false
        readonly errorThresholdPercentage?: number
        readonly resetTimeout?: number
        readonly volumeThreshold?: number
      }
    )
    fire(): Promise<A>
    open(): void
    shutdown(): void
  }
}
