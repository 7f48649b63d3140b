import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { advance, schedule } from "../../src/plan/Advance.ts"
import { hour, makeBlueprint, minute } from "../../src/plan/Blueprint.ts"
import type { Command } from "../../src/plan/Command.ts"
import { type Dependency, dependenciesOfJob, isSatisfied } from "../../src/plan/Dependency.ts"
import { isActive, isTerminal, Status } from "../../src/plan/JobStatus.ts"
import { workstationOf } from "../../src/plan/Launch.ts"
import { jobNode, jobsOfStream, type Plan, StreamFlag } from "../../src/plan/Plan.ts"
import { makePlan } from "../../src/plan/PlanDay.ts"
import { findRun, runId } from "../../src/plan/PlanId.ts"

const midnight = Date.parse("2026-03-04T00:00:00Z")

const planAt = (hours: number, options: { seed?: number; jobs?: number } = {}): Plan => {
  const plan = makePlan(makeBlueprint(options.seed ?? 42, options.jobs ?? 1000), midnight)
  advance(plan, midnight + hours * hour)
  return plan
}

/** Everything that a reader can tell about the jobs. */
const history = (plan: Plan) =>
  Array.from({ length: plan.jobs.count }, (_, job) =>
    [
      plan.jobs.status.get(job),
      plan.jobs.start.get(job),
      plan.jobs.end.get(job),
      plan.jobs.returnCode.get(job),
      plan.jobs.run.get(job),
      plan.jobs.number.get(job)
    ].join("/")
  )

const find = (plan: Plan, test: (job: number) => boolean): number => {
  for (let job = 6; job < plan.jobs.count; job++) if (test(job)) return job
  return assert.fail("no such job in this plan")
}

const order = (
  plan: Plan,
  command: Command extends infer C ? (C extends Command ? Omit<C, "epoch"> : never) : never
) => {
  schedule(plan, plan.now, { ...command, epoch: plan.epoch } as Command)
  advance(plan, plan.now)
}

describe("the plan", () => {
  it.prop(
    "has one history for a seed, however time is cut",
    [
      Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1000 })),
      Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 50 }))
    ],
    ([seed, cut]) => {
      const whole = planAt(20, { seed, jobs: 300 })
      const sliced = makePlan(makeBlueprint(seed, 300), midnight)
      for (let at = midnight; at < midnight + 20 * hour; at += cut * 17 * minute) advance(sliced, at)
      while (!advance(sliced, midnight + 20 * hour, cut));
      assert.deepStrictEqual(history(sliced), history(whole))
    },
    { arbitrary: { runs: 12 } }
  )

  it("has other histories for other seeds", () => {
    assert.notDeepEqual(history(planAt(12, { seed: 1 })), history(planAt(12, { seed: 2 })))
  })

  it("starts no job before what it waits for, and never more than a workstation allows", () => {
    const plan = makePlan(makeBlueprint(7, 2000), midnight)
    let seen = 0
    for (let at = midnight; at <= midnight + 23 * hour; at += 10 * minute) {
      advance(plan, at)
      const running = plan.workstations.map(() => 0)
      for (let job = 0; job < plan.jobs.count; job++) {
        if (!isActive(plan.jobs.status.get(job))) continue
        seen++
        const workstation = workstationOf(plan, job)
        running[workstation] = (running[workstation] ?? 0) + 1
        if (plan.jobs.run.get(job) === 1) {
          // A predecessor that is run again was done once before.
          const done = (one: Dependency) =>
            isSatisfied(plan, one) || (one.kind === "job" && plan.jobs.run.get(one.target) > 1)
          assert.isTrue(dependenciesOfJob(plan, job).every(done))
        }
      }
      plan.workstations.forEach((workstation, index) => {
        assert.strictEqual(workstation.running, running[index])
        assert.isAtMost(workstation.running, workstation.limit)
      })
      for (const resource of plan.resources) {
        assert.isAtMost(resource.inUse, resource.quantity)
        assert.strictEqual(
          resource.inUse,
          [...resource.holders.values()].reduce((sum, held) => sum + held, 0)
        )
      }
    }
    assert.isAbove(seen, 50)
  })

  it("lets jobs succeed, abend and fail, and reruns what recovery says", () => {
    const plan = planAt(23, { jobs: 20_000 })
    const statuses = new Set(Array.from({ length: plan.jobs.count }, (_, job) => plan.jobs.status.get(job)))
    for (const status of [Status.HOLD, Status.EXEC, Status.SUCC, Status.ABEND, Status.FAIL]) {
      assert.isTrue(statuses.has(status), `status ${status}`)
    }
    assert.include([...plan.runTypes.values()], "RECOVERY_RERUN")
    assert.include([...plan.runTypes.values()], "RERUN_EVERY")
    assert.isTrue(plan.prompts.some((prompt) => prompt.type === "Restart Prompt"))
  })

  it("drops agents and links them again", () => {
    const plan = makePlan(makeBlueprint(42, 1000), midnight)
    let drops = 0
    let links = 0
    const linked = plan.workstations.map(() => true)
    for (let at = midnight; at < midnight + 23 * hour; at += minute) {
      advance(plan, at)
      plan.workstations.forEach((workstation, index) => {
        if (workstation.linked === linked[index]) return
        if (workstation.linked) links++
        else drops++
        linked[index] = workstation.linked
      })
    }
    assert.isAbove(drops, 0)
    assert.isAbove(links, 0)
  })

  it("goes over to the next day after FINAL, and carries unfinished streams forward", () => {
    const plan = planAt(23)
    const epoch = plan.epoch
    advance(plan, midnight + 24.2 * hour)
    assert.strictEqual(plan.epoch, epoch + 1)
    assert.strictEqual(plan.dayStart, midnight + 24 * hour)
    let carried = 0
    for (let stream = plan.blueprint.streams; stream < plan.streams.count; stream++) {
      assert.isAbove(plan.streams.flags.get(stream) & StreamFlag.carried, 0)
      carried++
    }
    assert.isAbove(carried, 0)
    assert.isAbove(plan.resyncUntil, midnight + 24 * hour)
  })

  it("does not grow from day to day", () => {
    const plan = planAt(24 * 8, { jobs: 500 })
    assert.isBelow(plan.jobs.count, 1000)
    assert.isBelow(plan.queue.size, 1000)
  })
})

