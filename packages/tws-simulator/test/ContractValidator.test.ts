import { assert, describe, it } from "@effect/vitest"
import { answerProblems, schemaProblems } from "./ContractValidator.ts"

describe("the judge of answers", () => {
  it("finds a field too many, a wrong type, a wrong value and a wrong dependency", () => {
    const path = "/twsd/api/v2/plan/job"
    assert.deepStrictEqual(answerProblems("GET", path, 200, { count: 0, results: [] }), [])
    assert.isNotEmpty(answerProblems("GET", path, 200, { count: 0, results: [], total: 1 }))
    assert.isNotEmpty(answerProblems("GET", path, 200, { count: "0", results: [] }))
    assert.isNotEmpty(answerProblems("GET", path, 200, { count: 1, results: [{ flowNodeType: "TASK" }] }))
    assert.isNotEmpty(schemaProblems("JobInPlanV2", { dependencies: [{ dependencyType: "FILE", jobName: "A" }] }))
    assert.isNotEmpty(schemaProblems("JobInPlanV2", { schedTime: "yesterday" }))
    assert.isNotEmpty(answerProblems("GET", "/twsd/api/v2/plan/nothing", 200, {}))
  })
})
