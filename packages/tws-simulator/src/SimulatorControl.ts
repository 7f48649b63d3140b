import { Context, DateTime, type Duration, Effect, Layer } from "effect"
import type { FaultRule } from "./FaultRule.ts"
import { Faults } from "./Faults.ts"
import { RequestStats, type Statistics } from "./RequestStats.ts"
import { Simulator } from "./Simulator.ts"

/** Where simulated time is, and how large the plan is at the moment. */
export interface ClockState {
  readonly now: string
  readonly mirror: string
  readonly planRun: number
  readonly jobs: number
  readonly jobStreams: number
}

/** The handle on a running simulator: the same in process and over HTTP under `/__sim`. */
export class SimulatorControl extends Context.Service<
  SimulatorControl,
  {
    readonly faults: Effect.Effect<ReadonlyArray<FaultRule>>
    setFaults(rules: ReadonlyArray<FaultRule>): Effect.Effect<void>
    readonly clock: Effect.Effect<ClockState>
    /** Moves simulated time forward and lets the plan catch up. */
    stepClock(duration: Duration.Input): Effect.Effect<void>
    /** Simulated seconds for each real second; 0 stops the clock. */
    setSpeed(speed: number): Effect.Effect<void>
    /** Makes another plan for the present simulated day. */
    rebuildPlan(options: { readonly jobs?: number; readonly seed?: number }): Effect.Effect<void>
    readonly stats: Effect.Effect<Statistics>
    readonly resetStats: Effect.Effect<void>
  }
>()("@resync/tws-simulator/SimulatorControl") {
  static readonly layer = Layer.effect(
    SimulatorControl,
    Effect.gen(function* () {
      const simulator = yield* Simulator
      const faults = yield* Faults
      const stats = yield* RequestStats
      return SimulatorControl.of({
        faults: faults.rules,
        setFaults: faults.set,
        clock: Effect.gen(function* () {
          const now = yield* simulator.now
          return yield* simulator.read((plan) => ({
            now: DateTime.formatIso(now),
            mirror: DateTime.formatIso(DateTime.makeUnsafe(plan.now)),
            planRun: plan.epoch,
            jobs: plan.jobs.count,
            jobStreams: plan.streams.count
          }))
        }),
        stepClock: simulator.step,
        setSpeed: simulator.setSpeed,
        rebuildPlan: simulator.rebuild,
        stats: stats.get,
        resetStats: stats.reset
      })
    })
  )
}
