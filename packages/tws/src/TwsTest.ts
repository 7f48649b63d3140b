/**
 * `Tws` in memory, for the tests of programs that use it: a plan given at the start, failures and delays on request, a
 * record of every call. Actions take effect at once.
 *
 * **Example**
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Tws } from "@resync/tws/Tws"
 * import { TwsTest } from "@resync/tws/TwsTest"
 * import { job } from "@resync/tws/TwsTestPlan"
 *
 * const test = Effect.gen(function* () {
 *   const tws = yield* Tws
 *   const control = yield* TwsTest
 *   yield* control.fail("jobs", TwsTest.unavailable)
 *   const error = yield* Effect.flip(tws.jobs()) // TwsUnavailable
 *   const { value } = yield* tws.jobs() // the plan again
 *   return { error, names: value.items.map(({ name }) => name), calls: yield* control.calls }
 * }).pipe(Effect.provide(TwsTest.layer({ jobs: [job({ name: "LOAD" })] })))
 * ```
 */
import { Context, type Duration, Effect, Layer, type Ref } from "effect"
import * as Memory from "./internal/Memory.ts"
import * as MemoryCommands from "./internal/MemoryCommands.ts"
import * as MemoryReads from "./internal/MemoryReads.ts"
import { Tws } from "./Tws.ts"
import { type TwsError, TwsUnavailable } from "./TwsError.ts"
import { empty, type TwsTestPlan } from "./TwsTestPlan.ts"

export type { Call, Operation } from "./internal/Memory.ts"

/** Steers the `Tws` in memory and tells what happened to it. */
export class TwsTest extends Context.Service<
  TwsTest,
  {
    /** The calls so far, oldest first, those that failed included. */
    readonly calls: Effect.Effect<ReadonlyArray<Memory.Call>>
    /** Lets the next `times` calls (1 when absent) of an operation fail. */
    fail(operation: Memory.Operation, error: TwsError, times?: number): Effect.Effect<void>
    /** Lets every call of an operation take that long from now on. */
    delay(operation: Memory.Operation, duration: Duration.Input): Effect.Effect<void>
    /** The plan as it is, to be read and changed. */
    readonly plan: Ref.Ref<TwsTestPlan>
  }
>()("@resync/tws/TwsTest") {
  /** `Tws` and its control, with this plan. */
  static readonly layer = (plan: Partial<TwsTestPlan> = {}): Layer.Layer<Tws | TwsTest> =>
    Layer.effectContext(
      Effect.map(Memory.make({ ...empty, ...plan }), (memory) =>
        Context.make(Tws, Tws.of({ ...MemoryReads.make(memory), ...MemoryCommands.make(memory) })).pipe(
          Context.add(TwsTest, control(memory))
        )
      )
    )

  /** The failure of a scheduler that cannot be reached. */
  static readonly unavailable = new TwsUnavailable({
    operation: "test",
    reason: "transport",
    notProcessed: true,
    detail: "the test says so",
    messages: [],
    messageIds: []
  })
}

const control = ({ plan, script: { calls, delay, fail } }: Memory.Memory) => TwsTest.of({ calls, fail, delay, plan })
