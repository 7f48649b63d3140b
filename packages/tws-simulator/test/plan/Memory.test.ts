import { assert, describe, it } from "@effect/vitest"
import { advance } from "../../src/plan/Advance.ts"
import { hour, makeBlueprint } from "../../src/plan/Blueprint.ts"
import { makePlan } from "../../src/plan/PlanDay.ts"

const megabyte = 1024 * 1024

describe("a plan of 500,000 jobs", () => {
  it("lives a morning in bounded memory", () => {
    const midnight = Date.parse("2026-03-04T00:00:00Z")
    const before = process.memoryUsage()
    const plan = makePlan(makeBlueprint(42, 500_000), midnight)
    advance(plan, midnight + 6 * hour)
    const after = process.memoryUsage()
    const columns = (after.arrayBuffers - before.arrayBuffers) / megabyte
    const heap = (after.heapUsed - before.heapUsed) / megabyte
    process.stdout.write(`500,000 jobs: ${columns.toFixed(0)} MB in columns, ${heap.toFixed(0)} MB of heap\n`)
    assert.strictEqual(plan.jobs.count, 500_000)
    assert.isAbove(plan.completed, 50_000)
    assert.isBelow(columns, 64)
    // The heap is not collected before it is measured, so this holds garbage too.
    assert.isBelow(heap, 256)
  }, 60_000)
})
