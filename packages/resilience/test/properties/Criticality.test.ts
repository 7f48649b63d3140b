import { assert, describe, it } from "@effect/vitest"
import { Effect, Random, Schema } from "effect"
import { TestClock } from "effect/testing"
import * as AdaptiveLimiter from "../../src/AdaptiveLimiter.ts"
import * as AdaptiveThrottle from "../../src/AdaptiveThrottle.ts"
import { all, Criticality, rank, withCriticality } from "../../src/Criticality.ts"
import * as Inflight from "../../src/internal/Inflight.ts"
import * as Resilience from "../../src/Resilience.ts"
import { ResiliencePolicyRegistry } from "../../src/ResiliencePolicyRegistry.ts"
import * as MetricSeries from "../MetricSeries.ts"
import { interleave, type Visit, Visits } from "./interleavings.ts"

const classOf = ({ dice }: Visit): Criticality => all[dice % 4] ?? "CRITICAL"
const runs = { arbitrary: { runs: 20 } }

/** Shares of the limit, and how many calls of a class or less critical ones there may be of a limit of five. */
const shares = { CRITICAL_PLUS: 1, CRITICAL: 0.9, SHEDDABLE_PLUS: 0.6, SHEDDABLE: 0.2 }
const most = { CRITICAL_PLUS: 5, CRITICAL: 5, SHEDDABLE_PLUS: 3, SHEDDABLE: 1 }
const five = { _tag: "AIMD", initialLimit: 5, minLimit: 5, maxLimit: 5 } as const

/** Calls under way by class and partition, with how many of a class or less critical ones there are. */
const ledger = () => {
  const running = new Map<string, number>()
  const keyOf = (criticality: Criticality, partition: string) => `${partition}/${criticality}`
  const add = (criticality: Criticality, partition: string, by: number) =>
    running.set(keyOf(criticality, partition), (running.get(keyOf(criticality, partition)) ?? 0) + by)
  return {
    add,
    upTo: (criticality: Criticality, partition: string) =>
      all.slice(rank(criticality)).reduce((sum, each) => sum + (running.get(keyOf(each, partition)) ?? 0), 0)
  }
}

/** The classes are the same in number as the series of calls under way, and all of them are back at 0. */
const nothingUnderWay = Effect.map(MetricSeries.read("resilience.adaptive.inflight", "criticality"), (series) =>
  assert.deepStrictEqual(series, { CRITICAL_PLUS: 0, CRITICAL: 0, SHEDDABLE_PLUS: 0, SHEDDABLE: 0 })
)

describe("criticality under random interleavings", () => {
  it.effect.prop(
    "adaptive limiter: no class and those below it ever have more than their share, and all is back at the end",
    { visits: Visits, partitioned: Schema.Boolean },
    ({ partitioned, visits }) =>
      Effect.gen(function* () {
        const limiter = yield* AdaptiveLimiter.make("l", {
          algorithm: five,
          criticalities: shares,
          partitions: partitioned ? { a: 0.4, b: 0.6 } : {}
        })
        const partitionOf = ({ dice }: Visit) => (partitioned ? (dice < 5 ? "a" : "b") : "all")
        const { add, upTo } = ledger()
        const log = yield* interleave(visits, {
          execute: (body, visit) =>
            withCriticality(limiter.execute(body, { partition: partitionOf(visit) }), classOf(visit)),
          onStart: (_, visit) => {
            add(classOf(visit), partitionOf(visit), 1)
            for (const criticality of all) {
              assert.isAtMost(upTo(criticality, partitionOf(visit)), most[criticality], criticality)
            }
            return () => add(classOf(visit), partitionOf(visit), -1)
          }
        })
        assert.deepInclude(log, { running: 0, orphans: 0 })
        assert.deepStrictEqual(yield* limiter.snapshot, { limit: 5, inflight: 0 })
        yield* nothingUnderWay
      }).pipe(Effect.scoped, MetricSeries.isolated),
    runs
  )

  it.effect.prop(
    "throttle: each class counts its own calls that ended by themselves, and none that was interrupted",
    { visits: Visits },
    ({ visits }) =>
      Effect.scoped(
        Effect.gen(function* () {
          const throttle = yield* AdaptiveThrottle.make("t", { multiplier: 1, window: "1 day" })
          const counts = new Map(all.map((criticality) => [criticality, { requests: 0, accepts: 0 }]))
          yield* interleave(visits, {
            execute: (body, visit) =>
              withCriticality(
                // Asked about each call that the dependency had a say in, once.
                throttle.execute(body, (exit) => {
                  const count = counts.get(classOf(visit))
                  if (count !== undefined) {
                    count.requests++
                    if (exit._tag === "Success") count.accepts++
                  }
                  return exit._tag === "Success" ? "success" : "failure"
                }),
                classOf(visit)
              )
          })
          let greatest = 0
          for (const criticality of all) {
            const { accepts = 0, requests = 0 } = counts.get(criticality) ?? {}
            greatest = Math.max(greatest, AdaptiveThrottle.rejectionProbability(requests, accepts, 1))
            assert.strictEqual(yield* withCriticality(throttle.probability, criticality), Math.min(0.95, greatest))
          }
        })
      ).pipe(Effect.provideService(Random.Random, { nextDoubleUnsafe: () => 0.999, nextIntUnsafe: () => 0 })),
    runs
  )

  it.effect.prop(
    "policy: what is refused leaves nothing behind, and its class says why",
    { visits: Visits },
    ({ visits }) =>
      Effect.gen(function* () {
        const policies = yield* ResiliencePolicyRegistry
        const policy = yield* policies.register("p", {
          deadline: 60,
          retry: { maxAttempts: 2, baseDelay: 3, jitter: "equal" },
          throttle: { multiplier: 1, maxRejectionProbability: 0.5 },
          bulkhead: { maxConcurrentCalls: 4, maxQueuedCalls: 4 },
          adaptiveLimit: { algorithm: five, criticalities: shares },
          attemptTimeout: 20
        })
        const { add, upTo } = ledger()
        const told: Array<readonly [Criticality, Criticality]> = []
        const log = yield* interleave(visits, {
          execute: (body, visit) =>
            Effect.tapError(policy.execute(body, { criticality: classOf(visit) }), (error) =>
              Effect.sync(() => {
                if (typeof error === "object" && "criticality" in error) told.push([error.criticality, classOf(visit)])
              })
            ),
          onStart: (_, visit) => {
            add(classOf(visit), "all", 1)
            for (const criticality of all) assert.isAtMost(upTo(criticality, "all"), most[criticality])
            return () => add(classOf(visit), "all", -1)
          }
        })
        assert.deepInclude(log, { running: 0, orphans: 0 })
        for (const [criticality, own] of told) assert.strictEqual(criticality, own)
        yield* nothingUnderWay
      }).pipe(Effect.provide(Resilience.layer()), MetricSeries.isolated),
    runs
  )
})