describe("orders", () => {
  it("kill ends the run in ABEND with return code 143", () => {
    const plan = planAt(3, { jobs: 5000 })
    const job = find(plan, (one) => plan.jobs.status.get(one) === Status.EXEC)
    order(plan, { _tag: "KillJob", job })
    assert.strictEqual(plan.jobs.status.get(job), Status.ABEND)
    assert.strictEqual(plan.jobs.returnCode.get(job), 143)
  })

  it("rerun adds a run and keeps the one before", () => {
    const plan = planAt(10)
    const job = find(plan, (one) => plan.jobs.status.get(one) === Status.SUCC)
    const number = plan.jobs.number.get(job)
    order(plan, { _tag: "RerunJob", job, type: "RERUN", at: undefined, priority: undefined })
    advance(plan, plan.now + 3 * hour)
    assert.isAtLeast(plan.jobs.run.get(job), 2)
    assert.strictEqual(plan.pastRuns.get(job)?.[0]?.number, number)
  })

  it("a job that waits to be run again has an id for the run to come", () => {
    const plan = planAt(10)
    const job = find(plan, (one) => plan.jobs.status.get(one) === Status.SUCC)
    const id = runId(plan, job, plan.jobs.run.get(job) + 1)
    assert.isUndefined(findRun(plan, id))
    order(plan, { _tag: "RerunJob", job, type: "RERUN", at: plan.now + hour, priority: undefined })
    assert.deepStrictEqual(findRun(plan, id), { job, run: plan.jobs.run.get(job) + 1 })
    advance(plan, plan.now + 2 * hour)
    assert.deepStrictEqual(findRun(plan, id), { job, run: plan.jobs.run.get(job) })
  })

  it("hold keeps a job that is ready to go, release lets it go", () => {
    const plan = planAt(3, { jobs: 5000 })
    const job = find(
      plan,
      (one) => plan.jobs.status.get(one) === Status.HOLD && dependenciesOfJob(plan, one).length > 0 && isDue(plan, one)
    )
    order(plan, { _tag: "HoldJob", job })
    order(plan, { _tag: "RemoveDependencies", node: jobNode(job), keys: "all" })
    advance(plan, plan.now + minute)
    order(plan, { _tag: "ReleaseJob", job })
    advance(plan, plan.now + 12 * hour)
    assert.isTrue(isTerminal(plan.jobs.status.get(job)))
  })

  it("a cancelled job lets its successors go on", () => {
    const plan = planAt(0.01)
    const first = plan.streams.first.get(20)
    order(plan, { _tag: "CancelJob", job: first })
    assert.strictEqual(plan.jobs.status.get(first), Status.CANCL)
    advance(plan, midnight + 23 * hour)
    assert.isAbove(plan.jobs.run.get(first + 1) + plan.jobs.run.get(first + 2), 0)
  })

  it("limit 0 stops launches until it is raised again", () => {
    const plan = planAt(0.01)
    const workstation = workstationOf(plan, plan.streams.first.get(12))
    order(plan, { _tag: "SetWorkstationLimit", workstation, limit: 0 })
    advance(plan, midnight + 6 * hour)
    const waiting = find(
      plan,
      (one) => workstationOf(plan, one) === workstation && plan.jobs.status.get(one) === Status.READY
    )
    order(plan, { _tag: "SetWorkstationLimit", workstation, limit: 50 })
    advance(plan, plan.now + 4 * hour)
    assert.isTrue(isTerminal(plan.jobs.status.get(waiting)))
  })

  it("the fence stops jobs of lower priority", () => {
    const plan = planAt(0.01)
    const workstation = workstationOf(plan, plan.streams.first.get(12))
    order(plan, { _tag: "SetWorkstationFence", workstation, fence: 50 })
    advance(plan, midnight + 6 * hour)
    const fenced = find(
      plan,
      (one) => workstationOf(plan, one) === workstation && plan.jobs.status.get(one) === Status.FENCE
    )
    order(plan, { _tag: "SetJobPriority", job: fenced, priority: 60 })
    advance(plan, plan.now + minute)
    assert.isAbove(plan.jobs.run.get(fenced), 0)
  })

  it("an unlinked agent reports its ended runs once it is linked again", () => {
    const plan = planAt(3, { jobs: 5000 })
    const job = find(plan, (one) => plan.jobs.status.get(one) === Status.EXEC && workstationOf(plan, one) > 2)
    const workstation = workstationOf(plan, job)
    order(plan, { _tag: "ControlWorkstation", workstation, order: "unlink" })
    const state = plan.workstations[workstation]
    if (state !== undefined) state.turn += 1000
    advance(plan, plan.now + 4 * hour)
    assert.strictEqual(plan.jobs.status.get(job), Status.EXEC)
    order(plan, { _tag: "ControlWorkstation", workstation, order: "link" })
    assert.isTrue(isTerminal(plan.jobs.status.get(job)))
    assert.isBelow(plan.jobs.end.get(job), plan.now)
  })

  it("an order for yesterday's plan is void", () => {
    const plan = planAt(23.9)
    const job = 50
    schedule(plan, midnight + 25 * hour, { _tag: "CancelJob", job, epoch: plan.epoch })
    advance(plan, midnight + 25.1 * hour)
    assert.notStrictEqual(plan.jobs.status.get(job), Status.CANCL)
  })

  it("a submitted stream runs beside the planned one", () => {
    const plan = planAt(10)
    order(plan, {
      _tag: "SubmitStream",
      serial: 1,
      definition: 9,
      at: undefined,
      alias: "AGAIN",
      priority: undefined,
      limit: undefined
    })
    const stream = plan.streams.count - 1
    assert.strictEqual(plan.aliases.get(stream), "AGAIN")
    advance(plan, plan.now + 10 * hour)
    assert.isTrue(
      jobsOfStream(plan, stream).every((one) => plan.jobs.run.get(one) > 0 || plan.jobs.status.get(one) === Status.HOLD)
    )
    assert.isAbove(plan.jobs.run.get(plan.streams.first.get(stream)), 0)
  })
})

const isDue = (plan: Plan, job: number): boolean =>
  (plan.streams.flags.get(plan.jobs.stream.get(job)) & StreamFlag.released) !== 0
