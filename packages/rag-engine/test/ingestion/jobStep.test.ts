import { assert, describe, it } from "@effect/vitest"
import { isFinal } from "@resync/rag/model/IngestionJob"
import { type JobEvent, stages } from "@resync/rag-engine/ingestion/JobEvent"
import { type JobProgress, queued } from "@resync/rag-engine/ingestion/JobProgress"
import { step } from "@resync/rag-engine/ingestion/jobStep"
import { Option, Schema } from "effect"

const limits = { maxFailures: 3, maxCrashes: 4 }
const failure = { reason: "internal", detail: "x" } as const

const Failed = Schema.Struct({ reason: Schema.Literal("internal"), detail: Schema.Literal("x") })
const Event = Schema.Union([
  ...(["Begin", "Complete", "Supersede", "Release", "Cancel", "Abandon", "Retry", "Requeue"] as const).map((tag) =>
    Schema.TaggedStruct(tag, {})
  ),
  Schema.TaggedStruct("Fail", { failure: Failed, passing: Schema.Boolean }),
  Schema.TaggedStruct("Enter", { stage: Schema.Literals(stages), total: Schema.Literal(5) }),
  Schema.TaggedStruct("Advance", { done: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 6 })) })
]) satisfies Schema.Schema<JobEvent>

const run = (events: ReadonlyArray<JobEvent>, from: JobProgress = queued): ReadonlyArray<JobProgress> => {
  const seen = [from]
  for (const event of events) {
    const next = step(seen.at(-1) ?? from, event, limits)
    if (Option.isSome(next)) seen.push(next.value)
  }
  return seen
}

const last = (events: ReadonlyArray<JobEvent>) => run(events).at(-1)

const enter = (...names: ReadonlyArray<(typeof stages)[number]>): ReadonlyArray<JobEvent> =>
  names.map((stage) => ({ _tag: "Enter", stage, total: 5 }))

describe("jobs", () => {
  it.prop("keep their laws under any events", [Schema.Array(Event)], ([events]) => {
    const seen = run(events)
    for (const [index, job] of seen.entries()) {
      const before = seen[index - 1]
      assert.isAtLeast(job.done, 0)
      if (job.total !== null) assert.isAtMost(job.done, job.total)
      if (job.state === "failed") assert.isNotNull(job.failure)
      if (job.state === "completed") assert.strictEqual(job.done, job.total)
      if (before === undefined) continue
      assert.isAtLeast(job.attempts, before.attempts)
      assert.isAtLeast(job.cycle, before.cycle)
      // What has ended goes on only in a new cycle, and what was cancelled never.
      if (isFinal(before.state) && !isFinal(job.state)) assert.strictEqual(job.cycle, before.cycle + 1)
      assert.notStrictEqual(before.state, "cancelled")
    }
  })

  it("complete by way of each stage, in order", () => {
    const done = last([{ _tag: "Begin" }, ...enter("chunking", "embedding", "indexing"), { _tag: "Complete" }])
    assert.strictEqual(done?.state, "completed")
    assert.strictEqual(last([{ _tag: "Begin" }, ...enter("embedding", "indexing")])?.state, "parsing")
    assert.strictEqual(last([{ _tag: "Begin" }, { _tag: "Complete" }])?.state, "parsing")
  })

  it("are repeated after failures that may pass, until there were enough", () => {
    const attempt: ReadonlyArray<JobEvent> = [{ _tag: "Begin" }, { _tag: "Fail", failure, passing: true }]
    assert.deepInclude(last([...attempt, ...attempt]), { state: "queued", failures: 2, attempts: 2, failure })
    assert.deepInclude(last([...attempt, ...attempt, ...attempt]), { state: "failed", failures: 3, attempts: 3 })
    assert.deepInclude(last([...attempt, ...attempt, ...attempt, { _tag: "Retry" }]), {
      state: "queued",
      failures: 0,
      attempts: 3,
      cycle: 2,
      failure: null
    })
    assert.deepInclude(last([{ _tag: "Begin" }, { _tag: "Fail", failure, passing: false }]), { state: "failed" })
  })

  it("fail when the process ended too often while it worked on them, and never else for being begun", () => {
    const begin: JobEvent = { _tag: "Begin" }
    assert.deepInclude(last([begin, begin, begin, begin]), { state: "parsing", crashes: 3, attempts: 4 })
    assert.deepInclude(last([begin, begin, begin, begin, begin]), { state: "failed", crashes: 4, attempts: 4 })
    const released: ReadonlyArray<JobEvent> = [begin, { _tag: "Release" }]
    assert.deepInclude(last([...released, ...released, ...released, ...released, ...released, begin]), {
      state: "parsing",
      crashes: 0
    })
  })
})
