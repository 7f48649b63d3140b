import { assert, describe, it } from "@effect/vitest"
import { DateTime } from "effect"
import { reasonsOf } from "../../src/internal/WaitingReads.ts"
import type { Job } from "../../src/model/Job.ts"
import type { Workstation } from "../../src/model/Workstation.ts"
import * as Plan from "../../src/TwsTestPlan.ts"

const at = DateTime.makeUnsafe("2026-11-24T06:00:00Z")

const status = (substatus: NonNullable<Job["status"]["substatus"]>): Pick<Job, "status"> => ({
  status: {
    substatus,
    error: false,
    started: false,
    canceled: false,
    cancelPending: false,
    dontRun: false
  }
})

const job = (given: Partial<Job>) => Plan.job({ name: "LOAD", workstation: "/AGT", priority: 10, ...given })
const agent = (given: Partial<Workstation> = {}) => Plan.workstation({ name: "AGT", limit: 10, fence: 0, ...given })

const tags = (given: Partial<Job>, workstation: Workstation | undefined = agent()) =>
  reasonsOf(job(given), workstation, []).map(({ _tag }) => _tag)

describe("reasonsOf", () => {
  it("reads the substatus", () => {
    assert.deepStrictEqual(
      reasonsOf(job({ ...status("HOLD_WAITING_FOR_TIME"), restrictions: { startTime: at } }), agent(), []),
      [{ _tag: "Time", until: at }]
    )
    assert.deepStrictEqual(tags({ ...status("HOLD_PRIORITY_ZERO"), priority: 0 }), ["PriorityZero"])
    assert.deepStrictEqual(tags(status("READY_WAITING_FOR_RESOURCES")), ["Resources"])
    assert.deepStrictEqual(tags(status("READY_WAITING_FOR_USER_INTERVENTION")), ["UserIntervention"])
    assert.deepStrictEqual(tags(status("READY_WAITING_FOR_LIMIT"), agent({ limit: 0 })), ["Limit"])
    assert.deepStrictEqual(tags(status("READY_SUPPRESSED")), ["Other"])
  })

  it("says it of the agent itself where the agent is known", () => {
    assert.deepStrictEqual(tags(status("READY_WAITING_FOR_AGENT"), agent({ running: false })), ["Workstation"])
    assert.deepStrictEqual(
      reasonsOf(job(status("READY_WAITING_FOR_AGENT")), undefined, []).map(({ _tag }) => _tag),
      ["Other"]
    )
  })

  it("finds what no substatus says", () => {
    assert.deepStrictEqual(tags({ priority: 0 }), ["PriorityZero"])
    assert.deepStrictEqual(tags({}, agent({ fence: 10 })), ["Fence"])
    assert.deepStrictEqual(tags({ priority: 11 }, agent({ fence: 10 })), [])
    assert.deepStrictEqual(tags({}, agent({ limit: 0 })), ["Limit"])
    assert.deepStrictEqual(tags({}, agent({ ignored: true })), ["Workstation"])
  })

  it("names only dependencies that are open", () => {
    const file = { _tag: "File", file: "/in" } as const
    const dependencies = [{ ...file, status: "SATISFIED" as const }, { ...file, status: "UNDECIDED" as const }, file]
    assert.deepStrictEqual(tags({ dependencies }), ["Dependency"])
  })

  it("has nothing to say of a job that runs or is done", () => {
    for (const commonStatus of ["RUNNING", "SUCCESSFUL", "CANCELED"] as const) {
      assert.deepStrictEqual(tags({ commonStatus, priority: 0 }, agent({ linked: false })), [])
    }
  })
})