const Request = Schema.Struct({
  criticality: Criticality,
  accepted: Schema.Boolean,
  after: Schema.Literals([0, 0, 0, 5, 30, 90]),
  draw: Schema.Literals([0, 0.1, 0.3, 0.6, 0.9])
})

const Step = Schema.Struct({
  criticality: Criticality,
  partition: Schema.Literals(["a", "b", "none"]),
  leaves: Schema.Literals([0, 0, 0, 1, 2]),
  limit: Schema.Literals([1, 2, 5, 10])
})

describe("a lower class never fares better than a higher one", () => {
  it.effect.prop(
    "throttle: by no probability, and by no draw",
    { requests: Schema.Array(Request).check(Schema.isMaxLength(60)), multiplier: Schema.Literals([1, 1.1, 2]) },
    ({ multiplier, requests }) =>
      Effect.scoped(
        Effect.gen(function* () {
          const throttle = yield* AdaptiveThrottle.make("t", { multiplier })
          for (const { accepted, after, criticality, draw } of requests) {
            yield* TestClock.adjust(`${after} seconds`)
            const probabilities: Array<number> = []
            for (const each of all) probabilities.push(yield* withCriticality(throttle.probability, each))
            for (const [i, probability] of probabilities.entries()) {
              assert.isAtLeast(probability, probabilities[i - 1] ?? 0)
              assert.isAtMost(probability, 0.95)
            }
            const exit = yield* throttle
              .execute(accepted ? Effect.void : Effect.fail("overloaded"))
              .pipe(
                withCriticality(criticality),
                Effect.provideService(Random.Random, { nextDoubleUnsafe: () => draw, nextIntUnsafe: () => 0 }),
                Effect.match({ onSuccess: () => "accepted", onFailure: (error) => error })
              )
            const refusal = probabilities[rank(criticality)] ?? 0
            if (draw < refusal) {
              assert.deepInclude(exit, { _tag: "CallThrottled", criticality, probability: refusal })
            } else assert.strictEqual(exit, accepted ? "accepted" : "overloaded")
          }
        })
      ),
    runs
  )

  it.prop(
    "adaptive limiter: where a class gets in, so does each that is more critical",
    { steps: Schema.Array(Step).check(Schema.isMaxLength(60)) },
    ({ steps }) => {
      const inflight = Inflight.make()
      const inside: Array<readonly [partition: string | undefined, criticality: Criticality]> = []
      for (const { criticality, leaves, limit, ...step } of steps) {
        const partition = step.partition === "none" ? undefined : step.partition
        const admits = (each: Criticality) => inflight.admits(partition, limit, { a: 0.3, b: 0.7 }, shares[each])
        const admitted = all.map(admits)
        assert.deepStrictEqual([...admitted].sort().reverse(), admitted)
        // Nobody is shut out while nothing runs.
        if (inside.length === 0) assert.isTrue(admitted.every((each) => each))
        if (admits(criticality)) {
          inflight.enter(partition, criticality)
          inside.push([partition, criticality])
        }
        for (const [from, of] of inside.splice(0, leaves)) inflight.leave(from, of)
        assert.strictEqual(inflight.total(), inside.length)
        for (const each of all) {
          assert.strictEqual(inflight.ofClass(each), inside.filter(([, of]) => of === each).length)
        }
      }
    },
    { arbitrary: { runs: 50 } }
  )
})
