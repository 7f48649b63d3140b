/** The peers, each called as its users call it: an async function, awaited in a loop. */
import {
  bulkhead,
  ConsecutiveBreaker,
  CountBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleAll,
  type IPolicy,
  retry,
  SamplingBreaker,
  TimeoutStrategy,
  timeout,
  wrap
} from "cockatiel"
import Opossum from "opossum"
import type { Subject } from "./Rounds.ts"

/** What every promise subject calls. */
export const call = async (): Promise<number> => 1

const awaited = (name: string, run: () => Promise<unknown>): Subject => ({
  name,
  run: async (calls) => {
    for (let n = 0; n < calls; n++) await run()
  }
})

const caught = (name: string, run: () => Promise<unknown>): Subject =>
  awaited(name, async () => {
    try {
      await run()
    } catch {
      return undefined
    }
  })

const cockatiel = (name: string, policy: IPolicy): Subject => awaited(name, () => policy.execute(call))

const halfOpenAfter = 3_600_000
const breaker = (trip: ConstructorParameters<typeof CountBreaker>[0]) =>
  circuitBreaker(handleAll, { halfOpenAfter, breaker: new CountBreaker(trip) })
const count = { threshold: 0.5, size: 100 }

/** The same parts in the same order as our policy, outermost first, with the same limits. */
const policy = (strategy: TimeoutStrategy) =>
  wrap(
    retry(handleAll, { maxAttempts: 2, backoff: new ExponentialBackoff({ initialDelay: 500, maxDelay: 30_000 }) }),
    breaker(count),
    bulkhead(100),
    timeout(10_000, strategy)
  )

export interface Peers {
  readonly subjects: ReadonlyArray<Subject>
  readonly close: () => void
}

export const make = async (): Promise<Peers> => {
  const open = breaker(count)
  open.isolate()
  const plain = new Opossum(call, { timeout: false, errorThresholdPercentage: 50 })
  const timed = new Opossum(call, { errorThresholdPercentage: 50 })
  const opened = new Opossum(call, { timeout: false, resetTimeout: halfOpenAfter })
  opened.open()
  return {
    subjects: [
      awaited("bare promise", call),
      cockatiel(
        "cockatiel, consecutive",
        circuitBreaker(handleAll, { halfOpenAfter, breaker: new ConsecutiveBreaker(5) })
      ),
      cockatiel("cockatiel, count 100", breaker(count)),
      cockatiel(
        "cockatiel, time 10 s",
        circuitBreaker(handleAll, {
          halfOpenAfter,
          breaker: new SamplingBreaker({ threshold: 0.5, duration: 10_000, minimumRps: 10 })
        })
      ),
      caught("cockatiel, rejection", () => open.execute(call)),
      cockatiel("cockatiel, policy", policy(TimeoutStrategy.Cooperative)),
      cockatiel("cockatiel, policy, aggressive timeout", policy(TimeoutStrategy.Aggressive)),
      awaited("opossum, time 10 s", () => plain.fire()),
      awaited("opossum, time 10 s, timeout", () => timed.fire()),
      caught("opossum, rejection", () => opened.fire())
    ],
    close: () => {
      for (const one of [plain, timed, opened]) one.shutdown()
    }
  }
}
