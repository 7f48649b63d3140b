import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { DependencyInPlan, toDependency } from "../../src/wire/DependencyInPlan.ts"
import { uuid } from "../StubScheduler.ts"

const read = (wire: Record<string, unknown>) =>
  Effect.map(Schema.decodeUnknownEffect(DependencyInPlan)(wire), toDependency)

describe("DependencyInPlan", () => {
  it.effect("tells the kinds apart", () =>
    Effect.gen(function* () {
      const common = { id: "d", dependencyStatus: "UNSATISFIED" }
      const kept = { id: "d", status: "UNSATISFIED" } as const
      assert.deepStrictEqual<unknown>(
        yield* read({ ...common, dependencyType: "EXTERNAL_JOB", jobId: uuid(1), jobName: "A", conditional: true }),
        { ...kept, _tag: "Job", jobId: uuid(1), jobName: "A", external: true, conditional: true }
      )
      assert.deepStrictEqual<unknown>(
        yield* read({ ...common, dependencyType: "EXTERNAL_JOBSTREAM", jobStreamId: uuid(2), jobStreamName: "S" }),
        { ...kept, _tag: "JobStream", jobStreamId: uuid(2), jobStreamName: "S", conditional: false }
      )
      assert.deepStrictEqual<unknown>(
        yield* read({
          ...common,
          dependencyType: "FILE",
          file: { name: "/in", workstation: "/AGT", qualifier: "-s %p", status: "Not Checked" }
        }),
        { ...kept, _tag: "File", file: "/in", workstation: "/AGT", qualifier: "-s %p", fileStatus: "Not Checked" }
      )
      assert.deepStrictEqual<unknown>(
        yield* read({ ...common, dependencyType: "RESOURCE", name: "TAPE", quantity: 2, available: 1 }),
        { ...kept, _tag: "Resource", resource: "TAPE", quantity: 2, available: 1 }
      )
      assert.deepStrictEqual<unknown>(
        yield* read({ ...common, dependencyType: "PROMPT", text: "Go on?", promptStatus: "ASKED", number: 7 }),
        { ...kept, _tag: "Prompt", promptId: "d", text: "Go on?", promptStatus: "ASKED", number: 7 }
      )
      assert.deepStrictEqual<unknown>(
        yield* read({ ...common, dependencyType: "INTERNETWORK", networkAgent: "NET", dependency: "X#Y" }),
        { ...kept, _tag: "Internetwork", networkAgent: "NET", dependency: "X#Y" }
      )
    })
  )

  it.effect("looks into a join", () =>
    Effect.gen(function* () {
      const join = yield* read({
        dependencyType: "JOIN",
        joinName: "ANY2",
        criteria: "AT_LEAST",
        joinQuantity: 2,
        members: [
          { dependencyType: "INTERNAL", jobId: uuid(1) },
          { dependencyType: "EXTERNAL_JOBSTREAM", jobStreamId: uuid(2) }
        ]
      })
      if (join._tag !== "Join") return assert.fail(join._tag)
      assert.deepStrictEqual([join.criteria, join.quantity], ["AT_LEAST", 2])
      assert.deepStrictEqual<unknown>(
        join.members.map(({ _tag }) => _tag),
        ["Job", "JobStream"]
      )
    })
  )

  it.effect("leaves out an id that no call would take", () =>
    Effect.gen(function* () {
      const dependency = yield* read({ dependencyType: "EXTERNAL_JOB", jobId: "AGT;1;A", jobName: "A" })
      assert.deepStrictEqual(dependency._tag === "Job" ? [dependency.jobId, dependency.jobName] : [], [undefined, "A"])
    })
  )
})
