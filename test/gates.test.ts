/** The gates themselves: the closing line of the tests, and floors that only rise. */
import { assert, describe, it } from "@effect/vitest"
import { holds, raised, table } from "../scripts/tasks/coverage.ts"
import { closingLine, count, type Report } from "../scripts/tasks/report.ts"

const report = (changes: Partial<Report> = {}): Report => ({
  numPassedTests: 3,
  numPendingTests: 0,
  numTodoTests: 0,
  numFailedTests: 0,
  testResults: [{ status: "passed", assertionResults: [{ status: "passed" }] }],
  ...changes
})

describe("the closing line", () => {
  it("counts the tests that passed and failed", () => {
    const failedFile = { status: "failed", assertionResults: [{ status: "failed" }, { status: "passed" }] }
    assert.strictEqual(closingLine(count(report(), 0)), "3 passed, 0 failed")
    assert.strictEqual(
      closingLine(count(report({ numFailedTests: 1, testResults: [failedFile] }), 1)),
      "3 passed, 1 failed"
    )
  })

  it("counts a file that does not load as a failure", () => {
    const broken = { status: "failed", assertionResults: [] }
    assert.strictEqual(closingLine(count(report({ testResults: [broken, broken] }), 1)), "3 passed, 2 failed")
  })

  it("never says that nothing failed after a bad end", () => {
    assert.strictEqual(closingLine(count(report(), 1)), "3 passed, 1 failed")
    assert.strictEqual(closingLine(count(undefined, 0)), "0 passed, 1 failed")
  })

  it("leaves skipped tests out", () => {
    const counts = count(report({ numPendingTests: 2, numTodoTests: 1 }), 0)
    assert.deepStrictEqual(counts, { passed: 3, failed: 0, skipped: 3 })
  })
})

describe("coverage floors", () => {
  const floors = { "packages/a": { lines: 80, branches: 70 }, "packages/b": { lines: 50, branches: 50 } }

  it("hold for each measure of each package that was measured", () => {
    assert.isTrue(holds({ "packages/a": { lines: 80, branches: 70 } }, floors))
    assert.isFalse(holds({ "packages/a": { lines: 99, branches: 69.9 } }, floors))
    assert.include(table({ "packages/a": { lines: 99, branches: 69.9 } }, floors)[0], "BELOW 70")
  })

  it("rise to what was measured and never fall", () => {
    const measured = { "packages/a": { lines: 91.9, branches: 60 }, "packages/c": { lines: 10.5, branches: 5 } }
    assert.deepStrictEqual(raised(measured, floors), {
      "packages/a": { lines: 91, branches: 70 },
      "packages/b": { lines: 50, branches: 50 },
      "packages/c": { lines: 10, branches: 5 }
    })
  })
})
