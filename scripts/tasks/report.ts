/** What vitest's JSON report comes down to. */

export interface Report {
  readonly numPassedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
  readonly numFailedTests: number
  readonly testResults: ReadonlyArray<{
    readonly status: string
    readonly assertionResults: ReadonlyArray<{ readonly status: string }>
  }>
}

export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** The counts of a run that ended with `code`. A run that ended badly has at least one failure, whatever went wrong. */
export const count = (report: Report | undefined, code: number): Counts => {
  if (report === undefined) return { passed: 0, failed: 1, skipped: 0 }
  // A file that does not load has failed without a failed test of its own.
  const broken = report.testResults.filter(
    ({ status, assertionResults }) => status === "failed" && assertionResults.every((test) => test.status !== "failed")
  )
  const failed = report.numFailedTests + broken.length
  return {
    passed: report.numPassedTests,
    // An error outside of any test, such as an unhandled rejection, shows in the exit code alone.
    failed: failed === 0 && code !== 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests
  }
}

export const closingLine = ({ passed, failed }: Counts) => `${passed} passed, ${failed} failed`
