import { assert, describe, it } from "@effect/vitest"
import { Tws } from "@resync/tws/Tws"
import { TwsTest } from "@resync/tws/TwsTest"
import { job, jobRun } from "@resync/tws/TwsTestPlan"
import { Effect } from "effect"
import { rerunFirstFailed } from "../examples/failed.ts"

const plan = TwsTest.layer({
  jobs: [
    job({ name: "LOADGL", commonStatus: "ERROR", runs: [jobRun({ name: "LOADGL", commonStatus: "ERROR" })] }),
    job({ name: "REPORT" })
  ]
})

describe("rerunFirstFailed", () => {
  it.effect("reruns what failed, with a reason", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* rerunFirstFailed, { names: ["LOADGL"], rerun: true })
      const { calls } = yield* TwsTest
      const acts = (yield* calls).filter(({ operation }) => operation === "actOnJob")
      assert.strictEqual(acts.length, 1)
      const tws = yield* Tws
      assert.strictEqual((yield* tws.jobs({ status: ["RUNNING"] })).value.items.length, 1)
    }).pipe(Effect.provide(plan))
  )

  it.effect("does nothing while the scheduler is away", () =>
    Effect.gen(function* () {
      const control = yield* TwsTest
      yield* control.fail("allJobs", TwsTest.unavailable)
      assert.isUndefined(yield* rerunFirstFailed)
      assert.isFalse((yield* control.calls).some(({ operation }) => operation === "actOnJob"))
    }).pipe(Effect.provide(plan))
  )
})
